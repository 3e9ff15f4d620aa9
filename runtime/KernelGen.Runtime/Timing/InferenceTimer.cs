using System.Diagnostics;

namespace KernelGen.Runtime;

/// <summary>Something to time: one call is one inference.</summary>
public sealed record TimedInference(string Name, Action Run)
{
    /// <summary>One inference of a loaded network, into arrays of its own.</summary>
    /// <param name="inputs">One array per network input.</param>
    public static TimedInference Of(string name, CompiledNetwork network, IReadOnlyList<float[]> inputs)
    {
        var outputs = network.Run(inputs);
        return network.InputShapes.Count == 1 && outputs.Length == 1
            ? new TimedInference(name, () => network.Run(inputs[0], outputs[0]))
            : new TimedInference(name, () => network.Run(inputs, outputs));
    }
}

/// <summary>How long and how often to time.</summary>
public sealed record TimingOptions
{
    /// <summary>Each inference runs this long before anything is counted: caches, branch predictors and the JIT's tiers settle.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Rounds; in each, every inference is timed for one batch.</summary>
    public int Rounds { get; init; } = 51;

    /// <summary>About how long one batch lasts.</summary>
    public TimeSpan Batch { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether the timed thread is kept on one core. Not for inferences that have threads of their own, which may be waiting for that core.</summary>
    public bool OnOneCore { get; init; } = true;
}

/// <summary>Times of one inference.</summary>
/// <param name="Microseconds">Per inference, one value per round.</param>
public sealed record InferenceTimes(string Name, IReadOnlyList<double> Microseconds)
{
    public double Median { get; } = InferenceTimer.MedianOf(Microseconds);

    public double Minimum { get; } = Microseconds.Min();
}

/// <summary>Times of several inferences from one interleaved run.</summary>
/// <param name="Times">In the given order.</param>
/// <param name="Core">The core that all ran on, −1 if the thread was not pinned.</param>
public sealed record TimingReport(IReadOnlyList<InferenceTimes> Times, int Core)
{
    /// <summary>
    /// How many times as long the one takes as the other: the median over the rounds of the ratio within a round, in which
    /// both saw the same machine.
    /// </summary>
    public double Ratio(int numerator, int denominator) =>
        InferenceTimer.MedianOf(Times[numerator].Microseconds
            .Zip(Times[denominator].Microseconds, (a, b) => a / b)
            .ToList());
}

/// <summary>
/// Times inferences against each other in one run on one core: interleaved in batches, each round starting with another
/// one, so that clock changes and neighbours hit all of them alike. Ratios of times are to be taken from one such run.
/// </summary>
public static class InferenceTimer
{
    /// <summary>Times the given inferences on the calling thread.</summary>
    public static TimingReport Measure(
        IReadOnlyList<TimedInference> inferences,
        TimingOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new TimingOptions();
        using var pinning = options.OnOneCore ? CorePinning.PinCurrentThread() : null;
        var batches = inferences.Select(i => BatchSize(i.Run, options, cancellation)).ToArray();
        var microseconds = inferences.Select(_ => new double[options.Rounds]).ToArray();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var k = 0; k < inferences.Count; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                var which = (round + k) % inferences.Count;

                // One uncounted call, so that what ran before does not leave its cache misses to this one.
                inferences[which].Run();
                microseconds[which][round] = TimeBatch(inferences[which].Run, batches[which]).TotalMicroseconds / batches[which];
            }
        }

        return new TimingReport(inferences.Select((i, k) => new InferenceTimes(i.Name, microseconds[k])).ToList(), pinning?.Core ?? -1);
    }

    internal static double MedianOf(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Warms up and finds how many calls make a batch.</summary>
    private static int BatchSize(Action run, TimingOptions options, CancellationToken cancellation)
    {
        var size = 1;
        var clock = Stopwatch.StartNew();
        TimeSpan batch;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            batch = TimeBatch(run, size);
            size = batch < options.Batch / 2 ? size * 2 : size;
        }
        while (clock.Elapsed < options.WarmUp || batch < options.Batch / 4);
        return size;
    }

    private static TimeSpan TimeBatch(Action run, int size)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < size; i++)
        {
            run();
        }

        return Stopwatch.GetElapsedTime(start);
    }
}

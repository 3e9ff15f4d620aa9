using System.Diagnostics;
using System.Reflection;
using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Runtime;

/// <summary>The time of one layer of generated code.</summary>
/// <param name="Microseconds">
/// Per inference, with what brings its input (or the network's output) into order. A layer that another computes with its own takes none.
/// </param>
public sealed record LayerTime(LayerPlan Layer, double Microseconds);

/// <summary>The times of all layers of a network's generated code.</summary>
/// <param name="Layers">In the order of execution, after the passes.</param>
/// <param name="Whole">Microseconds of one inference.</param>
/// <param name="Core">The core that all ran on, −1 if the thread was not pinned.</param>
public sealed record LayerTimes(IReadOnlyList<LayerTime> Layers, double Whole, int Core)
{
    /// <summary>Microseconds of all layers together.</summary>
    public double Sum { get; } = Layers.Sum(l => l.Microseconds);
}

/// <summary>
/// Times each layer of a network in its place: the code is generated with a clock between the layers. Every time is the mean over the
/// fastest quarter of the runs, taken by their whole time: what other processes do to a run is left out, and layers still add up.
/// </summary>
public static class LayerTimer
{
    private const int Seed = 1;
    private const int LeastRuns = 40;

    /// <summary>Generates, compiles and times a network, with the clock and (for the whole) without.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    public static LayerTimes Measure(NetworkDescription description, CancellationToken cancellation = default) =>
        Measure(description, new CompilerOptions { Targets = [HostTarget.Name] }, null, cancellation);

    /// <summary>Generates, compiles and times a network, with the clock and (for the whole) without.</summary>
    /// <param name="timing">Null: as other inferences are timed. A round is a batch of runs.</param>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    public static LayerTimes Measure(
        NetworkDescription description, CompilerOptions options, TimingOptions? timing, CancellationToken cancellation = default)
    {
        using var network = CompiledNetwork.Load(description, options with { TimesLayers = false });
        using var timed = CompiledNetwork.Load(description, options with { TimesLayers = true });
        var whole = MeasureWhole(network, timing, cancellation);
        return MeasureLayers(timed, timing, cancellation) with { Whole = whole };
    }

    /// <summary>Times the layers of a network; the whole is that of the same runs, less what reading the clock takes.</summary>
    /// <param name="network">Generated with <see cref="CompilerOptions.TimesLayers"/>.</param>
    /// <param name="timing">Null: as other inferences are timed. A round is a batch of runs.</param>
    /// <exception cref="ArgumentException">The network was generated without the clock.</exception>
    public static LayerTimes MeasureLayers(CompiledNetwork network, TimingOptions? timing, CancellationToken cancellation = default)
    {
        var property = network.GeneratedType.GetProperty("LayerTicks", BindingFlags.Public | BindingFlags.Static)
            ?? throw new ArgumentException($"The network was generated without {nameof(CompilerOptions.TimesLayers)}.", nameof(network));
        var ticks = (long[])property.GetValue(null)!;
        var (times, core) = Runs(network, () => ticks, timing ?? new TimingOptions(), cancellation);
        var fastest = FastestQuarter(times);
        var reading = ClockTicks();
        double Mean(Func<(long Whole, long[] Layers), long> of) => fastest.Average(r => (double)of(r));
        return new LayerTimes(
            [.. network.Source.Plan.Layers.Select((l, i) => new LayerTime(l, Microseconds(Math.Max(0, Mean(r => r.Layers[i]) - reading))))],
            Microseconds(Mean(r => r.Whole) - (reading * (1 + ticks.Count(t => t > 0)))),
            core);
    }

    /// <summary>Microseconds of one inference, by the same measure as the layers.</summary>
    /// <param name="timing">Null: as other inferences are timed. A round is a batch of runs.</param>
    public static double MeasureWhole(CompiledNetwork network, TimingOptions? timing, CancellationToken cancellation = default)
    {
        var (times, _) = Runs(network, () => [], timing ?? new TimingOptions(), cancellation);
        return Microseconds(FastestQuarter(times).Average(r => (double)r.Whole) - ClockTicks());
    }

    /// <summary>Ticks of single runs, as many as the options have time for.</summary>
    private static (List<(long Whole, long[] Layers)> Runs, int Core) Runs(
        CompiledNetwork network, Func<long[]> layers, TimingOptions timing, CancellationToken cancellation)
    {
        var inference = TimedInference.Of(string.Empty, network, NetworkVerifier.RandomSamples(network.Description, Seed, 1)[0]);
        using var pinning = CorePinning.PinCurrentThread();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < timing.WarmUp)
        {
            cancellation.ThrowIfCancellationRequested();
            inference.Run();
        }

        var runs = new List<(long, long[])>();
        var time = timing.Batch * timing.Rounds;
        for (clock.Restart(); clock.Elapsed < time || runs.Count < LeastRuns;)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            inference.Run();
            runs.Add((Stopwatch.GetTimestamp() - start, [.. layers()]));
        }

        return (runs, pinning.Core);
    }

    private static List<(long Whole, long[] Layers)> FastestQuarter(List<(long Whole, long[] Layers)> runs) =>
        [.. runs.OrderBy(r => r.Whole).Take((runs.Count + 3) / 4)];

    /// <summary>What it takes to read the clock, in its ticks: the mean of many readings, the least of several such means.</summary>
    private static double ClockTicks()
    {
        const int readings = 1000;
        var least = double.MaxValue;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var start = Stopwatch.GetTimestamp();
            var last = start;
            for (var i = 0; i < readings; i++)
            {
                last = Stopwatch.GetTimestamp();
            }

            least = Math.Min(least, (last - start) / (double)readings);
        }

        return least;
    }

    private static double Microseconds(double ticks) => ticks * 1e6 / Stopwatch.Frequency;
}

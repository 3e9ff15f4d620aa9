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

/// <summary>The times of a network's generated code.</summary>
/// <param name="Layers">In the order of execution, after the passes; empty if the network was generated without a clock between them.</param>
/// <param name="Whole">Microseconds of one inference.</param>
/// <param name="Core">The core that all ran on, −1 if the thread was not pinned.</param>
public sealed record LayerTimes(IReadOnlyList<LayerTime> Layers, double Whole, int Core)
{
    /// <summary>Microseconds of all layers together.</summary>
    public double Sum { get; } = Layers.Sum(l => l.Microseconds);
}

/// <summary>
/// Times each layer of a network in its place: the code is generated with a clock between the layers. Every time is the mean over the
/// fastest tenth of the runs, taken by their whole time: what other processes do to a run is left out, and layers still add up.
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
    /// <param name="timing">Null: as other inferences are timed.</param>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    public static LayerTimes Measure(
        NetworkDescription description, CompilerOptions options, TimingOptions? timing, CancellationToken cancellation = default)
    {
        using var plain = CompiledNetwork.Load(description, options with { TimesLayers = false });
        using var clocked = CompiledNetwork.Load(description, options with { TimesLayers = true });
        var times = Measure([plain, clocked], timing, cancellation);
        return times[1] with { Whole = times[0].Whole };
    }

    /// <summary>Times networks in turn on the calling thread, so that all meet the same machine.</summary>
    /// <param name="networks">
    /// One that was generated with <see cref="CompilerOptions.TimesLayers"/> has its layers timed; its whole is that of the same runs, less
    /// what reading the clock takes.
    /// </param>
    /// <param name="timing">Null: as other inferences are timed.</param>
    /// <returns>In the given order.</returns>
    public static IReadOnlyList<LayerTimes> Measure(
        IReadOnlyList<CompiledNetwork> networks, TimingOptions? timing, CancellationToken cancellation = default)
    {
        timing ??= new TimingOptions();
        using var pinning = CorePinning.PinCurrentThread();
        var timed = networks.Select(n => new Contender(n)).ToList();
        foreach (var network in timed)
        {
            network.RunFor(timing.WarmUp, cancellation);
        }

        foreach (var network in timed)
        {
            network.Forget();
        }

        for (var round = 0; round < timing.Rounds || timed.Any(t => t.Runs < LeastRuns); round++)
        {
            foreach (var network in timed)
            {
                network.RunFor(timing.Batch, cancellation);
            }
        }

        var reading = ClockTicks();
        return [.. timed.Select(t => t.Times(reading, pinning.Core))];
    }

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

    /// <summary>One of the networks that are timed in turn, and its runs.</summary>
    private sealed class Contender(CompiledNetwork network)
    {
        private readonly Action run = TimedInference.Of(string.Empty, network, NetworkVerifier.RandomSamples(network.Description, Seed, 1)[0]).Run;

        private readonly long[] layerTicks = (long[]?)network.GeneratedType
            .GetProperty("LayerTicks", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) ?? [];

        private readonly List<(long Whole, long[] Layers)> runs = [];

        public int Runs => runs.Count;

        public void Forget() => runs.Clear();

        public void RunFor(TimeSpan time, CancellationToken cancellation)
        {
            // One uncounted run, so that what ran before does not leave its cache misses to this one.
            run();
            var first = Stopwatch.GetTimestamp();
            do
            {
                cancellation.ThrowIfCancellationRequested();
                var start = Stopwatch.GetTimestamp();
                run();
                runs.Add((Stopwatch.GetTimestamp() - start, [.. layerTicks]));
            }
            while (Stopwatch.GetElapsedTime(first) < time);
        }

        /// <param name="reading">Ticks that reading the clock takes.</param>
        public LayerTimes Times(double reading, int core)
        {
            var fastest = runs.OrderBy(r => r.Whole).Take((runs.Count + 9) / 10).ToList();
            double Mean(Func<(long Whole, long[] Layers), long> of) => fastest.Average(r => (double)of(r));
            return new LayerTimes(
                layerTicks.Length == 0
                    ? []
                    : [.. network.Source.Plan.Layers.Select((l, i) => new LayerTime(l, Microseconds(Math.Max(0, Mean(r => r.Layers[i]) - reading))))],
                Microseconds(Mean(r => r.Whole) - (reading * (1 + layerTicks.Count(t => t > 0)))),
                core);
        }
    }
}

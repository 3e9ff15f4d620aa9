using System.Diagnostics;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Search.Latency;

/// <summary>How much a latency table may cost.</summary>
/// <param name="LeastNetworks">Candidates that are timed layer by layer at least.</param>
/// <param name="MostNetworks">At most.</param>
/// <param name="Budget">No further candidate is begun after so long, beyond the least.</param>
/// <param name="CheckNetworks">Further candidates, timed as a whole, that the table is checked with; 1 or more.</param>
internal sealed record LatencyEffort(int LeastNetworks, int MostNetworks, TimeSpan Budget, int CheckNetworks, TimingOptions Timing)
{
    public static LatencyEffort Default { get; } = new(
        8,
        16,
        TimeSpan.FromSeconds(20),
        6,
        new TimingOptions { WarmUp = TimeSpan.FromMilliseconds(120), Batch = TimeSpan.FromMilliseconds(4), Rounds = 25 });
}

/// <summary>
/// Makes a latency table: generates, compiles and times the dense network and candidates, layer by layer. Each candidate is timed in
/// turn with the dense network, whose best time of all tells how much the machine was slowed meanwhile: that is taken out of its times.
/// </summary>
internal sealed class LatencyMeasurement : IDisposable
{
    /// <summary>Part of the whole work before the check.</summary>
    private const double LayersShare = 0.75;

    private readonly CompilerOptions options;
    private readonly TimingOptions timing;
    private readonly CancellationToken cancellation;
    private readonly CompiledNetwork dense;

    private LatencyMeasurement(string target, NetworkDescription dense, TimingOptions timing, CancellationToken cancellation)
    {
        this.timing = timing;
        this.cancellation = cancellation;
        options = new CompilerOptions { Targets = [target] };
        this.dense = CompiledNetwork.Load(dense, options);
    }

    /// <param name="candidate">The i-th candidate; each is asked for once, in order.</param>
    /// <param name="report">Receives the part done, 0 to 1, and what is being done.</param>
    public static LatencyTable Measure(
        LatencyOrigin origin,
        NetworkDescription dense,
        Func<int, NetworkDescription> candidate,
        LatencyEffort effort,
        Action<double, string> report,
        CancellationToken cancellation)
    {
        report(0, "timing the dense network layer by layer");
        var clock = Stopwatch.StartNew();
        using var measurement = new LatencyMeasurement(origin.Target, dense, effort.Timing, cancellation);
        List<Timed> measured = [measurement.Time(dense, withLayers: true)];
        for (var i = 0; i < effort.LeastNetworks || (i < effort.MostNetworks && clock.Elapsed < effort.Budget); i++)
        {
            var done = Math.Max(i / (double)effort.MostNetworks, Math.Min(1, clock.Elapsed / effort.Budget));
            report(LayersShare * done, FormattableString.Invariant($"timing candidate {i + 1} of at most {effort.MostNetworks} layer by layer"));
            measured.Add(measurement.Time(candidate(i), withLayers: true));
        }

        var checks = new List<Timed>();
        for (var i = 0; i < effort.CheckNetworks; i++)
        {
            report(
                LayersShare + ((1 - LayersShare) * i / effort.CheckNetworks),
                FormattableString.Invariant($"checking the latency table with network {i + 1} of {effort.CheckNetworks}"));
            checks.Add(measurement.Time(candidate(measured.Count - 1 + i), withLayers: false));
        }

        return Table(origin, measured, checks);
    }

    public void Dispose() => dense.Dispose();

    private static LatencyTable Table(LatencyOrigin origin, List<Timed> measured, List<Timed> checks)
    {
        var best = measured.Concat(checks).Min(t => t.Dense);
        var samples = measured
            .SelectMany(m => m.Times.Layers.Select(l => LatencySample.Of(l.Layer, l.Microseconds * best / m.Dense)))
            .Where(s => s.Cycles > 0)
            .ToEquatableArray();
        var overhead = Math.Round(Math.Max(0, measured.Average(m => (m.Times.Whole - m.Times.Sum) * best / m.Dense)), 4);
        var table = new LatencyTable(origin, overhead, samples, new TimeModelCheck(samples.Count, 0, 0, 0));
        var model = new LatencyModel(table);
        var errors = checks.Select(c => Error(model.Microseconds(c.Description), c.Times.Whole * best / c.Dense)).ToList();
        return table with { Check = new TimeModelCheck(samples.Count, errors.Count, Math.Round(errors.Average(), 2), Math.Round(errors.Max(), 2)) };
    }

    /// <summary>In percent.</summary>
    private static double Error(double predicted, double measured) => 100 * Math.Abs(predicted - measured) / measured;

    private Timed Time(NetworkDescription description, bool withLayers)
    {
        cancellation.ThrowIfCancellationRequested();
        using var network = CompiledNetwork.Load(description, options with { TimesLayers = withLayers });
        var times = LayerTimer.Measure([dense, network], timing, cancellation);
        return new Timed(description, times[1], times[0].Whole);
    }

    /// <param name="Dense">Microseconds that the dense network took meanwhile.</param>
    private sealed record Timed(NetworkDescription Description, LayerTimes Times, double Dense);
}

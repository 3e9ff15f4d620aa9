using System.Diagnostics;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Latency;

/// <summary>
/// Makes a latency table: generates, compiles and times the dense network and candidates, layer by layer. Each candidate is timed in
/// turn with the dense network, whose best time of all tells how much the machine was slowed meanwhile: that is taken out of its times.
/// </summary>
internal sealed class LatencyMeasurement : IDisposable
{
    private const int MostNetworks = 28;
    private const int LeastNetworks = 8;

    /// <summary>Further networks, timed as a whole, that the table is checked with.</summary>
    private const int CheckNetworks = 6;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(40);

    private static readonly TimingOptions Timing = new()
    {
        WarmUp = TimeSpan.FromMilliseconds(120),
        Batch = TimeSpan.FromMilliseconds(4),
        Rounds = 25,
    };

    private readonly CompilerOptions options;
    private readonly CancellationToken cancellation;
    private readonly CompiledNetwork dense;

    private LatencyMeasurement(string target, NetworkDescription dense, CancellationToken cancellation)
    {
        this.cancellation = cancellation;
        options = new CompilerOptions { Targets = [target] };
        this.dense = CompiledNetwork.Load(dense, options);
    }

    /// <param name="candidate">The i-th candidate.</param>
    /// <param name="report">Receives the part done, 0 to 1, and what is being done.</param>
    public static LatencyTable Measure(
        LatencyOrigin origin,
        NetworkDescription dense,
        Func<int, NetworkDescription> candidate,
        Action<double, string> report,
        CancellationToken cancellation)
    {
        report(0, "timing the dense network layer by layer");
        using var measurement = new LatencyMeasurement(origin.Target, dense, cancellation);
        List<Timed> timed = [measurement.Time(dense, withLayers: true)];
        var clock = Stopwatch.StartNew();
        timed.Add(measurement.Time(candidate(0), withLayers: true));

        // As many as there is time for: of networks that take longer to compile, fewer candidates.
        var networks = Math.Clamp((int)(Budget / clock.Elapsed) - CheckNetworks, LeastNetworks, MostNetworks);
        for (var i = 1; i < networks + CheckNetworks; i++)
        {
            var what = i < networks
                ? FormattableString.Invariant($"timing candidate {i + 1} of {networks} layer by layer")
                : FormattableString.Invariant($"checking the latency table, network {i - networks + 1} of {CheckNetworks}");
            report(i / (double)(networks + CheckNetworks), what);
            timed.Add(measurement.Time(candidate(i), withLayers: i < networks));
        }

        return Table(origin, timed[..(networks + 1)], timed[(networks + 1)..]);
    }

    public void Dispose() => dense.Dispose();

    private static LatencyTable Table(LatencyOrigin origin, List<Timed> measured, List<Timed> checks)
    {
        var best = measured.Concat(checks).Min(t => t.Dense);
        var samples = measured
            .SelectMany(m => m.Times.Layers.Select(l => LatencySample.Of(l.Layer, l.Microseconds * best / m.Dense)))
            .Where(s => s.Cycles > 0 && s.Nanoseconds > 0)
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
        var times = LayerTimer.Measure([dense, network], Timing, cancellation);
        return new Timed(description, times[1], times[0].Whole);
    }

    /// <param name="Dense">Microseconds that the dense network took meanwhile.</param>
    private sealed record Timed(NetworkDescription Description, LayerTimes Times, double Dense);
}

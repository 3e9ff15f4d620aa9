using System.Diagnostics;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Latency;

/// <summary>Makes a latency table: generates, compiles and times the dense network and candidates, layer by layer.</summary>
internal static class LatencyMeasurement
{
    private const int MostNetworks = 32;
    private const int LeastNetworks = 8;

    /// <summary>Further networks, timed as a whole, that the table is checked with.</summary>
    private const int CheckNetworks = 6;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(40);

    private static readonly TimingOptions Timing = new() { WarmUp = TimeSpan.FromMilliseconds(150), Batch = TimeSpan.FromMilliseconds(5), Rounds = 40 };

    /// <param name="candidate">The i-th candidate.</param>
    /// <param name="report">Receives the part done, 0 to 1, and what is being done.</param>
    public static LatencyTable Measure(
        LatencyOrigin origin,
        NetworkDescription dense,
        Func<int, NetworkDescription> candidate,
        Action<double, string> report,
        CancellationToken cancellation)
    {
        report(0, "measuring the dense network layer by layer");
        var options = new CompilerOptions { Targets = [origin.Target], TimesLayers = true };
        var clock = Stopwatch.StartNew();
        List<LayerTimes> measured = [Times(dense, options, cancellation)];
        clock.Restart();
        measured.Add(Times(candidate(0), options, cancellation));

        // As many as there is time for: networks that take longer to compile are measured on fewer candidates.
        var networks = Math.Clamp((int)(Budget / clock.Elapsed) - CheckNetworks, LeastNetworks, MostNetworks);
        double Done(int count) => count / (double)(networks + CheckNetworks);
        for (var i = 1; i < networks; i++)
        {
            report(Done(i), FormattableString.Invariant($"measuring candidate {i + 1} of {networks} layer by layer"));
            measured.Add(Times(candidate(i), options, cancellation));
        }

        var samples = measured
            .SelectMany(m => m.Layers)
            .Select(LatencySample.Of)
            .Where(s => s.Cycles > 0 && s.Nanoseconds > 0)
            .ToEquatableArray();
        var overhead = Math.Round(Math.Max(0, measured.Average(m => m.Whole - m.Sum)), 4);
        var table = new LatencyTable(origin, overhead, samples, new TimeModelCheck(samples.Count, 0, 0, 0));
        var check = Enumerable.Range(networks, CheckNetworks).Select(i =>
        {
            report(Done(i), FormattableString.Invariant($"checking the latency table, network {i - networks + 1} of {CheckNetworks}"));
            return candidate(i);
        });
        return table with { Check = Check(table, check, cancellation) };
    }

    /// <summary>Predicts networks, generates, compiles and times them as a whole, without a clock between their layers.</summary>
    public static TimeModelCheck Check(LatencyTable table, IEnumerable<NetworkDescription> networks, CancellationToken cancellation)
    {
        var model = new LatencyModel(table);
        var options = new CompilerOptions { Targets = [table.Origin.Target] };
        var errors = new List<double>();
        foreach (var description in networks)
        {
            using var network = CompiledNetwork.Load(description, options);
            var measured = LayerTimer.MeasureWhole(network, Timing, cancellation);
            errors.Add(100 * Math.Abs(model.Microseconds(description) - measured) / measured);
        }

        return new TimeModelCheck(table.Samples.Count, errors.Count, Math.Round(errors.Average(), 2), Math.Round(errors.Max(), 2));
    }

    private static LayerTimes Times(NetworkDescription description, CompilerOptions options, CancellationToken cancellation)
    {
        using var network = CompiledNetwork.Load(description, options);
        return LayerTimer.MeasureLayers(network, Timing, cancellation);
    }
}

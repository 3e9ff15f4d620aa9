using KernelGen.Search.Evolution;

namespace KernelGen.Search.Reports;

/// <summary>Loss against time, the search and its controls in one picture: each method has a marker of its own.</summary>
internal static class FrontCharts
{
    private static readonly MarkerShape[] ControlShapes =
    [
        MarkerShape.Triangle, MarkerShape.Square, MarkerShape.Diamond, MarkerShape.Cross, MarkerShape.Plus, MarkerShape.DownTriangle,
        MarkerShape.Star,
    ];

    /// <summary>Every retrained network: its loss on the test images against its measured time.</summary>
    public static string Retrained(PruneResult r)
    {
        var images = r.Images.Report;
        var networks = r.Methods.SelectMany(m => m.Networks).ToList();
        var own = r.Methods[0].Networks;
        var tolerances = networks.Select(n => n.Tolerance).Distinct().Order().ToList();
        var legend = Legend(r, m => !m.Networks.IsEmpty);
        legend.AddRange([new LegendEntry("dense", MarkerShape.Circle, "dense"), new LegendEntry($"± standard error, {r.Methods[0].Name}", null, "errorbar")]);
        var chart = new Chart(
            "Loss on the test images against measured time, every retrained network of the search and of the controls",
            networks.Select(n => n.Measurement.Microseconds).Append(r.Dense.Microseconds),
            "measured time of one inference, µs",
            networks.Select(n => n.TestLoss(images)).Concat(tolerances).Concat(own.SelectMany(Bar)).Append(0),
            "loss on the test images, percentage points",
            legend);
        foreach (var tolerance in tolerances)
        {
            chart.Level(tolerance, "limit", $"tolerance {Numbers.Short(tolerance)}");
        }

        foreach (var network in own)
        {
            var (x, bar) = (chart.X(network.Measurement.Microseconds), Bar(network));
            chart.Svg.Line(x, chart.Y(bar[0]), x, chart.Y(bar[1]), "errorbar");
        }

        chart.Marker(r.Dense.Microseconds, 0, MarkerShape.Circle, "dense");
        Draw(chart, r, m => m.Networks.Select(n => (n.Measurement.Microseconds, n.TestLoss(images))));
        foreach (var same in own.GroupBy(n => (n.Measurement.Microseconds, Loss: n.TestLoss(images))))
        {
            chart.Label(same.Key.Microseconds, same.Key.Loss, string.Join(", ", same.Select(n => Numbers.Short(n.Tolerance))));
        }

        return chart.ToString();

        double[] Bar(PrunedResult n)
        {
            var (loss, error) = (n.TestLoss(images), PairedStatistics.StandardErrorOfDifference(n.OnlyDenseWrong, n.OnlyPrunedWrong, images));
            return [loss - error, loss + error];
        }
    }

    /// <summary>The best candidates of each method, repaired but not retrained, and the box that their hypervolumes are shares of.</summary>
    public static string BeforeRetraining(PruneResult r)
    {
        var points = r.Methods.SelectMany(m => m.Front).ToList();
        var chart = new Chart(
            "Loss on the select images against estimated time before retraining, the best candidates of the search and of each control",
            points.Select(p => p.Microseconds).Append(r.Reference.Microseconds),
            "time of one inference by the latency table, µs",
            points.Select(p => p.Loss).Append(0).Append(r.Reference.Loss),
            "loss on the select images, points",
            Legend(r, m => !m.Front.IsEmpty));
        chart.Upright(r.Reference.Microseconds, "limit", "dense network");
        chart.Level(r.Reference.Loss, "limit", "largest loss before retraining");
        Draw(chart, r, m => m.Front.Select(p => (p.Microseconds, p.Loss)));
        return chart.ToString();
    }

    /// <summary>The time that the latency table says against the one that was measured, for every retrained network.</summary>
    public static string Predictions(PruneResult r)
    {
        var networks = r.Methods.SelectMany(m => m.Networks).ToList();
        var times = networks.SelectMany(n => new[] { n.Measurement.Microseconds, n.EstimatedMicroseconds })
            .Concat([r.Dense.Microseconds, r.Reference.Microseconds]).ToList();
        var chart = new Chart(
            "Time by the latency table against measured time, the dense and every retrained network",
            times,
            "measured time of one inference, µs",
            times,
            "by the latency table, µs",
            [.. Legend(r, m => !m.Networks.IsEmpty), new LegendEntry("dense", MarkerShape.Circle, "dense"), new LegendEntry("equal", null, "limit")]);
        chart.Polyline([(times.Min(), times.Min()), (times.Max(), times.Max())], "limit");
        chart.Marker(r.Dense.Microseconds, r.Reference.Microseconds, MarkerShape.Circle, "dense");
        for (var i = r.Methods.Count - 1; i >= 0; i--)
        {
            foreach (var network in r.Methods[i].Networks)
            {
                chart.Marker(network.Measurement.Microseconds, network.EstimatedMicroseconds, Shape(i), Css(i));
            }
        }

        return chart.ToString();
    }

    /// <summary>The search last, so that it lies over its controls.</summary>
    private static void Draw(Chart chart, PruneResult r, Func<MethodResult, IEnumerable<(double X, double Y)>> points)
    {
        for (var i = r.Methods.Count - 1; i >= 0; i--)
        {
            var all = points(r.Methods[i]).OrderBy(p => p.X).ThenBy(p => p.Y).ToList();
            chart.Polyline(ParetoFront.Of(all, p => p.Y).ToList(), "line " + Css(i));
            foreach (var (x, y) in all)
            {
                chart.Marker(x, y, Shape(i), Css(i));
            }
        }
    }

    private static List<LegendEntry> Legend(PruneResult r, Func<MethodResult, bool> isShown) =>
        [.. r.Methods.Select((m, i) => (Method: m, Entry: new LegendEntry(m.Name, Shape(i), Css(i)))).Where(p => isShown(p.Method)).Select(p => p.Entry)];

    private static MarkerShape Shape(int method) => method == 0 ? MarkerShape.Circle : ControlShapes[(method - 1) % ControlShapes.Length];

    private static string Css(int method) => method == 0 ? "search" : "control";
}

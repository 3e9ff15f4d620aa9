using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>The study's pictures, as files of their own. Shapes and dashes tell the series apart, not colour.</summary>
internal static class StudyCharts
{
    private const string Opening = "<svg ";

    /// <summary>In the order of the legend; other searches than the evolution come last.</summary>
    private static readonly (string Method, MarkerShape Shape)[] Shapes =
    [
        (NonDominatedEvolution.MethodName, MarkerShape.Circle),
        (ControlNames.Uniform, MarkerShape.Triangle),
        (ControlNames.Magnitude, MarkerShape.Square),
        (ControlNames.Taylor, MarkerShape.Diamond),
        (ControlNames.Random, MarkerShape.Cross),
        (ControlNames.DynamicProgramming, MarkerShape.Plus),
        (ControlNames.Scratch, MarkerShape.DownTriangle),
        (ControlNames.Unpruned, MarkerShape.Star),
        (ParticleFilter.MethodName, MarkerShape.Hexagon),
    ];

    /// <summary>Loss on the test images against measured time: every method and seed, all granularities together.</summary>
    public static string Front(Topic topic, IReadOnlyList<StudyRow> rows)
    {
        var shown = rows.Where(r => r.IsAtEveryGranularity).ToList();
        var series = Shapes.Where(s => shown.Any(r => r.Method == s.Method)).ToList();
        var dense = Median.Of(shown.Count > 0 ? shown : rows, r => r.MicrosecondsDense);
        var tolerances = shown.Select(r => r.Tolerance).Distinct().ToList();
        var chart = new Chart(
            $"Loss on the test images against measured time, {topic}",
            shown.Select(r => r.MicrosecondsPruned).Append(dense),
            "measured time of one inference, µs",
            shown.Select(r => r.Loss).Concat(tolerances).Append(0),
            "loss on the test images, percentage points",
            [.. series.Select(s => new LegendEntry(s.Method, s.Shape, Css(s.Method))), new LegendEntry("dense", MarkerShape.Circle, "dense")]);
        foreach (var tolerance in tolerances)
        {
            chart.Level(tolerance, "limit", $"tolerance {Numbers.Short(tolerance)}");
        }

        chart.Marker(dense, 0, MarkerShape.Circle, "dense");
        foreach (var (method, shape) in series.AsEnumerable().Reverse())
        {
            foreach (var row in shown.Where(r => r.Method == method))
            {
                chart.Marker(row.MicrosecondsPruned, row.Loss, shape, Css(method));
            }
        }

        return AsFile(chart);
    }

    /// <summary>Time of one layer against the share of its weights that is gone.</summary>
    public static string Lowered(string title, IReadOnlyList<LoweredTime> times)
    {
        (string Name, MarkerShape Shape, string Line, string Marker, Func<LoweredTime, double> Time)[] series =
        [
            ("im2col + CSR", MarkerShape.Triangle, "line dashed", "control", t => t.Csr),
            ("im2col + dense product", MarkerShape.Square, "limit", "control", t => t.Product),
            ("ours", MarkerShape.Circle, "line search", "search", t => t.Ours),
            ("ours, dense layer", MarkerShape.Diamond, "line control", "control", t => t.OursDense),
        ];
        var chart = new Chart(
            $"Time of one layer against the share of its weights that is gone: {title}",
            times.Select(t => t.Pruned).Append(0),
            $"{title}: weights gone, %",
            series.SelectMany(s => times.Select(s.Time)),
            "time of the layer, µs",
            [.. series.Select(s => new LegendEntry(s.Name, s.Shape, s.Marker))]);
        foreach (var (_, shape, line, marker, time) in series.Reverse())
        {
            chart.Polyline(times.OrderBy(t => t.Pruned).Select(t => (t.Pruned, time(t))), line);
            foreach (var t in times)
            {
                chart.Marker(t.Pruned, time(t), shape, marker);
            }
        }

        return AsFile(chart);
    }

    private static string Css(string method) => method == NonDominatedEvolution.MethodName ? "search" : "control";

    /// <summary>A picture that was made for a page, with the page's style and ground in it.</summary>
    private static string AsFile(Chart chart)
    {
        var svg = chart.ToString();
        var body = svg.IndexOf('>', StringComparison.Ordinal) + 1;
        return $"{Opening}xmlns=\"http://www.w3.org/2000/svg\" {svg[Opening.Length..body]}\n<style>{ReportStyle.Css}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>{svg[body..]}";
    }
}

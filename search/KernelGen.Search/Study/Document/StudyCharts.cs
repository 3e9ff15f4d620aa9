using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>The study's pictures, as files of their own. Shapes and dashes tell the series apart, not colour.</summary>
internal static class StudyCharts
{
    /// <summary>Loss on the test images against measured time, every method and seed, all granularities.</summary>
    public static string Front(Topic topic, IReadOnlyList<StudyRow> rows)
    {
        var shown = rows.Where(r => r.IsAtEveryGranularity).ToList();
        var svg = ChartFrame.Canvas($"Loss on the test images against measured time, {topic}");
        var x = ChartFrame.Horizontal(shown.Select(r => r.MicrosecondsPruned).Append(shown.Count > 0 ? shown[0].MicrosecondsDense : 1));
        var y = ChartFrame.Vertical(shown.Select(r => r.Loss).Append(0));
        ChartFrame.Draw(svg, x, y, "measured time of one inference, µs", "loss on the test images, points");
        svg.Line(ChartFrame.Left, y.At(0), ChartFrame.Right, y.At(0), "line dotted");
        var legend = new ChartLegend(svg, ChartFrame.Left, 14);
        var methods = shown.GroupBy(r => r.Method).OrderBy(g => g.Any(r => r.IsEvolution)).ToList();
        foreach (var method in methods)
        {
            var (shape, css) = Look(method.Key);
            foreach (var row in method)
            {
                svg.Marker(x.At(row.MicrosecondsPruned), y.At(row.Loss), shape, css);
            }
        }

        foreach (var row in shown.Take(1))
        {
            svg.Marker(x.At(row.MicrosecondsDense), y.At(0), MarkerShape.Star, "best");
            legend.Marker(MarkerShape.Star, "best", "dense");
        }

        foreach (var (method, index) in methods.AsEnumerable().Reverse().Select((m, i) => (m.Key, i)))
        {
            legend = index == 3 ? new ChartLegend(svg, ChartFrame.Left, 34) : legend;
            var (shape, css) = Look(method);
            legend.Marker(shape, css, method);
        }

        return svg.ToFile(ReportStyle.Css);
    }

    /// <summary>Time of one layer against the share of its weights that is gone.</summary>
    public static string Lowered(string title, IReadOnlyList<LoweredTime> times)
    {
        var svg = ChartFrame.Canvas($"Time of one layer, {title}");
        (string Name, string Css, MarkerShape Shape, Func<LoweredTime, double> Time)[] series =
        [
            ("im2col + CSR", "line dashed", MarkerShape.Triangle, t => t.Csr),
            ("im2col + dense product", "line dotted", MarkerShape.Circle, t => t.Product),
            ("ours", "line", MarkerShape.Square, t => t.Ours),
            ("ours, dense layer", "line thin", MarkerShape.Cross, t => t.OursDense),
        ];
        var x = ChartFrame.Horizontal(times.Select(t => t.Pruned).Append(0));
        var y = ChartFrame.Vertical(series.SelectMany(s => times.Select(s.Time)));
        ChartFrame.Draw(svg, x, y, "weights gone, %", "time of the layer, µs");
        var legend = new ChartLegend(svg, ChartFrame.Left, 14);
        foreach (var (name, css, shape, time) in series)
        {
            svg.Polyline(times.OrderBy(t => t.Pruned).Select(t => (x.At(t.Pruned), y.At(time(t)))), css);
            foreach (var t in times)
            {
                svg.Marker(x.At(t.Pruned), y.At(time(t)), shape, "middle out");
            }

            legend.Line(css, name, shape, "middle out");
        }

        svg.Text(ChartFrame.Left, 40, title);
        return svg.ToFile(ReportStyle.Css);
    }

    private static (MarkerShape Shape, string Css) Look(string method) => method switch
    {
        "evolution" => (MarkerShape.Square, "late in"),
        "particle-filter" => (MarkerShape.Square, "late out"),
        Controls.ControlNames.Random => (MarkerShape.Circle, "early out"),
        Controls.ControlNames.DynamicProgramming => (MarkerShape.Triangle, "middle in"),
        Controls.ControlNames.Scratch => (MarkerShape.Cross, "middle"),
        Controls.ControlNames.Uniform => (MarkerShape.Circle, "middle in"),
        Controls.ControlNames.Magnitude => (MarkerShape.Triangle, "early out"),
        _ => (MarkerShape.Star, "early out"),
    };
}

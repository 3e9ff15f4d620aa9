using KernelGen.Model;

namespace KernelGen.Search.Reports;

/// <summary>The pictures of the search: what every particle cost and how the generations went on.</summary>
internal static class SearchCharts
{
    private const double Width = 760;
    private const double Height = 430;
    private const double Left = 64;
    private const double Right = 744;
    private const double Top = 54;
    private const double Bottom = 378;

    private static readonly (string Name, MarkerShape Shape, string Css)[] Thirds =
    [
        ("early", MarkerShape.Circle, "early"),
        ("middle", MarkerShape.Triangle, "middle"),
        ("late", MarkerShape.Square, "late"),
    ];

    /// <summary>Error against estimated time of every particle that was scored.</summary>
    public static string Particles(EquatableArray<GenerationRecord> generations)
    {
        var svg = new SvgCanvas(Width, Height, "Misclassification rate on the search images against estimated time, every particle of every generation");
        var particles = generations.SelectMany(g => g.Particles).ToList();
        var times = particles.Select(p => p.EstimatedMicroseconds);
        var errors = particles.Select(p => p.Error);
        var x = Axis.Of(times, Left, Right);
        var y = Axis.Of(errors, Bottom, Top);
        Frame(svg, x, y, "estimated time of one inference, µs", "error on the search images, %");
        foreach (var generation in generations)
        {
            var (_, shape, css) = Thirds[Third(generation.Index, generations)];
            foreach (var p in generation.Particles)
            {
                svg.Marker(x.At(p.EstimatedMicroseconds), y.At(p.Error), shape, css + (p.WithinTolerance ? " in" : " out"));
            }
        }

        ParticleLegend(svg, generations);
        return svg.ToString();
    }

    /// <summary>Per generation: the fastest particle within the tolerance, and the median particle.</summary>
    public static string Progress(EquatableArray<GenerationRecord> generations)
    {
        var svg = new SvgCanvas(Width, Height, "Estimated time per generation: fastest particle within the tolerance, and median particle");
        var fastest = generations
            .Where(g => g.Particles.Any(p => p.WithinTolerance))
            .Select(g => (g.Index, Time: g.Particles.Where(p => p.WithinTolerance).Min(p => p.EstimatedMicroseconds)))
            .ToList();
        var median = generations.Where(g => !g.Particles.IsEmpty).Select(g => (g.Index, Time: Median(g.Particles))).ToList();
        var x = Axis.Of(generations.Select(g => (double)g.Index), Left, Right);
        var y = Axis.Of(fastest.Concat(median).Select(p => p.Time), Bottom, Top, fromZero: true);
        Frame(svg, x, y, "generation", "estimated time, µs");
        svg.Polyline(median.Select(p => (x.At(p.Index), y.At(p.Time))), "line dashed");
        svg.Polyline(fastest.Select(p => (x.At(p.Index), y.At(p.Time))), "line");
        foreach (var (index, time) in fastest)
        {
            svg.Marker(x.At(index), y.At(time), MarkerShape.Square, "late in");
        }

        var legend = new Legend(svg, Left, 22);
        legend.Line("line", "fastest within the tolerance");
        legend.Line("line dashed", "median of all particles");
        return svg.ToString();
    }

    private static void ParticleLegend(SvgCanvas svg, EquatableArray<GenerationRecord> generations)
    {
        var legend = new Legend(svg, Left, 14);
        for (var i = 0; i < Thirds.Length; i++)
        {
            var indices = generations.Where(g => Third(g.Index, generations) == i).Select(g => g.Index).ToList();
            if (indices.Count > 0)
            {
                legend.Marker(Thirds[i].Shape, Thirds[i].Css + " in", Thirds[i].Name + (indices.Count == 1 ? $" generation ({indices[0]})" : $" generations ({indices[0]}–{indices[^1]})"));
            }
        }

        var second = new Legend(svg, Left, 34);
        second.Marker(MarkerShape.Square, "late in", "filled: within the tolerance");
        second.Marker(MarkerShape.Square, "late out", "hollow: not");
    }

    private static void Frame(SvgCanvas svg, Axis x, Axis y, string xLabel, string yLabel)
    {
        foreach (var tick in x.Ticks)
        {
            svg.Line(x.At(tick), Top, x.At(tick), Bottom, "grid");
            svg.Text(x.At(tick), Bottom + 18, Numbers.Short(tick), "middle", "tick");
        }

        foreach (var tick in y.Ticks)
        {
            svg.Line(Left, y.At(tick), Right, y.At(tick), "grid");
            svg.Text(Left - 6, y.At(tick) + 4, Numbers.Short(tick), "end", "tick");
        }

        svg.Line(Left, Bottom, Right, Bottom, "axis");
        svg.Line(Left, Top, Left, Bottom, "axis");
        svg.Text((Left + Right) / 2, Bottom + 42, xLabel, "middle");
        svg.VerticalText(16, (Top + Bottom) / 2, yLabel);
    }

    /// <summary>0, 1 or 2: the third of the run that a generation belongs to.</summary>
    private static int Third(int index, EquatableArray<GenerationRecord> generations)
    {
        var first = generations[0].Index;
        return Math.Min(2, (index - first) * 3 / Math.Max(1, generations.Count));
    }

    private static double Median(EquatableArray<ParticleRecord> particles)
    {
        var sorted = particles.Select(p => p.EstimatedMicroseconds).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Entries one after the other on one line.</summary>
    private sealed class Legend(SvgCanvas svg, double x, double y)
    {
        private double at = x;

        public void Marker(MarkerShape shape, string css, string text)
        {
            svg.Marker(at + 6, y, shape, css);
            Label(18, text);
        }

        public void Line(string css, string text)
        {
            svg.Line(at, y, at + 34, y, css);
            Label(40, text);
        }

        private void Label(double indent, string text)
        {
            svg.Text(at + indent, y + 4, text);
            at += indent + (text.Length * 6.6) + 18;
        }
    }
}

using KernelGen.Model;

namespace KernelGen.Search.Reports;

/// <summary>The pictures of the search: what every candidate cost and how the generations went on.</summary>
internal static class SearchCharts
{
    private static readonly (string Name, MarkerShape Shape, string Css)[] Thirds =
    [
        ("early", MarkerShape.Circle, "early"),
        ("middle", MarkerShape.Triangle, "middle"),
        ("late", MarkerShape.Square, "late"),
    ];

    /// <summary>Error against estimated time of every candidate that was scored.</summary>
    public static string Particles(EquatableArray<GenerationRecord> generations)
    {
        var particles = generations.SelectMany(g => g.Particles).ToList();
        var chart = new Chart(
            "Misclassification rate on the search images against estimated time, every candidate of every generation",
            particles.Select(p => p.EstimatedMicroseconds),
            "time of one inference by the latency table, µs",
            particles.Select(p => p.Error),
            "error on the search images, %",
            [
                .. Thirds.Select((third, i) => ThirdEntry(third, i, generations)).OfType<LegendEntry>(),
                new LegendEntry("filled: within the limit", MarkerShape.Square, "late in"),
                new LegendEntry("hollow: not", MarkerShape.Square, "late out"),
            ]);
        foreach (var generation in generations)
        {
            var (_, shape, css) = Thirds[Third(generation.Index, generations)];
            foreach (var p in generation.Particles)
            {
                chart.Marker(p.EstimatedMicroseconds, p.Error, shape, css + (p.WithinLimit ? " in" : " out"));
            }
        }

        return chart.ToString();
    }

    /// <summary>Per generation: the fastest candidate within the limit, and the median candidate.</summary>
    public static string Progress(EquatableArray<GenerationRecord> generations)
    {
        var fastest = generations
            .Where(g => g.Particles.Any(p => p.WithinLimit))
            .Select(g => (X: (double)g.Index, Y: g.Particles.Where(p => p.WithinLimit).Min(p => p.EstimatedMicroseconds)))
            .ToList();
        var median = generations.Where(g => !g.Particles.IsEmpty).Select(g => (X: (double)g.Index, Y: Median.Of(g.Particles, p => p.EstimatedMicroseconds))).ToList();
        var chart = new Chart(
            "Estimated time per generation: fastest candidate within the limit, and median candidate",
            generations.Select(g => (double)g.Index),
            "generation",
            fastest.Concat(median).Select(p => p.Y),
            "time by the latency table, µs",
            [new LegendEntry("fastest within the limit", null, "line search"), new LegendEntry("median of all candidates", null, "line dashed")],
            fromZero: true);
        chart.Polyline(median, "line dashed");
        chart.Polyline(fastest, "line search");
        foreach (var (index, time) in fastest)
        {
            chart.Marker(index, time, MarkerShape.Square, "late in");
        }

        return chart.ToString();
    }

    private static LegendEntry? ThirdEntry((string Name, MarkerShape Shape, string Css) third, int index, EquatableArray<GenerationRecord> generations)
    {
        var indices = generations.Where(g => Third(g.Index, generations) == index).Select(g => g.Index).ToList();
        var range = indices.Count == 1 ? $" generation ({indices[0]})" : indices.Count > 1 ? $" generations ({indices[0]}–{indices[^1]})" : "";
        return indices.Count == 0 ? null : new LegendEntry(third.Name + range, third.Shape, third.Css + " in");
    }

    /// <summary>0, 1 or 2: the third of the run that a generation belongs to.</summary>
    private static int Third(int index, EquatableArray<GenerationRecord> generations)
    {
        var first = generations[0].Index;
        return Math.Min(2, (index - first) * 3 / Math.Max(1, generations.Count));
    }
}

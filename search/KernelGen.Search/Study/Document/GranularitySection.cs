using KernelGen.Search.Evolution;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>What each granularity gives alone, where the study ran it.</summary>
internal static class GranularitySection
{
    public static void Write(Markdown md, StudyFigures figures)
    {
        var topics = figures.Topics.Where(t => Searches(figures.Of(t)).Select(r => (r.Granularity, r.Method)).Distinct().Count() > 1).ToList();
        if (topics.Count == 0)
        {
            return;
        }

        md.Heading(2, "Granularities, alone and together");
        md.Paragraph("Medians of the seeds. `then` is the paper's order, one granularity after the other; `+` is all of them at once. Each network is as many times as fast as the dense one that was timed with it, not all of them by the same compiler.");
        md.Table(
            ["network", "granularity", "search", "tolerance", "seeds", "loss, points", "times as fast", "conv weights gone", "times fewer MACs"],
            from topic in topics
            from g in Searches(figures.Of(topic)).GroupBy(r => (r.Granularity, r.Method, r.Tolerance)).OrderBy(g => g.Key.Tolerance).ThenBy(g => g.Key.Granularity, StringComparer.Ordinal)
            select new[]
            {
                topic.ToString(), g.Key.Granularity, g.Key.Method, Numbers.Short(g.Key.Tolerance), Numbers.Count(g.Count()),
                Numbers.Signed(Median.Of(g, r => r.Loss), 2), Numbers.Fixed(Median.Of(g, r => r.Speedup), 2),
                Numbers.Fixed(Median.Of(g, r => 100 * r.ConvWeightsRemoved), 1) + "%", Numbers.Fixed(Median.Of(g, r => r.MacRatio), 2),
            },
            words: 3);
    }

    private static IEnumerable<StudyRow> Searches(IEnumerable<StudyRow> rows) => rows.Where(r => r.IsEvolution || r.Method == ParticleFilter.MethodName);
}

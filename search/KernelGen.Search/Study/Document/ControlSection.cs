using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>The evolution against the controls: fronts before retraining by hypervolume, retrained networks by loss and time.</summary>
internal static class ControlSection
{
    private const string Evolution = "evolution";

    public static void Write(Markdown md, StudyFigures figures)
    {
        md.Heading(2, "Controls");
        md.Paragraph(
            "Every method scored as many candidates as the evolution on the same images by the same latency table, and its networks were retrained alike. "
            + "The hypervolume is the share of the box from no loss at no time to the tolerated loss before retraining at the dense network's time that a method's front beats; median of the seeds. "
            + "`scratch` is the evolution's architecture trained from new weights: it has no front of its own.");
        md.Table(
            ["network", "method", "seeds", "evaluations", "hypervolume, median", "each seed"],
            figures.Topics.SelectMany(t => Hypervolumes(t, figures).Select(m => new[]
            {
                t.ToString(), m.Method, Numbers.Count(m.Values.Count), Numbers.Count(m.Evaluations), Numbers.Fixed(StudyFigures.Median(m.Values), 3),
                string.Join(", ", m.Values.Select(v => Numbers.Fixed(v, 3))),
            })),
            words: 2);
        md.Paragraph("The retrained networks, medians of the seeds:");
        md.Table(
            ["network", "tolerance", "method", "seeds", "loss, points", "times as fast", "conv weights gone", "times fewer MACs"],
            from topic in figures.Topics
            let rows = figures.Of(topic).Where(r => r.IsAtEveryGranularity).ToList()
            where rows.Any(r => !r.IsEvolution)
            from g in rows.GroupBy(r => (r.Tolerance, r.Method)).OrderBy(g => g.Key.Tolerance).ThenBy(g => g.Key.Method != Evolution)
            select new[]
            {
                topic.ToString(), Numbers.Short(g.Key.Tolerance), g.Key.Method, Numbers.Count(g.Count()), Numbers.Signed(Median(g, r => r.Loss), 2),
                Numbers.Fixed(Median(g, r => r.Speedup), 2), Numbers.Fixed(Median(g, r => 100 * r.ConvWeightsRemoved), 1) + "%", Numbers.Fixed(Median(g, r => r.MacRatio), 2),
            },
            words: 3);
    }

    /// <summary>A sentence for every control whose hypervolume the evolution does not exceed.</summary>
    public static IEnumerable<string> Lost(StudyFigures figures) =>
        from topic in figures.Topics
        let methods = Hypervolumes(topic, figures)
        from evolution in methods.Where(m => m.Method == Evolution)
        from control in methods.Where(m => m.Method != Evolution)
        let mine = StudyFigures.Median(evolution.Values)
        let theirs = StudyFigures.Median(control.Values)
        where mine <= theirs
        select $"{topic}: the evolution's hypervolume, {Numbers.Fixed(mine, 3)}, is not larger than that of {control.Method}, {Numbers.Fixed(theirs, 3)}.";

    private static List<(string Method, int Evaluations, List<double> Values)> Hypervolumes(Topic topic, StudyFigures figures)
    {
        var runs = figures.RunsOf(topic).Where(r => r.Granularity == StudyRow.EveryGranularity).ToList();
        return runs.All(r => r.Methods.Count == 1)
            ? []
            : [.. runs.SelectMany(r => r.Methods).Where(m => m.Front.Count > 0).GroupBy(m => m.Name).Select(g => (g.Key, g.Max(m => m.Evaluations), g.Select(m => m.Hypervolume).ToList()))];
    }

    private static double Median(IEnumerable<StudyRow> rows, Func<StudyRow, double> figure) => StudyFigures.Median(rows.Select(figure));
}

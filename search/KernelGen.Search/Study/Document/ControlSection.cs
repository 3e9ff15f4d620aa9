using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>The evolution against the controls: fronts before retraining by hypervolume, retrained networks by loss and time.</summary>
internal static class ControlSection
{
    public static void Write(Markdown md, StudyFigures figures)
    {
        md.Heading(2, "Controls");
        md.Paragraph(
            "Every method might score as many candidates as the evolution, on the same images by the same latency table; those that run out of different ones end earlier. The networks of one job were retrained alike. "
            + "The hypervolume is the share of the box from no loss at no time to the tolerated loss before retraining at the dense network's time that a method's front beats; median of the seeds. "
            + "The front was chosen on the search images; its losses are of the select images, on which nothing was chosen before, so that a method that profits from the noise of scores gains little by it; at most 32 candidates of each method count, repaired with more images than for their scores. "
            + "`scratch` is the evolution's architecture trained from new weights, `unpruned` the dense network retrained like the others, which shows what the further epochs alone give; neither has a front of its own.");
        md.Table(
            ["network", "method", "seeds", "evaluations", "hypervolume, median", "each seed"],
            figures.Topics.SelectMany(t => Hypervolumes(t, figures).Select(m => new[]
            {
                t.ToString(), m.Method, Numbers.Count(m.Values.Count), m.Evaluations, Numbers.Fixed(Median.Of(m.Values), 3),
                string.Join(", ", m.Values.Select(v => Numbers.Fixed(v, 3))),
            })),
            words: 2);
        md.Paragraph("The retrained networks, medians of the seeds. Within: in how many seeds one kept the tolerance on the images by which it was chosen; where none did, the least wrong one counts.");
        md.Table(
            ["network", "tolerance", "method", "within", "loss, points", "times as fast", "conv weights gone", "times fewer MACs"],
            from topic in figures.Topics
            from tolerance in Compared(topic, figures)
            from g in tolerance.GroupBy(r => r.Method).OrderBy(g => g.Key != NonDominatedEvolution.MethodName)
            select new[]
            {
                topic.ToString(), Numbers.Short(tolerance.Key), g.Key, $"{Numbers.Count(g.Count(r => figures.IsWithinTolerance(r) == true))} of {Numbers.Count(g.Count())}", Numbers.Signed(Median.Of(g, r => r.Loss), 2),
                Numbers.Fixed(Median.Of(g, r => r.Speedup), 2), Numbers.Fixed(Median.Of(g, r => 100 * r.ConvWeightsRemoved), 1) + "%", Numbers.Fixed(Median.Of(g, r => r.MacRatio), 2),
            },
            words: 3);
    }

    /// <summary>Of each topic with controls the evolution's hypervolume and the largest of a control, medians of the seeds.</summary>
    public static IEnumerable<(Topic Topic, int Seeds, double Evolution, string Control, double Largest)> Verdicts(StudyFigures figures) =>
        from topic in figures.Topics
        let methods = Hypervolumes(topic, figures)
        from evolution in methods.Where(m => m.Method == NonDominatedEvolution.MethodName)
        let best = methods.Where(m => m.Method != NonDominatedEvolution.MethodName).MaxBy(m => Median.Of(m.Values))
        where best.Method is not null
        select (topic, evolution.Values.Count, Median.Of(evolution.Values), best.Method, Median.Of(best.Values));

    /// <summary>A sentence for every tolerance at which retrained networks of controls, from which something is gone, lose less than the evolution's.</summary>
    public static IEnumerable<string> Lost(StudyFigures figures) =>
        from topic in figures.Topics
        from tolerance in Compared(topic, figures)
        let mine = tolerance.Where(r => r.IsEvolution).ToList()
        let better = tolerance.Where(r => !r.IsEvolution && r.Method != ControlNames.Unpruned).GroupBy(r => r.Method).Where(c => mine.Count > 0 && Median.Of(c, r => r.Loss) < Median.Of(mine, r => r.Loss)).ToList()
        where better.Count > 0
        select $"{topic}, tolerance {Numbers.Short(tolerance.Key)}: retrained, the evolution's networks lose {Points(mine)}; those of other methods lose less: "
            + string.Join(", ", better.Select(c => $"{c.Key} {Points(c)}")) + ".";

    private static string Points(IEnumerable<StudyRow> rows) =>
        $"{Numbers.Signed(Median.Of(rows, r => r.Loss), 2)} points at {Numbers.Fixed(Median.Of(rows, r => r.Speedup), 2)}×";

    /// <summary>The rows at those tolerances for which controls ran.</summary>
    private static IEnumerable<IGrouping<double, StudyRow>> Compared(Topic topic, StudyFigures figures) =>
        figures.Of(topic).Where(r => r.IsAtEveryGranularity).GroupBy(r => r.Tolerance).Where(g => g.Any(r => !r.IsEvolution)).OrderBy(g => g.Key);

    /// <summary>Of the jobs with controls: other jobs may have other boxes.</summary>
    private static List<(string Method, string Evaluations, List<double> Values)> Hypervolumes(Topic topic, StudyFigures figures) =>
    [
        .. figures.RunsOf(topic)
            .Where(r => r.Granularity == StudyRow.EveryGranularity && r.Methods.Count > 1)
            .SelectMany(r => r.Methods)
            .Where(m => ControlNames.IsSearch(m.Name))
            .GroupBy(m => m.Name)
            .Select(g => (g.Key, Range(g.Min(m => m.Evaluations), g.Max(m => m.Evaluations)), g.Select(m => m.Hypervolume).ToList())),
    ];

    private static string Range(int least, int most) => least == most ? Numbers.Count(least) : $"{Numbers.Count(least)} to {Numbers.Count(most)}";
}

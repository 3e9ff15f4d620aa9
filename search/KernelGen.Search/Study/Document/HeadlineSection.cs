using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>The three questions that the paper left open, and the table that answers them.</summary>
internal static class HeadlineSection
{
    public static void Write(Markdown md, StudyFigures figures)
    {
        if (figures.Headlines.Count == 0)
        {
            return;
        }

        md.Heading(2, "What the paper left open");
        md.Paragraph(
            "Anwar, Hwang and Sung (Structured Pruning of Deep Convolutional Neural Networks, 2017) show the time of one layer of one network. "
            + "Open were the time of the whole network, the misclassification rate of that very network, and how both depend on the topology: "
            + "time saved per multiply-add saved is not the same everywhere. Of each network the tolerance nearest to 1 point, medians of the seeds; "
            + "error bars and paired tests stand in the table after this one.");
        md.Table(
            ["network", "tolerance", "seeds", "whole network, µs", "times as fast", "times fewer multiply-adds", "misclassified %", "test images"],
            figures.Headlines.GroupBy(h => h.Topic).Select(g => g.MinBy(h => Math.Abs(h.Tolerance - 1))).Select(h => new[]
            {
                h.Topic.ToString(), Numbers.Short(h.Tolerance), Numbers.Count(h.Seeds.Count),
                $"{Fixed(h.Seeds, r => r.MicrosecondsDense, 1)} → {Fixed(h.Seeds, r => r.MicrosecondsPruned, 1)}", Fixed(h.Seeds, r => r.Speedup, 2), Fixed(h.Seeds, r => r.MacRatio, 2),
                $"{Fixed(h.Seeds, r => r.ErrorBefore, 2)} → {Fixed(h.Seeds, r => r.ErrorAfter, 2)}", Numbers.Count(h.Seeds[0].TestImages),
            }));

        md.Heading(2, "Headline rows");
        md.Paragraph(
            "The evolution with all granularities. The first line of each network and tolerance is the median of its seeds, each figure for itself; the lines below are the seeds. "
            + "± is one standard error of the paired difference; p is McNemar's exact test against the dense network, two-sided. "
            + "A loss marked * is of a network that did not keep its tolerance on the select images: none of those retrained for it did, and this was the least wrong one. Jobs called `-controls` or `-retrained-once` ran with controls and one retraining per tolerance.");
        md.Table(
            ["network", "tolerance", "seed", "error before %", "error after %", "loss, points", "p", "dense µs", "pruned µs", "times as fast", "conv weights gone", "times fewer MACs"],
            figures.Headlines.SelectMany(h => Lines(h.Topic, h.Tolerance, h.Seeds, figures)));
    }

    private static IEnumerable<string[]> Lines(Topic topic, double tolerance, IReadOnlyList<StudyRow> seeds, StudyFigures figures)
    {
        var first = new[] { topic.ToString(), Numbers.Short(tolerance) };
        yield return
        [
            .. first, FormattableString.Invariant($"median of {seeds.Count}"), Fixed(seeds, r => r.ErrorBefore, 2), Fixed(seeds, r => r.ErrorAfter, 2),
            Numbers.Signed(Median.Of(seeds, r => r.Loss), 2), "", Fixed(seeds, r => r.MicrosecondsDense, 1), Fixed(seeds, r => r.MicrosecondsPruned, 1),
            $"**{Fixed(seeds, r => r.Speedup, 2)}**", Fixed(seeds, r => 100 * r.ConvWeightsRemoved, 1) + "%", Fixed(seeds, r => r.MacRatio, 2),
        ];
        foreach (var r in seeds)
        {
            yield return
            [
                "", "", FormattableString.Invariant($"{r.Seed}"), Numbers.Fixed(r.ErrorBefore, 2), Numbers.Fixed(r.ErrorAfter, 2),
                figures.LossOf(r) + (figures.IsWithinTolerance(r) == false ? " *" : ""), Numbers.Probability(r.PValue).TrimStart('=', '\u00a0'),
                Numbers.Fixed(r.MicrosecondsDense, 1), Numbers.Fixed(r.MicrosecondsPruned, 1), Numbers.Fixed(r.Speedup, 2),
                Numbers.Fixed(100 * r.ConvWeightsRemoved, 1) + "%", Numbers.Fixed(r.MacRatio, 2),
            ];
        }
    }

    private static string Fixed(IEnumerable<StudyRow> rows, Func<StudyRow, double> figure, int decimals) =>
        Numbers.Fixed(Median.Of(rows, figure), decimals);
}

using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>Where the time went: each layer within its whole network.</summary>
internal static class LayerSection
{
    public static void Write(Markdown md, StudyFigures figures)
    {
        if (figures.Headlines.Count == 0)
        {
            return;
        }

        md.Heading(2, "Time per layer");
        md.Paragraph(
            "Of each network the row whose tolerance is nearest to 1 point, first seed: time of every convolution and fully connected layer within the generated code of the whole network, µs. "
            + "The whole network also pools, adds and copies between layouts, which its own time has in it.");
        foreach (var headline in figures.Headlines.GroupBy(h => h.Topic).Select(g => g.MinBy(h => Math.Abs(h.Tolerance - 1))))
        {
            var row = headline.Seeds[0];
            var timed = row.MicrosecondsPerLayer.Where(l => l.Before > 0).ToList();
            if (timed.Count == 0)
            {
                continue;
            }

            md.Heading(3, FormattableString.Invariant($"{headline.Topic}, tolerance {headline.Tolerance}, seed {row.Seed}"));
            md.Table(
                ["layer", "dense µs", "pruned µs", "times as fast"],
                [
                    .. timed.Select(l => Line(l.Layer, l.Before, l.After)),
                    Line("whole network", row.MicrosecondsDense, row.MicrosecondsPruned),
                ]);
        }
    }

    private static string[] Line(string name, double before, double after) =>
        [name, Numbers.Fixed(before, 2), Numbers.Fixed(after, 2), after > 0 ? Numbers.Fixed(before / after, 2) : "–"];
}

using System.Globalization;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>What was to be shown, and whether it was: the bounds were set before the study.</summary>
internal static class TargetSection
{
    private static readonly Target[] Targets =
    [
        new("cnn-small", "cifar", MostLoss: 1, LeastSpeedup: 3, LeastConvWeightsGone: 75),
        new("lenet-20-50-500", "mnist", MostLoss: 0.2, MostDenseError: 0.9, LeastSpeedup: 6),
        new("resnet8", "cifar", MostLoss: 1, MostDenseError: 16, LeastSpeedup: 2.2, LeastMacRatio: 2.5),
    ];

    public static void Write(Markdown md, StudyFigures figures)
    {
        md.Heading(2, "What was to be shown");
        md.Paragraph("Of each network every tolerance up to the bound of the loss (a larger one allows more than it), or the smallest one; medians of the seeds. No tolerance was chosen by its loss on the test images. Hypervolumes are those of the section below.");
        var rows = Targets.SelectMany(t => Verdicts(t, figures)).Concat(Hypervolumes(figures)).ToList();
        md.Table(["network", "bound", "measured", "held"], rows.Select(r => new[] { r.Network, r.Bound, r.Measured, r.Held ? "yes" : "**no**" }), words: 4);
        var missed = rows.Where(r => !r.Held).Select(r => $"{r.Network}: {r.Bound}; measured {r.Measured}.").Concat(ControlSection.Lost(figures)).ToList();
        md.Heading(3, "What fell short");
        if (missed.Count == 0)
        {
            md.Paragraph("Nothing of the above.");
        }
        else
        {
            md.List(missed);
        }
    }

    private static IEnumerable<(string Network, string Bound, string Measured, bool Held)> Hypervolumes(StudyFigures figures) =>
        ControlSection.Verdicts(figures)
            .Select(v => (
                FormattableString.Invariant($"{v.Topic}, {v.Seeds} {(v.Seeds == 1 ? "seed" : "seeds")}"),
                "the evolution's hypervolume > every control's",
                $"{Numbers.Fixed(v.Evolution, 3)}, {v.Control} {Numbers.Fixed(v.Largest, 3)}",
                v.Evolution > v.Largest))
            .DefaultIfEmpty(("every network", "the evolution's hypervolume > every control's", "none", false));

    private static IEnumerable<(string Network, string Bound, string Measured, bool Held)> Verdicts(Target target, StudyFigures figures)
    {
        var topics = figures.Headlines
            .Where(h => IsOf(target, h.Topic.Network) && h.Topic.Dataset.StartsWith(target.Dataset, StringComparison.Ordinal))
            .GroupBy(h => h.Topic)
            .ToList();
        if (topics.Count == 0)
        {
            yield return ($"{target.Network} on {target.Dataset}", "a finished job", "none", false);
        }

        foreach (var topic in topics)
        {
            var within = topic.Where(h => h.Tolerance <= target.MostLoss).OrderBy(h => h.Tolerance).ToList();
            foreach (var (_, tolerance, seeds) in within.Count > 0 ? within : [topic.MinBy(h => h.Tolerance)])
            {
                var name = FormattableString.Invariant($"{topic.Key}, tolerance {tolerance}, {seeds.Count} {(seeds.Count == 1 ? "seed" : "seeds")}");
                foreach (var (bound, figure, most, least, unit) in Bounds(target))
                {
                    var value = Median.Of(seeds, figure);
                    yield return (
                        name,
                        FormattableString.Invariant($"{bound} {(most is not null ? "≤" : "≥")} {most ?? least}{unit}"),
                        Numbers.Fixed(value, 2) + unit,
                        most is not null ? value <= most : value >= least);
                }
            }
        }
    }

    /// <summary>E.g. <c>cnn-small</c> and <c>cnn-small-w0.5</c>, but not <c>cnn-small-w0.25-controls</c>.</summary>
    private static bool IsOf(Target target, string network) => network == target.Network
        || (network.StartsWith(target.Network + "-w", StringComparison.Ordinal) && double.TryParse(network.AsSpan(target.Network.Length + 2), NumberStyles.Float, CultureInfo.InvariantCulture, out _));

    private static IEnumerable<(string Bound, Func<StudyRow, double> Figure, double? Most, double? Least, string Unit)> Bounds(Target target) =>
        new (string, Func<StudyRow, double>, double? Most, double? Least, string)[]
        {
            ("dense error", r => r.ErrorBefore, target.MostDenseError, null, "%"),
            ("loss", r => r.Loss, target.MostLoss, null, " points"),
            ("times as fast", r => r.Speedup, null, target.LeastSpeedup, "×"),
            ("times fewer multiply-adds", r => r.MacRatio, null, target.LeastMacRatio, "×"),
            ("convolution weights gone", r => 100 * r.ConvWeightsRemoved, null, target.LeastConvWeightsGone, "%"),
        }.Where(b => b.Most is not null || b.Least is not null);

    /// <param name="Network">The name that the bounds hold for, at any width; jobs under other labels are comparisons.</param>
    private sealed record Target(
        string Network,
        string Dataset,
        double MostLoss,
        double? MostDenseError = null,
        double? LeastSpeedup = null,
        double? LeastMacRatio = null,
        double? LeastConvWeightsGone = null);
}

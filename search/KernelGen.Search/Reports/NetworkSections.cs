using System.Globalization;

namespace KernelGen.Search.Reports;

/// <summary>The whole network, dense and for each tolerance: time, error, size.</summary>
internal static class NetworkSections
{
    private const double Significance = 0.05;

    public static void Headline(HtmlWriter html, PruneResult r)
    {
        html.Text($"<h1>{r.Network} on {r.Dataset}</h1>\n");
        html.Raw("<ul class=\"lead\">\n");
        foreach (var n in r.Methods[0].Networks)
        {
            var p = PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong);
            html.Text($"<li>Tolerance {Numbers.Short(n.Tolerance)}: <b>{Numbers.Times(r.Dense.Microseconds, n.Measurement.Microseconds)}</b> as fast as a whole network, ");
            html.Text($"<b>{Loss(n, r)}</b> percentage points of test error, ");
            html.Text($"<b>{Removed(n, r)}</b> of the convolution weights removed. ");
            html.Text($"{(p < Significance ? "The difference in error is significant" : "A difference in error this large may well be chance")} (McNemar p&nbsp;{Numbers.Probability(p)}).");
            html.Text($" {n.Caveat(r.Images) ?? ""}");
            html.Raw("</li>\n");
        }

        html.Raw(r.Methods[0].Networks.IsEmpty ? "<li>No network was retrained.</li>\n</ul>\n" : "</ul>\n");
        if (r.Model is { } own)
        {
            html.Text($"<p>The dense network is {own.File}, {(own.Initialized ? "its architecture with new weights, trained here" : "with the weights it came with")}. ");
            html.Text($"{(own.BatchNorms == 0 ? "" : $"{own.BatchNorms} batch norms were put after layers that have none, {(own.Initialized ? "for training" : "changing nothing at first")}; generated code has them folded in.")}</p>\n");
        }
    }

    public static void WholeNetwork(HtmlWriter html, PruneResult r)
    {
        var (images, dense, networks) = (r.Images.Report, r.Dense, r.Methods[0].Networks);
        html.Raw("<h2>The whole network</h2>\n");
        html.Table(
            ["", "dense", .. networks.Select(n => "tolerance " + Numbers.Short(n.Tolerance))],
            [
                Row("time of one inference, µs", Numbers.Fixed(dense.Microseconds, 1), n => Numbers.Fixed(n.Measurement.Microseconds, 1)),
                Row("times as fast", "", n => Numbers.Times(dense.Microseconds, n.Measurement.Microseconds)),
                Row("test error, %", Error(r.TestErrorsDense), n => Error(n.TestErrors)),
                Row($"misclassified of {Numbers.Count(images)}", Numbers.Count(r.TestErrorsDense), n => Numbers.Count(n.TestErrors)),
                Row("loss, points", "", n => Loss(n, r)),
                Row("wrong by the dense network only", "", n => Numbers.Count(n.OnlyDenseWrong)),
                Row("wrong by the pruned network only", "", n => Numbers.Count(n.OnlyPrunedWrong)),
                Row("McNemar’s test", "", n => "p " + Numbers.Probability(PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong))),
                Row("loss on the select images", "", n => Numbers.Signed(n.SelectLoss, 2)),
                Row("convolution weights", Numbers.Count(dense.ConvWeights), n => Numbers.Count(n.Measurement.ConvWeights)),
                Row("convolution weights removed", "", n => Removed(n, r)),
                Row("fully connected weights", Numbers.Count(dense.DenseWeights), n => Numbers.Count(n.Measurement.DenseWeights)),
                Row("multiply-adds", Numbers.Count(dense.Macs), n => Numbers.Count(n.Measurement.Macs)),
                Row("memory: weights and biases", Numbers.Kibibytes(dense.WeightBytes), n => Numbers.Kibibytes(n.Measurement.WeightBytes)),
                Row("memory: workspace of an instance", Numbers.Kibibytes(dense.WorkspaceBytes), n => Numbers.Kibibytes(n.Measurement.WorkspaceBytes)),
                Row("assembly", Numbers.Kibibytes(dense.AssemblyBytes), n => Numbers.Kibibytes(n.Measurement.AssemblyBytes)),
                Row("candidates fully retrained, for all tolerances", "", n => Numbers.Count(n.Retrainings)),
            ]);
        html.Raw("<p>Time: the whole network, generated code, one thread; all networks of this page in turn in one process; the mean over the fastest tenth of the runs, which leaves out what other processes do to a run. ");
        html.Text($"Error: on the {Numbers.Count(images)} images of the report split ({r.TestSplit}), looked at once, after the search. ± is one standard error: binomial for errors, ");
        html.Raw("and for losses that of the paired difference, to which only images count that one of the two networks gets wrong. ");
        html.Raw("McNemar’s exact test says how likely so uneven a split of those images is if both networks are equally good. ");
        html.Raw("The tolerance is held to the select images. An assembly holds its kernels once for every vector width it supports. ");
        var difference = r.Methods.SelectMany(m => m.Networks).Select(n => n.MaxDifference).DefaultIfEmpty(0).Max();
        html.Text($"Generated code and training library differ by at most {difference.ToString("0.0e+0", CultureInfo.InvariantCulture)} of the largest output on these images, over all networks.</p>\n");

        IReadOnlyList<string> Row(string name, string before, Func<PrunedResult, string> after) => [name, before, .. networks.Select(after)];

        string Error(int errors) => Numbers.WithBar(Numbers.Fixed(100.0 * errors / images, 2), PairedStatistics.StandardError(errors, images));
    }

    /// <summary>E.g. +0.65 ± 0.48: percentage points on the test images, with the standard error of the paired difference.</summary>
    public static string Loss(PrunedResult n, PruneResult r) => Numbers.WithBar(
        Numbers.Signed(n.TestLoss(r.Images.Report), 2),
        PairedStatistics.StandardErrorOfDifference(n.OnlyDenseWrong, n.OnlyPrunedWrong, r.Images.Report));

    private static string Removed(PrunedResult n, PruneResult r) =>
        Numbers.Percent(r.Dense.ConvWeights - n.Measurement.ConvWeights, r.Dense.ConvWeights);
}

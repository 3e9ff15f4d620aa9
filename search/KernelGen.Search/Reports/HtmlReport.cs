using System.Net;
using System.Text;
using KernelGen.Runtime;

namespace KernelGen.Search.Reports;

/// <summary>The page a person looks at after a run: one file, no script, no external resource, readable without colour.</summary>
public static class HtmlReport
{
    /// <summary>Writes <c>report.html</c>, whole or not at all.</summary>
    /// <param name="command">The command line that gives the same result; null: made from the result, other options at their defaults.</param>
    public static void Write(PruneResult result, string path, string? command = null) =>
        AtomicFile.WriteAllText(path, Render(result, command));

    internal static string Render(PruneResult result, string? command)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(Text($"<title>{result.Network} on {result.Dataset}, pruned</title>\n"));
        html.Append("<style>\n").Append(ReportStyle.Css).Append("</style>\n</head>\n<body>\n<main>\n");
        foreach (var network in result.Methods[0].Networks)
        {
            Headline(html, result, network);
            Accuracy(html, result, network);
            Cost(html, result.Dense, network.Measurement);
            Removed(html, result, network);
            Layers(html, network);
        }

        Search(html, result);
        Reproduce(html, result, command);
        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static void Headline(StringBuilder html, PruneResult r, PrunedResult n)
    {
        var gone = Numbers.Percent(r.Dense.ConvWeights - n.Measurement.ConvWeights, r.Dense.ConvWeights);
        var loss = 100.0 * (n.TestErrors - r.TestErrorsDense) / r.Images.Report;
        html.Append(Text($"<h1>{r.Network} on {r.Dataset}</h1>\n"));
        html.Append(Text($"<p class=\"lead\"><b>{gone}</b> of the convolution weights removed, "));
        html.Append(Text($"<b>{Numbers.Fixed(r.Dense.Microseconds / n.Measurement.Microseconds, 2)}×</b> faster as a whole network, "));
        html.Append(Text($"<b>{Numbers.Signed(loss, 2)}</b> percentage points of test error "));
        html.Append(Text($"(tolerance of the search: {Numbers.Short(n.Tolerance)}). Seed {r.Seed}.</p>\n"));
        if (r.Model is { } own)
        {
            html.Append(Text($"<p>The dense network is {own.File}, {(own.Initialized ? "its architecture with new weights, trained here" : "with the weights it came with")}. "));
            html.Append(Text($"{own.BatchNorms} batch norms were put after layers that have none, {(own.Initialized ? "for training" : "changing nothing at first")}; generated code has them folded in.</p>\n"));
        }
    }

    private static void Accuracy(StringBuilder html, PruneResult r, PrunedResult n)
    {
        html.Append("<h2>Accuracy</h2>\n<table>\n<tr><th></th><th>misclassified</th><th>error</th><th>standard error</th></tr>\n");
        Row("dense", r.TestErrorsDense);
        Row("pruned", n.TestErrors);
        var difference = 100.0 * (n.TestErrors - r.TestErrorsDense) / r.Images.Report;
        var paired = PairedStatistics.StandardErrorOfDifference(n.OnlyDenseWrong, n.OnlyPrunedWrong, r.Images.Report);
        html.Append(Text($"<tr><th>difference, paired</th><td>{Numbers.Signed(n.TestErrors - r.TestErrorsDense, 0)}</td>"));
        html.Append(Text($"<td>{Numbers.Signed(difference, 2)}</td><td>± {Numbers.Fixed(paired, 2)}</td></tr>\n</table>\n"));
        var p = Numbers.Probability(PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong));
        html.Append(Text($"<p>The tolerance of {Numbers.Fixed(n.Tolerance, 2)} points is held to the validation images: there the pruned network loses {Numbers.Signed(n.SelectLoss, 2)} points"));
        html.Append(n.SelectLoss > n.Tolerance ? ", so it misses the tolerance; it is the least wrong of the candidates that were retrained.</p>\n" : ".</p>\n");
        html.Append(Text($"<p>{Numbers.Count(r.Images.Report)} test images ({r.Dataset}, {r.TestSplit}), looked at once, after the search. "));
        html.Append(Text($"{n.OnlyDenseWrong} images only the dense network gets wrong, {n.OnlyPrunedWrong} only the pruned one: "));
        html.Append(Text($"McNemar’s exact test gives p {p} for a difference this large by chance. "));
        html.Append("Standard errors are binomial, in percentage points. ");
        html.Append(Text($"Generated code and training library differ by at most {Scientific(n.MaxDifference)} of the largest output on these images.</p>\n"));

        void Row(string name, int errors)
        {
            html.Append(Text($"<tr><th>{name}</th><td>{Numbers.Count(errors)} of {Numbers.Count(r.Images.Report)}</td>"));
            html.Append(Text($"<td>{Numbers.Percent(errors, r.Images.Report, 2)}</td>"));
            html.Append(Text($"<td>± {Numbers.Fixed(PairedStatistics.StandardError(errors, r.Images.Report), 2)}</td></tr>\n"));
        }
    }

    private static void Cost(StringBuilder html, NetworkMeasurement d, NetworkMeasurement p)
    {
        html.Append("<h2>Time and memory</h2>\n<table>\n<tr><th></th><th>dense</th><th>pruned</th><th>pruned / dense</th></tr>\n");
        Row("time of one inference, measured", $"{Numbers.Fixed(d.Microseconds, 1)} µs", $"{Numbers.Fixed(p.Microseconds, 1)} µs", p.Microseconds / d.Microseconds);
        Row("multiply-adds", Numbers.Count(d.Macs), Numbers.Count(p.Macs), (double)p.Macs / d.Macs);
        Row("convolution weights", Numbers.Count(d.ConvWeights), Numbers.Count(p.ConvWeights), (double)p.ConvWeights / d.ConvWeights);
        Row("fully connected weights", Numbers.Count(d.DenseWeights), Numbers.Count(p.DenseWeights), Ratio(p.DenseWeights, d.DenseWeights));
        Row("weights and biases", Numbers.Kibibytes(d.WeightBytes), Numbers.Kibibytes(p.WeightBytes), Ratio(p.WeightBytes, d.WeightBytes));
        Row("workspace of an instance", Numbers.Kibibytes(d.WorkspaceBytes), Numbers.Kibibytes(p.WorkspaceBytes), Ratio(p.WorkspaceBytes, d.WorkspaceBytes));
        Row("assembly", Numbers.Kibibytes(d.AssemblyBytes), Numbers.Kibibytes(p.AssemblyBytes), Ratio(p.AssemblyBytes, d.AssemblyBytes));
        html.Append("</table>\n<p>Time: whole network, generated code, one thread, both networks in turn in one process, median. ");
        html.Append("An assembly holds its kernels once for every vector width it supports.</p>\n");

        void Row(string name, string dense, string pruned, double ratio) =>
            html.Append(Text($"<tr><th>{name}</th><td>{dense}</td><td>{pruned}</td><td>{Numbers.Fixed(ratio, 3)}</td></tr>\n"));

        static double Ratio(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
    }

    private static void Removed(StringBuilder html, PruneResult r, PrunedResult n)
    {
        html.Append("<h2>What was removed</h2>\n<figure>\n");
        html.Append(WeightCharts.Removed(n.Removed, r.Dense, n.Measurement));
        html.Append(Text($"<figcaption>Convolution weights: {Numbers.Count(r.Dense.ConvWeights)} before, {Numbers.Count(n.Measurement.ConvWeights)} left. "));
        html.Append(Text($"Removed with whole feature maps {Numbers.Count(n.Removed.Map)}, with kernels {Numbers.Count(n.Removed.Kernel)}, "));
        html.Append(Text($"by the stride within kernels {Numbers.Count(n.Removed.Stride)}; each weight counted once, at the coarsest granularity that removes it."));
        html.Append("</figcaption>\n</figure>\n");
    }

    private static void Layers(StringBuilder html, PrunedResult r)
    {
        html.Append("<h2>Layers</h2>\n<div class=\"wide\"><table>\n<tr><th>layer</th><th class=\"words\">operator</th><th>maps</th><th>weights</th><th>left</th>");
        html.Append("<th>multiply-adds</th><th>left</th><th class=\"words\">sparsity</th><th class=\"words\">schedule</th></tr>\n");
        foreach (var l in r.Layers)
        {
            html.Append(Text($"<tr><th>{l.Name}</th><td class=\"words\">{l.Operator}</td><td>{l.MapsBefore} → {l.MapsAfter}</td>"));
            Counts(l.WeightsBefore, l.WeightsAfter);
            Counts(l.MacsBefore, l.MacsAfter);
            html.Append(Text($"<td class=\"words\">{l.Sparsity}</td><td class=\"words\">{l.Schedule}</td></tr>\n"));
        }

        html.Append("<tr class=\"total\"><th>all</th><td></td><td></td>");
        Counts(r.Layers.Sum(l => l.WeightsBefore), r.Layers.Sum(l => l.WeightsAfter));
        Counts(r.Layers.Sum(l => l.MacsBefore), r.Layers.Sum(l => l.MacsAfter));
        html.Append("<td></td><td></td></tr>\n</table></div>\n<figure>\n");
        html.Append(WeightCharts.Macs(r.Layers)).Append("<figcaption>Multiply-adds of every layer for one image.</figcaption>\n</figure>\n");

        void Counts(long before, long after) =>
            html.Append(Text($"<td>{Numbers.Count(before)} → {Numbers.Count(after)}</td><td>{Numbers.Percent(after, before)}</td>"));
    }

    private static void Search(StringBuilder html, PruneResult r)
    {
        if (r.Generations.IsEmpty)
        {
            return;
        }

        var particles = r.Generations.Sum(g => g.Particles.Count);
        html.Append("<h2>The search</h2>\n<figure>\n").Append(SearchCharts.Particles(r.Generations));
        html.Append(Text($"<figcaption>Every particle of {r.Generations.Count} generations ({Numbers.Count(particles)} evaluations), before any retraining: "));
        html.Append(Text($"error on the search images (held back from training) against the compiler’s estimate of its time. Down and left is better.</figcaption>\n</figure>\n"));
        html.Append("<figure>\n").Append(SearchCharts.Progress(r.Generations));
        html.Append("<figcaption>How the particles got faster from generation to generation.</figcaption>\n</figure>\n");
    }

    private static void Reproduce(StringBuilder html, PruneResult r, string? command)
    {
        html.Append("<h2>How to reproduce</h2>\n");
        html.Append(Text($"<pre>{command ?? DefaultCommand(r)}</pre>\n"));
        html.Append(Text($"<p>{Numbers.Count(r.Images.Training)} training, {Numbers.Count(r.Images.Search)} validation and {Numbers.Count(r.Images.Report)} test images. "));
        html.Append(Text($"Measured on {r.Machine}. "));
        html.Append("The same seed gives the same network; times depend on the machine.</p>\n");
    }

    private static string DefaultCommand(PruneResult r) => FormattableString.Invariant(
        $"kernelgen prune --network {r.Network} --data {r.Dataset} --tolerance {string.Join(',', r.Methods[0].Networks.Select(n => Numbers.Short(n.Tolerance)))} --seed {r.Seed}");

    private static string Scientific(double value) => value.ToString("0.0e+0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>HTML with every inserted value encoded, culture-free.</summary>
    private static string Text(FormattableString text) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        text.Format,
        text.GetArguments().Select(a => (object)WebUtility.HtmlEncode(Convert.ToString(a, System.Globalization.CultureInfo.InvariantCulture) ?? "")).ToArray());
}

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
        AtomicFile.WriteAllText(path, Render(result, command, MachineInfo.Current()));

    internal static string Render(PruneResult result, string? command, MachineInfo machine)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(Text($"<title>{result.Network} on {result.Dataset}, pruned</title>\n"));
        html.Append("<style>\n").Append(ReportStyle.Css).Append("</style>\n</head>\n<body>\n<main>\n");
        Headline(html, result);
        Accuracy(html, result);
        Cost(html, result);
        Removed(html, result);
        Layers(html, result);
        Search(html, result);
        Reproduce(html, result, command, machine);
        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static void Headline(StringBuilder html, PruneResult r)
    {
        var gone = Numbers.Percent(r.Dense.ConvWeights - r.Pruned.ConvWeights, r.Dense.ConvWeights);
        var loss = 100.0 * (r.TestErrorsPruned - r.TestErrorsDense) / r.TestImages;
        html.Append(Text($"<h1>{r.Network} on {r.Dataset}</h1>\n"));
        html.Append(Text($"<p class=\"lead\"><b>{gone}</b> of the convolution weights removed, "));
        html.Append(Text($"<b>{Numbers.Fixed(r.Dense.Microseconds / r.Pruned.Microseconds, 2)}×</b> faster as a whole network, "));
        html.Append(Text($"<b>{Numbers.Signed(loss, 2)}</b> percentage points of test error "));
        html.Append(Text($"(tolerance of the search: {Numbers.Short(r.Tolerance)}). Seed {r.Seed}.</p>\n"));
        if (r.Model is { } own)
        {
            html.Append(Text($"<p>The dense network is {own.File}, {(own.Initialized ? "its architecture with new weights, trained here" : "with the weights it came with")}. "));
            html.Append(Text($"{own.BatchNorms} batch norms were put after layers that have none, {(own.Initialized ? "for training" : "changing nothing at first")}; generated code has them folded in.</p>\n"));
        }
    }

    private static void Accuracy(StringBuilder html, PruneResult r)
    {
        html.Append("<h2>Accuracy</h2>\n<table>\n<tr><th></th><th>misclassified</th><th>error</th><th>standard error</th></tr>\n");
        Row("dense", r.TestErrorsDense);
        Row("pruned", r.TestErrorsPruned);
        var difference = 100.0 * (r.TestErrorsPruned - r.TestErrorsDense) / r.TestImages;
        var paired = PairedStatistics.StandardErrorOfDifference(r.OnlyDenseWrong, r.OnlyPrunedWrong, r.TestImages);
        html.Append(Text($"<tr><th>difference, paired</th><td>{Numbers.Signed(r.TestErrorsPruned - r.TestErrorsDense, 0)}</td>"));
        html.Append(Text($"<td>{Numbers.Signed(difference, 2)}</td><td>± {Numbers.Fixed(paired, 2)}</td></tr>\n</table>\n"));
        var p = Numbers.Probability(PairedStatistics.McNemar(r.OnlyDenseWrong, r.OnlyPrunedWrong));
        html.Append(Text($"<p>The tolerance of {Numbers.Fixed(r.Tolerance, 2)} points is held to the validation images: there the pruned network loses {Numbers.Signed(r.ValidationLoss, 2)} points"));
        html.Append(r.ValidationLoss > r.Tolerance ? ", so it misses the tolerance; it is the least wrong of the candidates that were retrained.</p>\n" : ".</p>\n");
        html.Append(Text($"<p>{Numbers.Count(r.TestImages)} test images ({r.Dataset}, {r.TestSplit}), looked at once, after the search. "));
        html.Append(Text($"{r.OnlyDenseWrong} images only the dense network gets wrong, {r.OnlyPrunedWrong} only the pruned one: "));
        html.Append(Text($"McNemar’s exact test gives p {p} for a difference this large by chance. "));
        html.Append("Standard errors are binomial, in percentage points. ");
        html.Append(Text($"Generated code and training library differ by at most {Scientific(r.MaxDifference)} of the largest output on these images.</p>\n"));

        void Row(string name, int errors)
        {
            html.Append(Text($"<tr><th>{name}</th><td>{Numbers.Count(errors)} of {Numbers.Count(r.TestImages)}</td>"));
            html.Append(Text($"<td>{Numbers.Percent(errors, r.TestImages, 2)}</td>"));
            html.Append(Text($"<td>± {Numbers.Fixed(PairedStatistics.StandardError(errors, r.TestImages), 2)}</td></tr>\n"));
        }
    }

    private static void Cost(StringBuilder html, PruneResult r)
    {
        var (d, p) = (r.Dense, r.Pruned);
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

    private static void Removed(StringBuilder html, PruneResult r)
    {
        html.Append("<h2>What was removed</h2>\n<figure>\n");
        html.Append(WeightCharts.Removed(r.Removed, r.Dense, r.Pruned));
        html.Append(Text($"<figcaption>Convolution weights: {Numbers.Count(r.Dense.ConvWeights)} before, {Numbers.Count(r.Pruned.ConvWeights)} left. "));
        html.Append(Text($"Removed with whole feature maps {Numbers.Count(r.Removed.Map)}, with kernels {Numbers.Count(r.Removed.Kernel)}, "));
        html.Append(Text($"by the stride within kernels {Numbers.Count(r.Removed.Stride)}; each weight counted once, at the coarsest granularity that removes it."));
        html.Append("</figcaption>\n</figure>\n");
    }

    private static void Layers(StringBuilder html, PruneResult r)
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
        html.Append("<h2>The search</h2>\n<figure>\n").Append(SearchCharts.Particles(r.Generations, r.RandomSearch));
        html.Append(Text($"<figcaption>Every particle of {r.Generations.Count} generations ({Numbers.Count(particles)} evaluations), before any retraining: "));
        html.Append(Text($"error on the search images (held back from training) against the compiler’s estimate of its time. Down and left is better.</figcaption>\n</figure>\n"));
        html.Append("<figure>\n").Append(SearchCharts.Progress(r.Generations, r.RandomSearch));
        html.Append("<figcaption>How the particles got faster from generation to generation.</figcaption>\n</figure>\n");
        if (r.RandomSearch is { } control)
        {
            html.Append(Text($"<table>\n<tr><th>with {Numbers.Count(control.Evaluations)} evaluations each</th><th>error on the search images</th><th>estimated time</th><th>hypervolume</th></tr>\n"));
            html.Append(Text($"<tr><th>evolution</th><td>{Numbers.Fixed(control.BestEvolutionError, 2)}%</td><td>{Numbers.Fixed(control.BestEvolutionMicroseconds, 1)} µs</td><td>{Numbers.Fixed(control.EvolutionHypervolume, 3)}</td></tr>\n"));
            html.Append(Text($"<tr><th>{control.Name}</th><td>{Numbers.Fixed(control.Error, 2)}%</td><td>{Numbers.Fixed(control.EstimatedMicroseconds, 1)} µs</td><td>{Numbers.Fixed(control.Hypervolume, 3)}</td></tr>\n</table>\n"));
            html.Append(Text($"<p>{Verdict(control)}</p>\n"));
        }
        else
        {
            html.Append("<p>No control: random search with as many evaluations found nothing within the tolerance.</p>\n");
        }
    }

    private static string Verdict(ControlResult c)
    {
        var faster = c.BestEvolutionMicroseconds < c.EstimatedMicroseconds;
        var better = c.BestEvolutionError <= c.Error;
        var best = (faster, better) switch
        {
            (true, true) => "The evolution’s fastest candidate within the tolerance is both faster and no worse in error than the control’s.",
            (true, false) => "The evolution’s fastest candidate within the tolerance is faster than the control’s, at a higher error.",
            (false, true) => "The evolution’s fastest candidate within the tolerance is no faster than the control’s; its error is no higher.",
            (false, false) => "The evolution did not beat the control: its fastest candidate within the tolerance is neither faster nor better.",
        };
        return best + (c.EvolutionHypervolume > c.Hypervolume
            ? " Its whole front beats more of the box of tolerated loss × dense time."
            : " Its whole front does not beat more of the box of tolerated loss × dense time than the control’s.");
    }

    private static void Reproduce(StringBuilder html, PruneResult r, string? command, MachineInfo machine)
    {
        html.Append("<h2>How to reproduce</h2>\n");
        html.Append(Text($"<pre>{command ?? DefaultCommand(r)}</pre>\n"));
        html.Append(Text($"<p>{Numbers.Count(r.TrainingImages)} training, {Numbers.Count(r.ValidationImages)} validation and {Numbers.Count(r.TestImages)} test images. "));
        html.Append(Text($"Assembly: <code>{Path.GetFileName(r.AssemblyPath)}</code>. Measured on {machine.Processor}, {machine.Cores} cores, {machine.System}, {machine.Framework}. "));
        html.Append("The same seed gives the same network; times depend on the machine.</p>\n");
    }

    private static string DefaultCommand(PruneResult r) => FormattableString.Invariant(
        $"kernelgen prune --network {r.Network} --data {r.Dataset} --tolerance {r.Tolerance} --seed {r.Seed}");

    private static string Scientific(double value) => value.ToString("0.0e+0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>HTML with every inserted value encoded, culture-free.</summary>
    private static string Text(FormattableString text) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        text.Format,
        text.GetArguments().Select(a => (object)WebUtility.HtmlEncode(Convert.ToString(a, System.Globalization.CultureInfo.InvariantCulture) ?? "")).ToArray());
}

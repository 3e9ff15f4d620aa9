using KernelGen.Runtime;

namespace KernelGen.Search.Reports;

/// <summary>The page a person looks at after a run: one file, no script, no external resource, readable without colour.</summary>
public static class HtmlReport
{
    /// <summary>Writes <c>report.html</c>, whole or not at all.</summary>
    /// <param name="command">The command line that gives the same result; null: made from the result, other options at their defaults.</param>
    public static void Write(PruneResult result, string path, string? command = null) =>
        AtomicFile.WriteAllText(path, Render(result, command));

    internal static string Render(PruneResult r, string? command)
    {
        var html = new HtmlWriter();
        html.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Text($"<title>{r.Network} on {r.Dataset}, pruned</title>\n");
        html.Raw("<style>\n").Raw(ReportStyle.Css).Raw("</style>\n</head>\n<body>\n<main>\n");
        NetworkSections.Headline(html, r);
        NetworkSections.WholeNetwork(html, r);
        FrontSections.Front(html, r);
        LayerSections.Removed(html, r);
        LayerSections.Layers(html, r);
        FrontSections.Search(html, r);
        FrontSections.TimeModel(html, r);
        Reproduce(html, r, command);
        return html.Raw("</main>\n</body>\n</html>\n").ToString();
    }

    private static void Reproduce(HtmlWriter html, PruneResult r, string? command)
    {
        html.Text($"<h2>How to reproduce</h2>\n<pre>{command ?? DefaultCommand(r)}</pre>\n");
        var use = r.Model is null or { IsHeldBack: true } ? "never trained on" : "not retrained on; whether the given network had learnt from them, its file does not say";
        html.Table(
            ["images", "", "for"],
            [
                ["training", Numbers.Count(r.Images.Training), "training and retraining"],
                ["search", Numbers.Count(r.Images.Search), $"scoring candidates; {use}"],
                ["select", Numbers.Count(r.Images.Select), $"choosing among retrained networks, which the tolerance is held to; {use}"],
                ["report", Numbers.Count(r.Images.Report), $"the errors of this page ({r.TestSplit}); looked at once, after the search"],
            ],
            2);
        html.Text($"<p>Epochs: {r.Epochs.Dense} of dense training, {r.Epochs.Brief} of brief fine-tuning, {r.Epochs.Retraining} of retraining. Seed {r.Seed}. ");
        html.Text($"Measured on {r.Machine}. ");
        html.Raw("The same options, images, seed and latency table give the same networks; measured times depend on the machine.</p>\n");
    }

    private static string DefaultCommand(PruneResult r) => FormattableString.Invariant(
        $"kernelgen prune --network {r.Network} --data {r.Dataset} --tolerance {string.Join(',', r.Methods[0].Networks.Select(n => Numbers.Short(n.Tolerance)))} --seed {r.Seed}");
}

using KernelGen.Model;

namespace KernelGen.Search.Reports;

/// <summary>The search and its controls: what they found, after and before retraining.</summary>
internal static class FrontSections
{
    public static void Front(HtmlWriter html, PruneResult r)
    {
        var retrained = r.Methods.Where(m => !m.Networks.IsEmpty).ToList();
        if (retrained.Count == 0)
        {
            return;
        }

        html.Raw("<h2>The front: loss against time</h2>\n");
        html.Figure(
            FrontCharts.Retrained(r),
            $"Whole networks after retraining: misclassification on the test images above the dense network’s against measured time. Down and left is better. Numbers beside the markers are tolerances; dashed lines show them, though they are held to the select images.");
        if (r.Methods.Count == 1)
        {
            html.Raw("<p>This run had no controls.</p>\n");
            return;
        }

        var tolerances = retrained.SelectMany(m => m.Networks).Select(n => n.Tolerance).Distinct().Order().ToList();
        html.Table(
            ["", .. tolerances.Select(t => $"tolerance {Numbers.Short(t)}: µs, loss")],
            r.Methods.Select(m => (IReadOnlyList<string>)[m.Name, .. tolerances.Select(t => Cell(m, t))]));

        string Cell(MethodResult method, double tolerance) =>
            method.Networks.FirstOrDefault(n => n.Tolerance == tolerance) is { } network
                ? $"{Numbers.Fixed(network.Measurement.Microseconds, 1)}, {NetworkSections.Loss(network, r)}{(network.IsWithinTolerance ? "" : "*")}"
                : "not retrained";
        html.Raw("<p>* over the tolerance on the select images. Every method: the same number of evaluations at most, the same retraining, the same images.</p>\n");
    }

    public static void Search(HtmlWriter html, PruneResult r)
    {
        html.Raw("<h2>The search</h2>\n");
        if (r.Methods.Any(m => !m.Front.IsEmpty))
        {
            html.Figure(
                FrontCharts.BeforeRetraining(r),
                $"What each method found, repaired but not retrained: loss on the select images, on which nothing was chosen before, against time by the latency table. At most {Halving.MostFinalists} candidates of each, spread over the times of those that no other of the same method beat in its scores; the line joins those that none beats here. Dashed: the box that hypervolumes are shares of.");
        }

        html.Table(
            ["", "candidates scored", "hypervolume"],
            r.Methods.Select(m => (IReadOnlyList<string>)[m.Name, Numbers.Count(m.Evaluations), m.Front.IsEmpty ? "–" : Numbers.Fixed(m.Hypervolume, 3)]));
        html.Text($"<p>Hypervolume: the share of the box between no loss and a loss of {Numbers.Short(r.Reference.Loss)} points, and between no time and the dense network’s, ");
        html.Text($"that the front beats (Zitzler and Thiele, 1998); more is better. {Verdict(r.Methods)}</p>\n");
        if (r.Generations.Any(g => !g.Particles.IsEmpty))
        {
            var candidates = r.Generations.Sum(g => g.Particles.Count);
            html.Figure(
                SearchCharts.Particles(r.Generations),
                $"Every candidate of the {r.Generations.Count} generations of {r.Methods[0].Name} ({Numbers.Count(candidates)}), before any retraining.");
            html.Figure(SearchCharts.Progress(r.Generations), $"How the candidates got faster from generation to generation.");
        }
    }

    public static void TimeModel(HtmlWriter html, PruneResult r)
    {
        html.Raw("<h2>Was the time predicted well?</h2>\n");
        html.Text(r.TimeModel.Networks > 0
            ? (FormattableString)$"<p>The latency table, made from {Numbers.Count(r.TimeModel.Samples)} timed layers, was held to {Numbers.Count(r.TimeModel.Networks)} whole networks that it was not made from: it was off by {Numbers.Fixed(r.TimeModel.MeanError, 1)}% on average, {Numbers.Fixed(r.TimeModel.LargestError, 1)}% at most. "
            : $"<p>The times that the search worked with were not held to measured networks beforehand. ");
        html.Raw("The search chooses by these predictions; the times in all tables of results are measured.</p>\n");
        if (r.Methods.Any(m => !m.Networks.IsEmpty))
        {
            html.Figure(FrontCharts.Predictions(r), $"Networks of this run: time as the search predicted it against time as measured.");
        }
    }

    private static string Verdict(EquatableArray<MethodResult> methods)
    {
        var own = methods[0];
        var better = methods.Skip(1).Where(m => m.Hypervolume > own.Hypervolume).Select(m => m.Name).ToList();
        return methods.Count == 1 ? "There were no controls to compare with."
            : better.Count == 0 ? $"No control has more than {own.Name}."
            : $"{own.Name} did not win: {string.Join(", ", better)} {(better.Count == 1 ? "has" : "have")} more.";
    }
}

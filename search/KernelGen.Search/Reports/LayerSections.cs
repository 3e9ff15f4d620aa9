namespace KernelGen.Search.Reports;

/// <summary>What was removed, in all and from each layer.</summary>
internal static class LayerSections
{
    public static void Removed(HtmlWriter html, PruneResult r)
    {
        var networks = r.Methods[0].Networks;
        if (networks.IsEmpty)
        {
            return;
        }

        html.Raw("<h2>What was removed</h2>\n");
        html.Table(
            ["convolution weights", .. networks.Select(n => "tolerance " + Numbers.Short(n.Tolerance))],
            [
                ["before", .. networks.Select(_ => Numbers.Count(r.Dense.ConvWeights))],
                ["removed with feature maps", .. networks.Select(n => Part(n.Removed.Map))],
                ["removed as kernels", .. networks.Select(n => Part(n.Removed.Kernel))],
                ["removed by the stride within kernels", .. networks.Select(n => Part(n.Removed.Stride))],
                ["left", .. networks.Select(n => Part(n.Measurement.ConvWeights))],
            ]);
        html.Figure(
            WeightCharts.Removed(networks, r.Dense),
            $"Convolution weights by what became of them. Each weight is counted once, at the coarsest granularity that removes it.");

        string Part(long weights) => $"{Numbers.Count(weights)} ({Numbers.Percent(weights, r.Dense.ConvWeights)})";
    }

    public static void Layers(HtmlWriter html, PruneResult r)
    {
        var networks = r.Methods[0].Networks;
        if (networks.All(n => n.Layers.IsEmpty))
        {
            return;
        }

        html.Raw("<h2>Layers</h2>\n");
        foreach (var network in networks)
        {
            html.Text($"<h3>Tolerance {Numbers.Short(network.Tolerance)}</h3>\n");
            html.Table(
                ["layer", "operator", "maps", "connections", "taps", "weights", "µs", "sparsity", "schedule"],
                network.Layers.Select(Row).Append(Total(network)),
                1,
                7,
                8);
        }

        html.Raw("<p>Connections: kernels between a source and a target map. Taps: weights of a kernel that is left, on average. µs: of the layer in its place, by a clock between the layers.</p>\n");
        html.Figure(WeightCharts.Layers(networks), $"Every layer for one image: dense, and pruned for each tolerance.");
    }

    private static IReadOnlyList<string> Row(LayerChange l) =>
    [
        l.Name,
        l.Operator,
        Change(l.MapsBefore, l.MapsAfter),
        l.KernelsBefore == 0 ? "–" : Change(l.KernelsBefore, l.KernelsAfter),
        l.KernelsBefore == 0 ? "–" : $"{Taps(l.WeightsBefore, l.KernelsBefore)} → {Taps(l.WeightsAfter, l.KernelsAfter)}",
        Change(l.WeightsBefore, l.WeightsAfter),
        IsTimed(l) ? $"{Numbers.Short(l.MicrosecondsBefore)} → {Numbers.Short(l.MicrosecondsAfter)}" : "–",
        l.Sparsity,
        l.Schedule,
    ];

    private static IReadOnlyList<string> Total(PrunedResult n) =>
    [
        "all",
        "",
        "",
        Change(n.Layers.Sum(l => l.KernelsBefore), n.Layers.Sum(l => l.KernelsAfter)),
        "",
        Change(n.Layers.Sum(l => l.WeightsBefore), n.Layers.Sum(l => l.WeightsAfter)),
        n.Layers.Any(IsTimed) ? $"{Numbers.Short(n.Layers.Sum(l => l.MicrosecondsBefore))} → {Numbers.Short(n.Layers.Sum(l => l.MicrosecondsAfter))}" : "–",
        "",
        "",
    ];

    private static bool IsTimed(LayerChange l) => l.MicrosecondsBefore > 0 || l.MicrosecondsAfter > 0;

    private static string Change(long before, long after) => $"{Numbers.Count(before)} → {Numbers.Count(after)}";

    private static string Taps(long weights, long kernels) => kernels == 0 ? "0" : Numbers.Short((double)weights / kernels);
}

using KernelGen.Model;

namespace KernelGen.Search.Reports;

/// <summary>The pictures of what was taken away.</summary>
internal static class WeightCharts
{
    private const double Left = 110;

    /// <summary>The convolution weights of the dense network as a bar per tolerance: left, and removed by each granularity.</summary>
    public static string Removed(EquatableArray<PrunedResult> networks, NetworkMeasurement dense)
    {
        const double row = 44;
        var svg = new SvgCanvas(Chart.Width, 16 + (networks.Count * row) + 30, "Convolution weights left and removed by granularity, for each tolerance");
        double total = Math.Max(1, dense.ConvWeights);
        for (var i = 0; i < networks.Count; i++)
        {
            var (network, x, y) = (networks[i], Left, 8 + (i * row));
            svg.Text(Left - 8, y + 21, $"tolerance {Numbers.Short(network.Tolerance)}", "end");
            foreach (var (name, css, weights) in Parts(network))
            {
                var w = (Chart.Width - 8 - Left) * weights / total;
                svg.Bar(x, y, w, 34, css, $"{name}: {Numbers.Count(weights)} of {Numbers.Count(dense.ConvWeights)} weights");
                x += w;
            }
        }

        var legend = Left;
        foreach (var (name, css, _) in networks.Take(1).SelectMany(Parts))
        {
            svg.Bar(legend, 16 + (networks.Count * row), 20, 20, css, name);
            svg.Text(legend + 28, 31 + (networks.Count * row), name);
            legend += 160;
        }

        return svg.ToString();
    }

    /// <summary>A bar per layer and network, dense and of each tolerance: the layer's time, or its multiply-adds if it was not timed.</summary>
    public static string Layers(EquatableArray<PrunedResult> networks)
    {
        const double bar = 15;
        var isTimed = networks.All(n => n.Layers.All(l => l.MicrosecondsBefore > 0 && l.MicrosecondsAfter > 0));
        var layers = networks[0].Layers;
        var group = ((networks.Count + 1) * bar) + 12;
        var svg = new SvgCanvas(
            Chart.Width, 12 + (layers.Count * group), (isTimed ? "Time" : "Multiply-adds") + " per layer, dense and pruned for each tolerance");
        var most = networks.SelectMany(n => n.Layers).Select(l => Math.Max(Before(l), After(l))).DefaultIfEmpty(0).Max();
        for (var i = 0; i < layers.Count; i++)
        {
            var y = 8 + (i * group);
            svg.Text(4, y + 12, layers[i].Name, css: "strong");
            Bar(y, "dense", Before(layers[i]), "bar dense", layers[i].Name);
            for (var k = 0; k < networks.Count; k++)
            {
                Bar(y + ((k + 1) * bar), Numbers.Short(networks[k].Tolerance), After(networks[k].Layers[i]), "bar left", layers[i].Name);
            }
        }

        return svg.ToString();

        void Bar(double y, string name, double value, string css, string layer)
        {
            const double left = Left + 70;
            var text = isTimed ? Numbers.Short(value) + " µs" : Numbers.Count((long)value);
            var w = most > 0 ? (Chart.Width - 90 - left) * value / most : 0;
            svg.Text(left - 8, y + 11, name, "end", "tick");
            svg.Bar(left, y, w, bar - 3, css, $"{layer}, {name}: {text}");
            svg.Text(left + w + 6, y + 11, text, css: "tick");
        }

        double Before(LayerChange l) => isTimed ? l.MicrosecondsBefore : l.MacsBefore;

        double After(LayerChange l) => isTimed ? l.MicrosecondsAfter : l.MacsAfter;
    }

    private static IEnumerable<(string Name, string Css, long Weights)> Parts(PrunedResult network) =>
    [
        ("left", "bar left", network.Measurement.ConvWeights),
        ("feature maps", "bar map", network.Removed.Map),
        ("kernels", "bar kernel", network.Removed.Kernel),
        ("strided taps", "bar stride", network.Removed.Stride),
    ];
}

using KernelGen.Model;

namespace KernelGen.Search.Reports;

/// <summary>The pictures of what was taken away.</summary>
internal static class WeightCharts
{
    private const double Width = 760;

    /// <summary>The convolution weights of the dense network as one bar: left, and removed by each granularity.</summary>
    public static string Removed(RemovedWeights removed, NetworkMeasurement dense, NetworkMeasurement pruned)
    {
        var svg = new SvgCanvas(Width, 118, "Convolution weights left and removed by granularity");
        (string Name, long Weights, string Css)[] parts =
        [
            ("left", pruned.ConvWeights, "bar left"),
            ("feature maps", removed.Map, "bar map"),
            ("kernels", removed.Kernel, "bar kernel"),
            ("strided taps", removed.Stride, "bar stride"),
        ];
        var total = Math.Max(1, dense.ConvWeights);
        double x = 8;
        var legend = 8.0;
        foreach (var (name, weights, css) in parts)
        {
            var w = (Width - 16) * weights / total;
            var text = $"{name} {Numbers.Percent(weights, total)}";
            svg.Bar(x, 8, w, 52, css, $"{name}: {Numbers.Count(weights)} of {Numbers.Count(total)} weights");
            svg.Bar(legend, 78, 22, 22, css, text);
            svg.Text(legend + 30, 94, text);
            x += w;
            legend += 186;
        }

        return svg.ToString();
    }

    /// <summary>Multiply-adds of every layer, dense and pruned, as pairs of bars.</summary>
    public static string Macs(EquatableArray<LayerChange> layers)
    {
        const double left = 110;
        const double right = 640;
        const double row = 46;
        var svg = new SvgCanvas(Width, 40 + (layers.Count * row), "Multiply-adds per layer, dense and pruned");
        svg.Bar(left, 6, 22, 14, "bar dense", "dense");
        svg.Text(left + 30, 18, "dense");
        svg.Bar(left + 100, 6, 22, 14, "bar left", "pruned");
        svg.Text(left + 130, 18, "pruned");
        double most = Math.Max(1, layers.Max(l => l.MacsBefore));
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            var y = 34 + (i * row);
            svg.Text(left - 8, y + 22, layer.Name, "end");
            Bar(svg, y, layer.MacsBefore, "bar dense", layer.Name + ", dense");
            Bar(svg, y + 17, layer.MacsAfter, "bar left", layer.Name + ", pruned");
        }

        return svg.ToString();

        void Bar(SvgCanvas svg, double y, long macs, string css, string name)
        {
            var w = (right - left) * macs / most;
            svg.Bar(left, y, w, 15, css, $"{name}: {Numbers.Count(macs)} multiply-adds");
            svg.Text(left + w + 6, y + 12, Numbers.Count(macs), css: "tick");
        }
    }
}

using KernelGen.Model;
using KernelGen.Onnx.Format;
using static KernelGen.Onnx.Export.LayerScope;

namespace KernelGen.Onnx.Export;

/// <summary>Convolutions and poolings.</summary>
internal static class WindowExporter
{
    public static void Write(LayerScope layer, Conv conv)
    {
        var (window, maps) = (conv.Window, layer.From.Maps);
        var dense = conv.Weights.ToDense(conv.OutputMaps, maps, conv.Groups, window.Area);
        var weights = layer.Floats("weights", dense, conv.OutputMaps, maps / conv.Groups, window.KernelHeight, window.KernelWidth);
        string[] bias = conv.Bias is null ? [] : [layer.Floats("bias", conv.Bias.Span, conv.OutputMaps)];
        layer.Result("Conv", [layer.Input, weights, .. bias], [.. Sliding(window), Attribute("group", conv.Groups)]);
    }

    public static void Write(LayerScope layer, Pool pool)
    {
        var window = pool.Window;
        var isAverage = pool.Kind == PoolKind.Average;
        if (Fits(window))
        {
            AttributeProto[] counting = isAverage ? [Attribute("count_include_pad", pool.CountPadding ? 1L : 0)] : [];
            layer.Result(isAverage ? "AveragePool" : "MaxPool", layer.Inputs, [.. Sliding(window), .. counting]);
            return;
        }

        // ONNX Runtime refuses padding that is not shorter than the kernel: a tensor that is padded already does the same.
        var padded = Padded(layer, layer.Input, isAverage ? 0 : float.NegativeInfinity);
        var valid = Sliding(window with { PadTop = 0, PadLeft = 0, PadBottom = 0, PadRight = 0 });
        if (!isAverage || pool.CountPadding)
        {
            layer.Result(isAverage ? "AveragePool" : "MaxPool", [padded], valid);
            return;
        }

        // The share of each window that lies inside: the same average of ones.
        var (height, width) = (layer.From.Height, layer.From.Width);
        var ones = layer.Floats("ones", Enumerable.Repeat(1f, height * width).ToArray(), 1, 1, height, width);
        var share = layer.Step("AveragePool", [Padded(layer, ones, 0)], valid);
        layer.Result("Div", [layer.Step("AveragePool", [padded], valid), share]);
    }

    private static bool Fits(Window w) =>
        Math.Max(w.PadTop, w.PadBottom) < w.KernelHeight && Math.Max(w.PadLeft, w.PadRight) < w.KernelWidth;

    private static string Padded(LayerScope layer, string tensor, float value)
    {
        var w = ((Pool)layer.Operator).Window;
        long[] pads = [0, 0, w.PadTop, w.PadLeft, 0, 0, w.PadBottom, w.PadRight];
        return layer.Step("Pad", [tensor, layer.Integers("pads", pads), layer.Scalar("padding", value)]);
    }

    private static AttributeProto[] Sliding(Window w) =>
    [
        Attribute("kernel_shape", [w.KernelHeight, w.KernelWidth]),
        Attribute("strides", [w.StrideY, w.StrideX]),
        Attribute("dilations", [w.DilationY, w.DilationX]),
        Attribute("pads", [w.PadTop, w.PadLeft, w.PadBottom, w.PadRight]),
    ];
}

using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>The sliding window of a convolution or pooling along one spatial axis.</summary>
/// <param name="Before">Padding at the start of the axis.</param>
/// <param name="After">Padding at its end.</param>
internal sealed record WindowAxis(int Kernel, int Stride = 1, int Dilation = 1, int Before = 0, int After = 0)
{
    /// <summary>Indices from the first tap to the last.</summary>
    public long Extent => ((Kernel - 1L) * Dilation) + 1;

    /// <summary>The axes of a node's window, from <c>strides</c>, <c>dilations</c> and <c>pads</c>; <c>auto_pad</c> is left to the caller.</summary>
    /// <param name="kernel">Taps per axis.</param>
    /// <exception cref="OnnxNodeException">An attribute has the wrong length or a value that no window can have.</exception>
    public static WindowAxis[] Given(NodeContext node, IReadOnlyList<int> kernel)
    {
        var strides = PerAxis(node, "strides", kernel.Count, 1, 1);
        var dilations = PerAxis(node, "dilations", kernel.Count, 1, 1);
        var pads = PerAxis(node, "pads", 2 * kernel.Count, 0, 0);
        return kernel
            .Select((k, axis) => new WindowAxis(k, strides[axis], dilations[axis], pads[axis], pads[kernel.Count + axis]))
            .ToArray();
    }

    /// <summary>The axes of a node's window with the padding that <c>auto_pad</c> asks for.</summary>
    /// <param name="lengths">Of the input's spatial axes.</param>
    public static WindowAxis[] Padded(NodeContext node, IReadOnlyList<int> kernel, IReadOnlyList<int> lengths)
    {
        var axes = Given(node, kernel);
        var mode = AutoPad(node);
        return mode switch
        {
            "NOTSET" => axes,
            "VALID" => axes.Select(a => a with { Before = 0, After = 0 }).ToArray(),
            _ => axes.Select((a, i) => a.Same(lengths[i], mode == "SAME_UPPER")).ToArray(),
        };
    }

    /// <summary>NOTSET, VALID, SAME_UPPER or SAME_LOWER.</summary>
    public static string AutoPad(NodeContext node)
    {
        var mode = node.String("auto_pad", "NOTSET");
        return mode is "NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER" ? mode
            : mode.Length == 0 ? "NOTSET"
            : throw new OnnxNodeException($"auto_pad is '{mode}'; it must be NOTSET, VALID, SAME_UPPER or SAME_LOWER.");
    }

    /// <summary>An attribute of positive integers, one per axis.</summary>
    /// <exception cref="OnnxNodeException">It is missing, of the wrong length, or a value is out of range.</exception>
    public static int[] KernelShape(NodeContext node, int rank) =>
        node.Attribute("kernel_shape") is null
            ? throw new OnnxNodeException("The attribute kernel_shape is missing.")
            : PerAxis(node, "kernel_shape", rank, 1, 1);

    /// <summary>The window of one or two axes; one axis becomes the columns of a single row.</summary>
    public static Window ToWindow(IReadOnlyList<WindowAxis> axes)
    {
        var (y, x) = axes.Count == 1 ? (new WindowAxis(1), axes[0]) : (axes[0], axes[1]);
        return new Window(y.Kernel, x.Kernel, y.Stride, x.Stride, y.Dilation, x.Dilation, y.Before, x.Before, y.After, x.After);
    }

    /// <summary>The same window with this padding in all.</summary>
    /// <param name="moreAtEnd">Whether the end gets the odd one.</param>
    public WindowAxis WithPadding(long total, bool moreAtEnd)
    {
        var less = (int)Math.Min(Limits.Window, total / 2);
        var more = (int)Math.Min(Limits.Window, total - (total / 2));
        return moreAtEnd ? this with { Before = less, After = more } : this with { Before = more, After = less };
    }

    /// <summary>Padded so that there is one result per <see cref="Stride"/> elements, the last ones included.</summary>
    private WindowAxis Same(int length, bool upper)
    {
        var outputs = (length + (long)Stride - 1) / Stride;
        return WithPadding(Math.Max(0, ((outputs - 1) * Stride) + Extent - length), upper);
    }

    private static int[] PerAxis(NodeContext node, string attribute, int count, int least, int absent)
    {
        if (node.Attribute(attribute) is null || (node.Integers(attribute) is { Length: 0 } && count > 0))
        {
            return Enumerable.Repeat(absent, count).ToArray();
        }

        var values = node.Integers(attribute);
        if (values.Length != count)
        {
            throw new OnnxNodeException($"The attribute {attribute} has {values.Length} values; there must be {count} for the input's spatial axes.");
        }

        return values.All(v => v >= least && v <= Limits.Window)
            ? values.Select(v => (int)v).ToArray()
            : throw new OnnxNodeException(FormattableString.Invariant(
                $"The attribute {attribute} is [{string.Join(", ", values)}]; only values from {least} to {Limits.Window} are supported."));
    }
}

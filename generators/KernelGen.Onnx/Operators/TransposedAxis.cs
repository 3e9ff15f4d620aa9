using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>
/// A transposed convolution along one axis. Input i adds its product with tap k to position i · Stride + k · Dilation of the full
/// result, so position Stride · j + r (phase r) is a sum over the inputs j − m for all taps with k · Dilation = Stride · m + r.
/// </summary>
internal sealed class TransposedAxis
{
    private readonly WindowAxis window;
    private readonly int reach;
    private readonly int dilation;

    /// <param name="window">Stride, dilation and kernel as the node has them; the padding is cut off the full result.</param>
    /// <param name="length">Of the input.</param>
    /// <param name="outputs">Of the result.</param>
    public TransposedAxis(WindowAxis window, int length, int outputs)
    {
        this.window = window;
        Outputs = outputs;
        reach = (int)((window.Extent - 1) / window.Stride);
        dilation = window.Dilation % window.Stride == 0 ? window.Dilation / window.Stride : 1;

        // Results before the first and behind the last wanted one are not computed where whole strides can be left out.
        var before = Math.Max(0, reach - (window.Before / window.Stride));
        var after = Math.Max(0, ((window.Before + outputs - 1) / window.Stride) + 1 - length);
        First = window.Before - ((reach - before) * window.Stride);
        Convolution = new WindowAxis((reach / dilation) + 1, 1, dilation, before, after);
    }

    public int Kernel => window.Kernel;

    public int Stride => window.Stride;

    public int Outputs { get; }

    /// <summary>Where the wanted results start in those of all phases, put side by side.</summary>
    public int First { get; }

    /// <summary>The window of the convolution that computes all phases.</summary>
    public WindowAxis Convolution { get; }

    /// <summary>The phase that tap <paramref name="k"/> adds to.</summary>
    public int Phase(int k) => k * window.Dilation % Stride;

    /// <summary>The place of tap <paramref name="k"/> in the kernel of its phase.</summary>
    public int Tap(int k) => (reach - (k * window.Dilation / Stride)) / dilation;

    /// <summary>The axes of a node's window; the padding by <c>pads</c>, <c>auto_pad</c> or <c>output_shape</c>.</summary>
    /// <param name="lengths">Of the input's spatial axes.</param>
    /// <exception cref="OnnxNodeException">An attribute has the wrong length, or there is no result.</exception>
    public static TransposedAxis[] Read(NodeContext node, IReadOnlyList<int> kernel, IReadOnlyList<int> lengths)
    {
        var axes = WindowAxis.Given(node, kernel);
        var mode = WindowAxis.AutoPad(node);
        var extra = PerAxis(node, "output_padding", lengths.Count) ?? new long[lengths.Count];

        // Older exporters give the whole shape, with batch and maps.
        var given = node.Integers("output_shape");
        var sizes = given.Length == lengths.Count + 2 ? given.Skip(2).ToArray() : PerAxis(node, "output_shape", lengths.Count);
        return axes.Select((a, i) => Axis(a, mode, lengths[i], extra[i], sizes?[i])).ToArray();
    }

    private static TransposedAxis Axis(WindowAxis axis, string mode, int length, long extra, long? size)
    {
        var full = ((length - 1L) * axis.Stride) + axis.Extent + extra;
        if (mode is "SAME_UPPER" or "SAME_LOWER" && size is null)
        {
            size = (long)length * axis.Stride;
        }

        if (size is { } wanted)
        {
            axis = axis.WithPadding(Math.Max(0, full - wanted), mode == "SAME_UPPER");
        }
        else if (mode == "VALID")
        {
            axis = axis with { Before = 0, After = 0 };
        }

        var outputs = size ?? (full - axis.Before - axis.After);
        return extra >= 0 && outputs >= 1 && full <= Limits.Elements && outputs <= Limits.Elements
            ? new TransposedAxis(axis, length, (int)outputs)
            : throw new OnnxNodeException($"The result has {outputs} elements along an axis; there must be 1 to {Limits.Elements}.");
    }

    private static long[]? PerAxis(NodeContext node, string attribute, int count)
    {
        var values = node.Integers(attribute);
        return values.Length == count ? values
            : values.Length == 0 ? null
            : throw new OnnxNodeException(
                $"The attribute {attribute} has {values.Length} values; there must be {count} for the input's spatial axes.");
    }
}

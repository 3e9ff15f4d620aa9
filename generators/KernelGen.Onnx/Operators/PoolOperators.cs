using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>
/// Pooling of [N, C, …] with one to three spatial axes, each of N · C maps by itself, and of whole maps. The maximum, and the mean since its
/// windows are boxes, can be taken along some axes first and along the others then.
/// </summary>
internal static class PoolOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("MaxPool", MaxPool),
        ("AveragePool", AveragePool),
        ("LpPool", LpPool),
        ("GlobalMaxPool", node => GlobalPool(node, PoolKind.Max)),
        ("GlobalAveragePool", node => GlobalPool(node, PoolKind.Average)),
        ("GlobalLpPool", GlobalLpPool),
    ];

    private static Value[] MaxPool(NodeContext node)
    {
        if (node.HasOutput(1))
        {
            throw new OnnxNodeException("The output Indices is not supported; export the network without it.");
        }

        // The order of the indices, which are not there.
        node.Attribute("storage_order");
        return [Pooled(node, node.FloatsNotEmpty(0), PoolKind.Max, false).Result];
    }

    private static Value[] AveragePool(NodeContext node) =>
        [Pooled(node, node.FloatsNotEmpty(0), PoolKind.Average, node.Integer("count_include_pad", 0) != 0).Result];

    /// <summary>(Σ |x|^p)^(1/p); the sum is the mean, with all padding counted, times the taps.</summary>
    private static Value[] LpPool(NodeContext node)
    {
        var p = Exponent(node);
        var x = node.FloatsNotEmpty(0);
        var powers = Value.Of(x.Shape, Power(node.Graph, x.Floats, p));
        var (means, taps) = Pooled(node, powers, PoolKind.Average, true, overhang: true);
        return [Value.Of(means.Shape, Root(node.Graph, node.Graph.Multiply(means.Floats, taps), p))];
    }

    private static Value[] GlobalPool(NodeContext node, PoolKind kind)
    {
        var x = node.Maps(0);
        var (maps, length) = Maps(x);
        var width = x.Shape[x.Rank - 1];
        var pooled = node.Graph.Apply(new GlobalPool(kind), node.Graph.Reshape(x.Floats, new Shape(maps, length / width, width)));
        return [node.Result(pooled, PerMap(x))];
    }

    private static Value[] GlobalLpPool(NodeContext node)
    {
        var p = Exponent(node);
        var x = node.Maps(0);
        var (maps, length) = Maps(x);
        var powers = Power(node.Graph, node.Graph.Reshape(x.Floats, new Shape(maps, length)), p);
        return [node.Result(Root(node.Graph, node.Graph.Reduce(ReduceKind.Sum, powers, 1), p), PerMap(x))];
    }

    /// <param name="countPadding">Average: whether the padding counts.</param>
    /// <param name="overhang">Average with padding: whether what a last, incomplete window takes behind the padding counts too.</param>
    /// <returns>The result, and the taps of a window.</returns>
    private static (Value Result, float Taps) Pooled(NodeContext node, Value value, PoolKind kind, bool countPadding, bool overhang = false)
    {
        var rank = value.Rank - 2;
        if (rank is < 1 or > 3)
        {
            throw new OnnxNodeException($"The input has {value.Rank} axes; only pooling of one to three spatial axes, [N, C, …], is supported.");
        }

        var (maps, length) = Maps(value);
        var lengths = value.Shape.Skip(2).ToArray();
        var axes = WindowAxis.Padded(node, WindowAxis.KernelShape(node, rank), lengths);
        var x = node.Graph.Reshape(value.Floats, new Shape((int[])[maps, .. lengths]));
        if (node.Integer("ceil_mode", 0) != 0 && WindowAxis.AutoPad(node) == "NOTSET")
        {
            var ceiling = axes.Select((a, i) => Ceiling(a, lengths[i])).ToArray();
            if (countPadding && !overhang && ceiling.Zip(axes, (c, a) => c.After > a.After).Any(more => more))
            {
                // The padding becomes part of the input: it counts, what lies behind it does not.
                x = node.Graph.Apply(new Pad([0, .. axes.Select(a => a.Before)], [0, .. axes.Select(a => a.After)]), x);
                ceiling = ceiling.Zip(axes, (c, a) => c with { Before = 0, After = Math.Max(0, c.After - a.After) }).ToArray();
                countPadding = false;
            }

            axes = ceiling;
        }

        var result = Pooled(node.Graph, x, kind, axes, countPadding);
        var taps = axes.Aggregate(1L, (product, a) => product * a.Kernel);
        return (node.Result(result, [value.Shape[0], value.Shape[1], .. result.Shape.Dimensions.Skip(1)]), taps);
    }

    /// <param name="x">[maps, …].</param>
    private static Tensor Pooled(GraphBuilder graph, Tensor x, PoolKind kind, IReadOnlyList<WindowAxis> axes, bool countPadding)
    {
        var shape = x.Shape;
        if (shape.Rank < 4)
        {
            var rows = shape.Rank == 2 ? 1 : shape[1];
            var pooled = graph.Apply(
                new Pool(kind, WindowAxis.ToWindow(axes), countPadding), graph.Reshape(x, new Shape(shape.Maps, rows, shape[shape.Rank - 1])));
            return shape.Rank == 2 ? graph.Reshape(pooled, new Shape(shape.Maps, pooled.Shape[2])) : pooled;
        }

        var planes = graph.Reshape(x, new Shape(shape[0] * shape[1], shape[2], shape[3]));
        planes = Pooled(graph, planes, kind, axes.Skip(1).ToArray(), countPadding);
        var (height, width) = (planes.Shape[1], planes.Shape[2]);
        var columns = graph.Reshape(planes, new Shape(shape[0], shape[1], height * width));
        columns = Pooled(graph, columns, kind, [axes[0], new WindowAxis(1)], countPadding);
        return graph.Reshape(columns, new Shape(shape[0], columns.Shape[1], height, width));
    }

    /// <summary>
    /// Padded further, so that a last window that does not fit counts as well, unless it would start behind the input: such a window
    /// has nothing but padding.
    /// </summary>
    private static WindowAxis Ceiling(WindowAxis axis, int length)
    {
        var span = length + (long)axis.Before + axis.After - axis.Extent;
        var last = span <= 0 ? 0 : (span + axis.Stride - 1) / axis.Stride;
        if (last * axis.Stride >= (long)length + axis.Before)
        {
            last--;
        }

        return axis with { After = (int)Math.Max(0, (last * axis.Stride) + axis.Extent - length - axis.Before) };
    }

    private static float Exponent(NodeContext node)
    {
        // A float in the first operator set, an integer since.
        var p = node.Version < 2 ? node.Float("p", 2) : node.Integer("p", 2);
        return p > 0 ? p : throw new OnnxNodeException(FormattableString.Invariant($"The attribute p is {p}; it must be above 0."));
    }

    private static Tensor Power(GraphBuilder graph, Tensor x, float p) =>
        graph.Power(p == 2 ? x : graph.Activate(ActivationKind.Abs, x), graph.Scalar(p));

    private static Tensor Root(GraphBuilder graph, Tensor x, float p) => graph.Power(x, graph.Scalar(1 / p));

    private static (int Maps, int Length) Maps(Value x) => (x.Shape[0] * x.Shape[1], x.Shape.Skip(2).Aggregate(1, (product, d) => product * d));

    private static int[] PerMap(Value x) => x.Shape.Select((d, axis) => axis < 2 ? d : 1).ToArray();
}

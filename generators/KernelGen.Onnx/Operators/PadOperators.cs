using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Elements around a tensor; a negative number of them crops it.</summary>
internal static class PadOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All => [("Pad", Pad)];

    private static Value[] Pad(NodeContext node)
    {
        var x = node.Floats(0);
        var (before, after) = Amounts(node, x.Rank);
        var sizes = x.Shape.Select((d, axis) => Size(d, Math.Min(0, before[axis]), Math.Min(0, after[axis]), axis)).ToArray();
        var shape = sizes.Select((d, axis) => Size(d, Math.Max(0, before[axis]), Math.Max(0, after[axis]), axis)).ToArray();

        var (tensors, dropped) = node.WithoutBatch(shape[0] != 1, x);
        var cropped = node.Graph.Cut(
            tensors[0],
            before.Skip(dropped).Select(b => (int)-Math.Min(0, b)).ToArray(),
            Enumerable.Repeat(1, x.Rank - dropped).ToArray(),
            sizes.Skip(dropped).ToArray());
        var result = Surround(
            node,
            cropped,
            before.Skip(dropped).Select(b => (int)Math.Max(0, b)).ToArray(),
            after.Skip(dropped).Select(a => (int)Math.Max(0, a)).ToArray());
        return [node.Result(result, shape)];
    }

    /// <summary>How many elements are added before and after each axis.</summary>
    private static (long[] Before, long[] After) Amounts(NodeContext node, int rank)
    {
        var pads = node.Integers(1, node.Version == 1 ? "paddings" : "pads", "the pads") ?? throw new OnnxNodeException("The pads are missing.");
        var axes = node.Has(3)
            ? node.Integers(3, "the axes").Select(a => NodeContext.Axis(a, rank)).ToArray()
            : Enumerable.Range(0, rank).ToArray();
        if (pads.Length != 2 * axes.Length || axes.Distinct().Count() != axes.Length || rank == 0)
        {
            throw new OnnxNodeException($"There are {pads.Length} pads for {axes.Length} axes of a tensor of {rank}; there must be two for each axis.");
        }

        var (before, after) = (new long[rank], new long[rank]);
        for (var i = 0; i < axes.Length; i++)
        {
            (before[axes[i]], after[axes[i]]) = (pads[i], pads[axes.Length + i]);
        }

        return (before, after);
    }

    private static int Size(int length, long before, long after, int axis)
    {
        var inRange = Math.Max(Math.Abs(before), Math.Abs(after)) is >= 0 and <= Limits.Elements;
        return inRange && length + before + after is > 0 and <= Limits.Elements and var size
            ? (int)size
            : throw new OnnxNodeException($"The pads {before} and {after} leave no elements in axis {axis} of {length}, or too many.");
    }

    private static Tensor Surround(NodeContext node, Tensor x, int[] before, int[] after)
    {
        var mode = node.String("mode", "constant");
        var value = Constant(node);
        if (before.Concat(after).All(p => p == 0))
        {
            return x;
        }

        if (mode == "constant")
        {
            return node.Graph.Apply(new Pad(before.ToEquatableArray(), after.ToEquatableArray(), value), x);
        }

        Func<int, int, int> source = mode switch
        {
            "edge" => (i, length) => Math.Min(Math.Max(i, 0), length - 1),
            "reflect" => Reflected,
            "wrap" => Modulo,
            _ => throw new OnnxNodeException($"The mode '{mode}' is unknown; constant, edge, reflect and wrap are supported."),
        };
        var axes = Enumerable.Range(0, x.Shape.Rank).Where(axis => before[axis] + after[axis] > 0).ToArray();
        node.Graph.Budget.Spend(axes.Sum(axis => (long)before[axis] + x.Shape[axis] + after[axis]));
        return axes.Aggregate(x, (padded, axis) => node.Graph.Take(
            padded,
            axis,
            Enumerable.Range(-before[axis], before[axis] + x.Shape[axis] + after[axis]).Select(i => source(i, x.Shape[axis])).ToArray()));
    }

    private static float Constant(NodeContext node)
    {
        var attribute = node.Float("value", 0);
        return node.Has(2) && node.Input(2).Length > 0 ? node.ConstantFloats(2, "the value around the tensor")[0] : attribute;
    }

    /// <summary>To and fro between the first and the last index, which are not repeated.</summary>
    private static int Reflected(int index, int length)
    {
        var period = Math.Max(1, 2 * (length - 1));
        var phase = Modulo(index, period);
        return Math.Min(phase, period - phase);
    }

    private static int Modulo(int a, int b) => ((a % b) + b) % b;
}

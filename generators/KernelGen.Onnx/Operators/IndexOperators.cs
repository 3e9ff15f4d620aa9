using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Operators that give parts of a tensor. Which parts must be known at import, and none may be empty.</summary>
internal static class IndexOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Slice", Slice),
        ("Split", Split),
        ("Gather", Gather),
    ];

    private static Value[] Slice(NodeContext node)
    {
        var x = node.Floats(0);
        var starts = node.Integers(1, "starts", "the starts") ?? throw new OnnxNodeException("The starts are missing.");
        var ends = node.Integers(2, "ends", "the ends") ?? throw new OnnxNodeException("The ends are missing.");
        var axes = (node.Integers(3, "axes", "the axes") ?? starts.Select((_, i) => (long)i)).Select(a => NodeContext.Axis(a, x.Rank)).ToArray();
        var steps = node.Has(4) ? node.Integers(4, "the steps") : starts.Select(_ => 1L).ToArray();
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length || axes.Distinct().Count() < axes.Length)
        {
            throw new OnnxNodeException("The starts, ends, axes and steps must be equally many, and no axis may come twice.");
        }

        var (first, step, size) = (new int[x.Rank], Enumerable.Repeat(1, x.Rank).ToArray(), x.Shape.ToArray());
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = axes[i];
            (first[axis], step[axis], size[axis]) = Range(starts[i], ends[i], steps[i], x.Shape[axis]);
        }

        if (size.Contains(0))
        {
            return [Selection.Empty(x, size)];
        }

        var (tensors, dropped) = node.WithoutBatch(false, x);
        var result = node.Graph.Cut(tensors[0], first.Skip(dropped).ToArray(), step.Skip(dropped).ToArray(), size.Skip(dropped).ToArray());
        return [node.Result(result, size)];
    }

    /// <summary>The indices of one axis that a slice takes: negative ones count from the end, and those outside are cut off.</summary>
    private static (int First, int Step, int Size) Range(long start, long end, long step, int length)
    {
        if (step == 0)
        {
            throw new OnnxNodeException("A step is 0.");
        }

        if (length == 0)
        {
            return (0, 1, 0);
        }

        var first = Clamp(start < 0 ? start + length : start, 0, step > 0 ? length : length - 1);
        var last = Clamp(end < 0 ? end + length : end, step > 0 ? 0 : -1, step > 0 ? length : length - 1);

        // A step beyond the axis takes one index, whatever its size.
        var by = step > 0 ? Math.Min(step, length) : Math.Max(step, -length);
        var size = step > 0 ? (last - first + by - 1) / by : (first - last - by - 1) / -by;
        return ((int)first, (int)by, (int)Math.Max(0, size));
    }

    private static long Clamp(long value, long minimum, long maximum) => Math.Max(minimum, Math.Min(maximum, value));

    private static Value[] Split(NodeContext node)
    {
        var x = node.Floats(0);
        var axis = NodeContext.Axis(node.Integer("axis", 0), x.Rank);
        var sizes = node.Integers(1, "split", "the sizes") ?? EqualSizes(x.Shape[axis], node);
        if (sizes.Any(s => s < 0 || s > x.Shape[axis]) || sizes.Sum() != x.Shape[axis] || sizes.Length < node.OutputCount)
        {
            throw new OnnxNodeException(
                $"Axis {axis} of {x.Shape[axis]} indices cannot be split into {node.OutputCount} parts of [{string.Join(", ", sizes)}]; "
                + "their sizes must add up to it.");
        }

        var (tensors, dropped) = node.WithoutBatch(axis == 0, x);
        var start = 0;
        var parts = new List<Value>();
        foreach (var size in sizes.Select(s => (int)s))
        {
            var shape = x.Shape.Select((d, a) => a == axis ? size : d).ToArray();
            parts.Add(size == 0 ? Selection.Empty(x, shape) : node.Result(node.Graph.Cut(tensors[0], axis - dropped, start, 1, size), shape));
            start += size;
        }

        return [.. parts];
    }

    /// <summary>Sizes that are not given: all alike but the last, which may be smaller from operator set 18 on.</summary>
    private static long[] EqualSizes(int length, NodeContext node)
    {
        var count = node.Integer("num_outputs", node.OutputCount);
        if (count < 1 || count > length || (node.Version < 18 && length % count != 0))
        {
            throw new OnnxNodeException($"An axis of {length} indices cannot be split into {count} equal parts.");
        }

        node.Graph.Budget.Spend(count);
        var size = (length + count - 1) / count;
        return Enumerable.Range(0, (int)count).Select(i => Math.Min(size, length - (i * size))).ToArray();
    }

    private static Value[] Gather(NodeContext node)
    {
        var x = node.Floats(0);
        var axis = NodeContext.Axis(node.Integer("axis", 0), x.Rank);
        var indices = node.Indices(_ => x.Shape[axis]);
        var (tensors, dropped) = node.WithoutBatch(axis == 0, x);
        return
        [
            node.Result(
                node.Graph.Take(tensors[0], axis - dropped, indices),
                [.. x.Shape.Take(axis), .. node.Input(1).Shape, .. x.Shape.Skip(axis + 1)]),
        ];
    }
}

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
        ("GatherElements", GatherElements),
        ("GatherND", GatherND),
    ];

    private static Value[] Slice(NodeContext node)
    {
        var x = node.Floats(0);
        var starts = node.Integers(1, "starts", "the starts") ?? throw new OnnxNodeException("The starts are missing.");
        var ends = node.Integers(2, "ends", "the ends") ?? throw new OnnxNodeException("The ends are missing.");
        var axes = (node.Integers(3, "axes", "the axes") ?? starts.Select((_, i) => (long)i)).Select(a => NodeContext.Axis(a, x.Rank)).ToArray();
        var steps = node.Has(4) ? node.Integers(4, "the steps") : starts.Select(_ => 1L).ToArray();
        if (ends.Length != starts.Length || axes.Distinct().Count() != starts.Length || steps.Length != starts.Length)
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

        var first = Clamp(start < 0 ? start + length : start, 0, step > 0 ? length : length - 1);
        var last = Clamp(end < 0 ? end + length : end, step > 0 ? 0 : -1, step > 0 ? length : length - 1);

        // A step beyond the axis takes one index, whatever its size.
        var by = step > 0 ? Math.Min(step, Math.Max(1, length)) : Math.Max(step, -Math.Max(1, length));
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

        var size = (length + count - 1) / count;
        return Enumerable.Range(0, (int)count).Select(i => Math.Min(size, length - (i * size))).ToArray();
    }

    private static Value[] Gather(NodeContext node)
    {
        var x = node.Floats(0);
        var axis = NodeContext.Axis(node.Integer("axis", 0), x.Rank);
        var indices = Indices(node, i => i, _ => x.Shape[axis]);
        var (tensors, dropped) = node.WithoutBatch(axis == 0, x);
        return
        [
            node.Result(
                node.Graph.Take(tensors[0], axis - dropped, indices),
                [.. x.Shape.Take(axis), .. node.Input(1).Shape, .. x.Shape.Skip(axis + 1)]),
        ];
    }

    /// <summary>result[i, j, …] = x[…, indices[i, j, …], …] at the node's axis.</summary>
    private static Value[] GatherElements(NodeContext node)
    {
        var x = node.Floats(0);
        var axis = NodeContext.Axis(node.Integer("axis", 0), x.Rank);
        var indices = Indices(node, i => i, _ => x.Shape[axis]);
        var shape = node.Input(1).Shape;
        if (shape.Length != x.Rank || shape.Where((d, a) => a != axis && d > x.Shape[a]).Any())
        {
            throw new OnnxNodeException("The indices must have as many axes as the data, none but the gathered one longer.");
        }

        var next = 0;
        node.Graph.Budget.Spend(indices.Length);
        var positions = Broadcasting.Elements(shape, at =>
        {
            var index = indices[next++];
            return at.Select((a, i) => i == axis ? index : a).Zip(x.Shape, (a, d) => (a, d)).Aggregate(0, (p, e) => (p * e.d) + e.a);
        });
        return [node.Result(node.Graph.Pick(positions, x.Floats), shape)];
    }

    /// <summary>Each vector along the last axis of the indices names a slice of the data, after the axes that both have in common.</summary>
    private static Value[] GatherND(NodeContext node)
    {
        var x = node.Floats(0);
        var shape = node.Input(1).Shape;
        var common = (int)node.Integer("batch_dims", 0);
        var depth = shape.Length == 0 ? 0 : shape[shape.Length - 1];
        if (common < 0 || common >= shape.Length || depth < 1 || common + depth > x.Rank || !shape.Take(common).SequenceEqual(x.Shape.Take(common)))
        {
            throw new OnnxNodeException("The indices do not fit the data: their last axis must name at most as many axes as the data have after the batch's.");
        }

        var indices = Indices(node, i => i % depth, k => x.Shape[common + k]);
        var tuples = indices.Length / depth;
        var inner = x.Shape.Skip(common + depth).Aggregate(1, (product, d) => product * d);
        var perBatch = tuples / shape.Take(common).Aggregate(1, (product, d) => product * d);
        node.Graph.Budget.Spend((long)tuples * inner);
        var positions = new int[tuples * inner];
        for (var i = 0; i < positions.Length; i++)
        {
            var (tuple, position) = (i / inner, i / inner / perBatch);
            for (var k = 0; k < depth; k++)
            {
                position = (position * x.Shape[common + k]) + indices[(tuple * depth) + k];
            }

            positions[i] = (position * inner) + (i % inner);
        }

        return [node.Result(node.Graph.Pick(positions, x.Floats), [.. shape.Take(shape.Length - 1), .. x.Shape.Skip(common + depth)])];
    }

    /// <summary>The indices of input 1, those from the end counted from the start.</summary>
    /// <param name="axis">What the i-th index is an index of.</param>
    /// <param name="length">Of what an index is an index of.</param>
    private static int[] Indices(NodeContext node, Func<int, int> axis, Func<int, int> length)
    {
        var indices = node.Integers(1, "the indices").Select((v, i) => Index(v, length(axis(i)))).ToArray();
        return indices.Length > 0 ? indices : throw new OnnxNodeException("There are no indices, so that the result has no elements.");
    }

    private static int Index(long value, int length)
    {
        var index = value < 0 ? value + length : value;
        return index >= 0 && index < length
            ? (int)index
            : throw new OnnxNodeException($"The index {value} is out of range; the axis has {length}.");
    }
}

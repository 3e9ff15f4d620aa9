using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Operators that give the elements of a tensor another shape or order, or join tensors.</summary>
internal static class ShapeOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Reshape", Reshape),
        ("Flatten", Flatten),
        ("Squeeze", Squeeze),
        ("Unsqueeze", Unsqueeze),
        ("Transpose", Transpose),
        ("Expand", Expand),
        ("Tile", Tile),
        ("Concat", Concat),
    ];

    private static Value[] Reshape(NodeContext node)
    {
        ElementwiseOperators.SkipLegacy(node);
        var x = node.Floats(0);
        var shape = node.Integers(1, "shape", "the shape") ?? throw new OnnxNodeException("The shape is missing.");
        return [node.Result(x.Floats, Filled(shape, x.Shape, node.Integer("allowzero", 0) != 0))];
    }

    /// <summary>A shape in which 0 stands for the old axis and −1 for what is left.</summary>
    private static int[] Filled(long[] shape, int[] old, bool allowZero)
    {
        var filled = shape.Select((d, axis) => d == 0 && !allowZero && axis < old.Length ? old[axis] : d).ToArray();
        var (all, known) = (Length(old), Length(IntegerTensors.ToShape(filled.Where(d => d != -1).ToArray())));
        var open = filled.Count(d => d == -1);
        return open == 0 && all == known || (open == 1 && known > 0 && all % known == 0)
            ? filled.Select(d => (int)(d == -1 ? all / known : d)).ToArray()
            : throw new OnnxNodeException(
                $"A tensor of {all} elements cannot be given the shape [{string.Join(", ", shape)}]; it must have as many, with at most one axis of -1.");
    }

    private static int Length(IEnumerable<int> shape) => shape.Aggregate(1, (product, d) => checked(product * d));

    private static Value[] Flatten(NodeContext node)
    {
        var x = node.Floats(0);
        var axis = node.Integer("axis", 1);
        var split = axis == x.Rank ? x.Rank : NodeContext.Axis(axis, x.Rank);
        return [node.Result(x.Floats, Length(x.Shape.Take(split)), Length(x.Shape.Skip(split)))];
    }

    private static Value[] Squeeze(NodeContext node)
    {
        var x = node.Floats(0);
        var axes = node.Integers(1, "axes", "the axes")?.Select(a => NodeContext.Axis(a, x.Rank)).ToArray()
            ?? Enumerable.Range(0, x.Rank).Where(a => x.Shape[a] == 1).ToArray();
        foreach (var axis in axes.Where(a => x.Shape[a] != 1))
        {
            throw new OnnxNodeException($"Axis {axis} has {x.Shape[axis]} indices; only axes of 1 can be removed.");
        }

        return [node.Result(x.Floats, x.Shape.Where((_, axis) => !axes.Contains(axis)).ToArray())];
    }

    private static Value[] Unsqueeze(NodeContext node)
    {
        var x = node.Floats(0);
        var listed = node.Integers(1, "axes", "the axes") ?? throw new OnnxNodeException("The axes are missing.");
        var rank = x.Rank + listed.Length;
        var axes = new HashSet<int>(listed.Select(a => NodeContext.Axis(a, rank)));
        if (axes.Count < listed.Length)
        {
            throw new OnnxNodeException("An axis is inserted twice.");
        }

        var old = new Queue<int>(x.Shape);
        return [node.Result(x.Floats, Enumerable.Range(0, rank).Select(a => axes.Contains(a) ? 1 : old.Dequeue()).ToArray())];
    }

    private static Value[] Transpose(NodeContext node)
    {
        var x = node.Floats(0);
        var given = node.Integers("perm");
        var order = given.Length == 0 ? Enumerable.Range(0, x.Rank).Reverse().ToArray() : given.Select(a => NodeContext.Axis(a, x.Rank)).ToArray();
        if (!order.OrderBy(a => a).SequenceEqual(Enumerable.Range(0, x.Rank)))
        {
            throw new OnnxNodeException($"The permutation [{string.Join(", ", given)}] must name each of the {x.Rank} axes once.");
        }

        var shape = order.Select(a => x.Shape[a]).ToArray();
        var moved = order.Where(a => x.Shape[a] > 1).ToArray();
        if (moved.SequenceEqual(moved.OrderBy(a => a)))
        {
            // Only axes of 1 move: the elements stay where they are.
            return [node.Result(x.Floats, shape)];
        }

        var (tensors, dropped) = node.WithoutBatch(order[0] != 0, x);
        return [node.Result(node.Graph.Apply(new Transpose(order.Skip(dropped).Select(a => a - dropped).ToEquatableArray()), tensors[0]), shape)];
    }

    private static Value[] Expand(NodeContext node)
    {
        var x = node.Floats(0);
        return [Expanded(node, x, Broadcasting.Shape(x.Shape, IntegerTensors.ToShape(node.Integers(1, "the shape"))))];
    }

    private static Value Expanded(NodeContext node, Value x, int[] shape)
    {
        return x.Length == Length(shape) ? node.Result(x.Floats, shape)
            : shape.Contains(0) ? Selection.Empty(x, shape)
            : Value.Of(shape, node.Graph.Apply(new Expand(Value.Reduced(shape)), node.Graph.Reshape(x.Floats, Value.Reduced(x.Shape))));
    }

    private static Value[] Tile(NodeContext node)
    {
        var x = node.Floats(0);
        var repeats = Repeats(node, x.Rank);
        var shape = IntegerTensors.ToShape(x.Shape.Select((d, axis) => checked(d * repeats[axis])).ToArray());

        if (shape.Contains(0))
        {
            return [Selection.Empty(x, shape)];
        }

        // Axes of 1 are broadcast, all of them at once; then the others are gathered again and again.
        var expanded = Expanded(node, x, x.Shape.Select((d, axis) => d == 1 ? shape[axis] : d).ToArray());
        node.Graph.Budget.Spend(shape.Sum(d => (long)d));
        var again = Enumerable.Range(0, x.Rank).Where(axis => x.Shape[axis] > 1 && repeats[axis] > 1).ToArray();
        var (tensors, dropped) = node.WithoutBatch(again.Contains(0), expanded);
        var result = again.Aggregate(tensors[0], (tensor, axis) => node.Graph.Take(
            tensor, axis - dropped, Enumerable.Range(0, shape[axis]).Select(i => i % x.Shape[axis]).ToArray()));
        return [node.Result(result, shape)];
    }

    /// <summary>How often each axis is repeated. Before operator set 6, one axis was, and the numbers could be floats.</summary>
    private static long[] Repeats(NodeContext node, int rank)
    {
        if (node.Version >= 6)
        {
            var repeats = node.Integers(1, "the repeats");
            return repeats.Length == rank
                ? repeats
                : throw new OnnxNodeException($"There are {repeats.Length} repeats for a tensor of {rank} axes; there must be one per axis.");
        }

        var axis = NodeContext.Axis(Single(2, "the axis"), rank);
        return Enumerable.Range(0, rank).Select(a => a == axis ? Single(1, "the number of tiles") : 1).ToArray();

        long Single(int i, string what) => (node.Input(i).IsInteger ? node.Integers(i, what) : [(long)node.ConstantFloats(i, what).FirstOrDefault()])
            .FirstOrDefault();
    }

    private static Value[] Concat(NodeContext node)
    {
        var given = Enumerable.Range(0, node.InputCount).Select(node.Floats).ToArray();
        var rank = given.Select(v => v.Rank).FirstOrDefault();
        if (given.Any(v => v.Rank != rank))
        {
            throw new OnnxNodeException("The inputs have different numbers of axes; they can differ in the length of one axis only.");
        }

        var axis = NodeContext.Axis(node.Integer("axis", 1), rank);
        var parts = given.Where(v => v.Shape[axis] > 0).ToArray();
        if (parts.Length == 0)
        {
            return [given[0]];
        }

        var (tensors, dropped) = node.WithoutBatch(axis == 0, parts);
        var result = tensors.Length == 1 ? tensors[0] : node.Graph.Apply(new Concat(axis - dropped), tensors);
        var total = parts.Sum(v => v.Shape[axis]);
        return [node.Result(result, parts[0].Shape.Select((d, a) => a == axis ? total : d).ToArray())];
    }
}

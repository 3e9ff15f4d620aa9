using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Operators that read or write elements at positions that another input names. These must be known at import.</summary>
internal static class PositionOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("GatherElements", node => Read(node, Elements(node))),
        ("GatherND", node => Read(node, Slices(node, node.Integer("batch_dims", 0)))),
        ("Scatter", node => Write(node, Elements(node))),
        ("ScatterElements", node => Write(node, Elements(node))),
        ("ScatterND", node => Write(node, Slices(node, 0))),
    ];

    /// <summary>The indices of input 1, those from the end counted from the start.</summary>
    /// <param name="length">Of what the i-th index is an index of.</param>
    public static int[] Indices(this NodeContext node, Func<int, int> length)
    {
        var indices = node.Integers(1, "the indices").Select((v, i) => Index(v, length(i))).ToArray();
        return indices.Length > 0 ? indices : throw new OnnxNodeException("There are no indices, so that the result has no elements.");
    }

    private static int Index(long value, int length)
    {
        var index = value < 0 ? value + length : value;
        return index >= 0 && index < length
            ? (int)index
            : throw new OnnxNodeException($"The index {value} is out of range; the axis has {length}.");
    }

    private static Value[] Read(NodeContext node, (int[] Positions, int[] Shape) part) =>
        [node.Result(node.Graph.Pick(part.Positions, node.Floats(0).Floats), part.Shape)];

    private static Value[] Write(NodeContext node, (int[] Positions, int[] Shape) part)
    {
        if (node.String("reduction", "none") is not "none" and var reduction)
        {
            throw new OnnxNodeException($"The reduction '{reduction}' is not supported; only elements that are replaced are.");
        }

        var (x, updates) = (node.Floats(0), node.Floats(2));
        if (!updates.Shape.SequenceEqual(part.Shape))
        {
            throw new OnnxNodeException("The updates do not have the shape that the indices ask for.");
        }

        node.Graph.Budget.Spend(x.Length);
        var sources = Enumerable.Range(0, x.Length).ToArray();
        for (var i = 0; i < part.Positions.Length; i++)
        {
            sources[part.Positions[i]] = x.Length + i;
        }

        return [node.Result(node.Graph.Pick(sources, x.Floats, updates.Floats), x.Shape)];
    }

    /// <summary>For each index [i, j, …] the position of the data's element […, index, …], the index in place of the node's axis.</summary>
    private static (int[] Positions, int[] Shape) Elements(NodeContext node)
    {
        var x = node.Floats(0);
        var axis = NodeContext.Axis(node.Integer("axis", 0), x.Rank);
        var indices = node.Indices(_ => x.Shape[axis]);
        var shape = node.Input(1).Shape;
        if (shape.Length != x.Rank || shape.Where((d, a) => a != axis && d > x.Shape[a]).Any())
        {
            throw new OnnxNodeException("The indices must have as many axes as the data, none but the indexed one longer.");
        }

        node.Graph.Budget.Spend(indices.Length);
        var next = 0;
        var positions = Broadcasting.Elements(shape, at =>
        {
            var position = 0;
            for (var a = 0; a < at.Length; a++)
            {
                position = (position * x.Shape[a]) + (a == axis ? indices[next] : at[a]);
            }

            next++;
            return position;
        });
        return (positions, shape);
    }

    /// <summary>The positions of the data's slices that the vectors along the last axis of the indices name.</summary>
    /// <param name="common">Leading axes that data and indices have in common.</param>
    private static (int[] Positions, int[] Shape) Slices(NodeContext node, long common)
    {
        var x = node.Floats(0);
        var shape = node.Input(1).Shape;
        var depth = shape.Length == 0 ? 0 : shape[shape.Length - 1];
        if (common < 0 || common >= shape.Length || depth < 1 || common + depth > x.Rank
            || !shape.Take((int)common).SequenceEqual(x.Shape.Take((int)common)))
        {
            throw new OnnxNodeException("The indices do not fit the data: their last axis must name at most as many axes as the data have after the batch's.");
        }

        var first = (int)common;
        var indices = node.Indices(i => x.Shape[first + (i % depth)]);
        var tuples = indices.Length / depth;
        var inner = Length(x.Shape.Skip(first + depth));
        var perBatch = tuples / Length(shape.Take(first));
        node.Graph.Budget.Spend((long)tuples * inner);
        var positions = new int[checked(tuples * inner)];
        for (var i = 0; i < positions.Length; i++)
        {
            var (tuple, position) = (i / inner, i / inner / perBatch);
            for (var k = 0; k < depth; k++)
            {
                position = (position * x.Shape[first + k]) + indices[(tuple * depth) + k];
            }

            positions[i] = (position * inner) + (i % inner);
        }

        return (positions, [.. shape.Take(shape.Length - 1), .. x.Shape.Skip(first + depth)]);
    }

    private static int Length(IEnumerable<int> shape) => shape.Aggregate(1, (product, d) => product * d);
}

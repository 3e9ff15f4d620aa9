using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Blocks of pixels to maps and back: a transposition of the split axes.</summary>
internal static class RearrangementOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("DepthToSpace", DepthToSpace),
        ("SpaceToDepth", SpaceToDepth),
    ];

    private static Value[] DepthToSpace(NodeContext node)
    {
        var (x, b) = Read(node);
        var (n, maps, height, width) = (x.Shape[0], x.Shape[1] / (b * b), x.Shape[2], x.Shape[3]);
        if (x.Shape[1] % (b * b) != 0)
        {
            throw new OnnxNodeException($"The {x.Shape[1]} maps are no multiple of the square of the blocksize {b}.");
        }

        int[] result = [n, maps, height * b, width * b];
        return node.String("mode", "DCR") switch
        {
            "DCR" => Rearrange(node, x, [n, b, b, maps, height, width], [0, 3, 4, 1, 5, 2], result),
            "CRD" => Rearrange(node, x, [n, maps, b, b, height, width], [0, 1, 4, 2, 5, 3], result),
            var other => throw new OnnxNodeException($"The attribute mode is '{other}'; it must be DCR or CRD."),
        };
    }

    private static Value[] SpaceToDepth(NodeContext node)
    {
        var (x, b) = Read(node);
        var (n, maps, height, width) = (x.Shape[0], x.Shape[1], x.Shape[2] / b, x.Shape[3] / b);
        return x.Shape[2] % b == 0 && x.Shape[3] % b == 0
            ? Rearrange(node, x, [n, maps, height, b, width, b], [0, 3, 5, 1, 2, 4], [n, maps * b * b, height, width])
            : throw new OnnxNodeException($"The {x.Shape[2]} × {x.Shape[3]} pixels are no multiples of the blocksize {b}.");
    }

    private static (Value X, int BlockSize) Read(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        var size = node.Integer("blocksize", 0);
        return x.Rank != 4 ? throw new OnnxNodeException($"The input has {x.Rank} axes; it must be [N, C, H, W].")
            : size is < 1 or > 1 << 14 ? throw new OnnxNodeException($"The attribute blocksize is {size}; it must be 1 to {1 << 14}.")
            : (x, (int)size);
    }

    /// <param name="split">The input's shape with split axes, the batch first.</param>
    /// <param name="order">Of the split axes in the result, the batch first.</param>
    private static Value[] Rearrange(NodeContext node, Value x, int[] split, int[] order, int[] result)
    {
        if (split[0] == 1)
        {
            split = split.Skip(1).ToArray();
            order = order.Skip(1).Select(axis => axis - 1).ToArray();
        }

        var parts = node.Graph.Reshape(x.Floats, new Shape(split));
        return [node.Result(node.Graph.Apply(new Transpose(order.ToEquatableArray()), parts), result)];
    }
}

using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>The blocks that networks of the last years are made of, as importers leave them.</summary>
internal static class BlockCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);
    private static readonly Window Point = Window.Square(1);

    public static IEnumerable<NetworkCase> All() =>
    [
        Of("squeeze and excite", b => SqueezeExcite(b, b.Relu(b.Conv(b.Input(3, 9, 11), 12, Same)))),
        Of("inverted residual with squeeze and excite", b =>
        {
            var swish = new Activation(ActivationKind.Swish, Alpha: 1);
            var x = b.Layer(swish, b.BatchNorm(b.Conv(b.Input(3, 15, 17), 8, Window.Square(3, 2, 1), bias: false)));
            var wide = b.Layer(swish, b.BatchNorm(b.Conv(x, 32, Point, bias: false)));
            var deep = b.Layer(swish, b.BatchNorm(b.Conv(wide, 32, Window.Square(5, padding: 2), groups: 32, bias: false)));
            return b.Layer(new Add(), x, b.BatchNorm(b.Conv(SqueezeExcite(b, deep), 8, Point, bias: false)));
        }),
        Of("layer normalisation over maps", b =>
        {
            var deep = b.Conv(b.Input(12, 7, 9), 12, Window.Square(7, padding: 3), groups: 12);
            var rows = b.Layer(new Transpose([1, 2, 0]), deep);
            var hidden = b.Layer(new Activation(ActivationKind.Gelu), b.Layer(new MatMul(), LayerNorm(b, rows), b.Constant(12, 24)));
            var back = b.Layer(new Add(), b.Layer(new MatMul(), hidden, b.Constant(24, 12)), b.Constant(12));
            return b.Layer(new Add(), b.Layer(new Transpose([2, 0, 1]), back), "in0");
        }),
        Of("upsampling and concat", b =>
        {
            var fine = b.Relu(b.Conv(b.Input(3, 10, 12), 6, Same));
            var coarse = b.Relu(b.Conv(b.MaxPool(fine), 9, Same));
            var up = b.Layer(Twice(2, 6), b.Layer(Twice(1, 5), coarse));
            return b.Conv(b.Relu(b.Conv(b.Layer(new Concat(), fine, up), 6, Same)), 2, Point);
        }),
        Of("pixel shuffle", b =>
        {
            var x = b.Conv(b.Relu(b.Conv(b.Input(1, 6, 7), 8, Window.Square(5, padding: 2))), 9, Same);
            var split = b.Layer(new Transpose([0, 3, 1, 4, 2]), b.Layer(new Reshape(new Shape(1, 3, 3, 6, 7)), x));
            return b.Layer(new Reshape(new Shape(1, 18, 21)), split);
        }),
        Of("attention", b =>
        {
            var x = b.Input(9, 16);
            string Heads(int[] order) => b.Layer(
                new Transpose(order.ToEquatableArray()), b.Layer(new Reshape(new Shape(9, 2, 8)), b.Layer(new Add(), b.Layer(new MatMul(), x, b.Constant(16, 16)), b.Constant(16))));
            var scores = b.Layer(new Binary(BinaryKind.Divide), b.Layer(new MatMul(), Heads([1, 0, 2]), Heads([1, 2, 0])), b.Layer(new Constant(new Shape(1), new FloatData([2.828427f]))));
            var mixed = b.Layer(new MatMul(), b.Layer(new Softmax(2), scores), Heads([1, 0, 2]));
            return b.Layer(new Add(), x, b.Layer(new Reshape(new Shape(9, 16)), b.Layer(new Transpose([1, 0, 2]), mixed)));
        }),
        Of("detector heads", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 12, 16), 16, Window.Square(3, 2, 1)));
            var coarse = b.MaxPool(x);
            string Head(int values) => b.Layer(new Concat(), Rows(b, x, values), Rows(b, coarse, values));
            return [b.Layer(new Activation(ActivationKind.Sigmoid), Head(1)), Head(4), b.Layer(new Softmax(1), Head(2))];
        }),
        Of("instance normalisation", b =>
        {
            var conv = b.Conv(b.Input(3, 7, 9), 5, Same);
            var centred = b.Layer(new Binary(BinaryKind.Subtract), conv, b.Layer(new Reduce(ReduceKind.Mean, [1, 2]), conv));
            var normal = b.Layer(new Binary(BinaryKind.Divide), centred, Deviation(b, centred, [1, 2]));
            return b.Conv(b.Relu(b.Layer(new Add(), b.Layer(new Binary(BinaryKind.Multiply), normal, b.Constant(5, 1, 1)), b.Constant(5, 1, 1))), 3, Same);
        }),
        Of("spatial attention", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 8, 9), 7, Same));
            var both = b.Layer(new Concat(), b.Layer(new Reduce(ReduceKind.Max, [0]), x), b.Layer(new Reduce(ReduceKind.Mean, [0]), x));
            return b.Layer(new Binary(BinaryKind.Multiply), b.Layer(new Activation(ActivationKind.Sigmoid), b.Conv(both, 1, Window.Square(7, padding: 3))), x);
        }),
        Of("one-dimensional network", b =>
        {
            var x = b.Relu(b.BatchNorm(b.Conv(b.Input(4, 1, 33), 9, new Window(1, 5, 1, 2, PadLeft: 2, PadRight: 2))));
            x = b.Layer(new Pool(PoolKind.Max, new Window(1, 3, 1, 2)), b.Layer(new Activation(ActivationKind.Elu, Alpha: 1), b.Conv(x, 12, new Window(1, 3))));
            return b.Softmax(b.Dense(b.Layer(new Reduce(ReduceKind.Mean, [2]), x), 6));
        }),
    ];

    private static string SqueezeExcite(NetworkBuilder b, string x)
    {
        var maps = b.ShapeOf(x).Maps;
        var squeezed = b.Relu(b.Conv(b.Layer(new Reduce(ReduceKind.Mean, [1, 2]), x), maps / 4, Point));
        return b.Layer(new Binary(BinaryKind.Multiply), x, b.Layer(new Activation(ActivationKind.HardSigmoid, Alpha: 1 / 6f, Beta: 0.5f), b.Conv(squeezed, maps, Point)));
    }

    private static string LayerNorm(NetworkBuilder b, string x)
    {
        var centred = b.Layer(new Binary(BinaryKind.Subtract), x, b.Layer(new Reduce(ReduceKind.Mean, [2]), x));
        var normal = b.Layer(new Binary(BinaryKind.Divide), centred, Deviation(b, centred, [2]));
        var maps = b.ShapeOf(x)[2];
        return b.Layer(new Add(), b.Layer(new Binary(BinaryKind.Multiply), normal, b.Constant(maps)), b.Constant(maps));
    }

    private static string Deviation(NetworkBuilder b, string centred, EquatableArray<int> axes)
    {
        var variance = b.Layer(new Reduce(ReduceKind.Mean, axes), b.Layer(new Binary(BinaryKind.Multiply), centred, centred));
        return b.Layer(new Activation(ActivationKind.Sqrt), b.Layer(new Add(), variance, b.Layer(new Constant(new Shape(1), new FloatData([1e-5f])))));
    }

    /// <summary>Values of every pixel as one row per pixel.</summary>
    private static string Rows(NetworkBuilder b, string x, int values)
    {
        var conv = b.Conv(x, values, Same);
        var shape = b.ShapeOf(conv);
        return b.Layer(new Reshape(new Shape(shape.Height * shape.Width, values)), b.Layer(new Transpose([1, 2, 0]), conv));
    }

    private static Resample Twice(int axis, int from) =>
        new(axis, 1, Enumerable.Range(0, 2 * from).Select(i => i / 2).ToEquatableArray(), new FloatData([.. Enumerable.Repeat(1f, 2 * from)]));
}

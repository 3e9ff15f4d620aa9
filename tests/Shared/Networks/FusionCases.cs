using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Sums that a convolution may compute while it stores, and those that it must not; pools and copies at the edges of other layers' layouts.</summary>
internal static class FusionCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);
    private static readonly Window Point = Window.Square(1);

    public static IEnumerable<NetworkCase> All() => Sums().Concat(Layouts());

    private static IEnumerable<NetworkCase> Sums() =>
    [
        Of("sum of two convolutions", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 9, 11), 12, Same));
            return b.Relu(b.Layer(new Add(), b.Conv(x, 20, Point), b.Conv(x, 20, Same)));
        }),
        Of("sum with what is computed later", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 9, 11), 12, Same));
            var first = b.Conv(x, 12, Same);
            var later = b.Relu(b.Conv(x, 12, Window.Square(5, padding: 2)));
            return b.Conv(b.Relu(b.Layer(new Add(), later, first)), 3, Same);
        }),
        Of("sum with a tensor of wider borders", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 10, 7), 17, Point));
            var wide = b.Conv(x, 5, Window.Square(7, padding: 3));
            var sum = b.Layer(new Add(), x, b.Conv(b.Relu(b.Conv(x, 17, Same)), 17, Same));
            return [b.Conv(sum, 4, Same), wide];
        }),
        Of("sum of strided convolutions", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 16, 18), 8, Same));
            var main = b.Conv(b.Relu(b.Conv(x, 24, Window.Square(3, 2, 1))), 24, Same);
            return b.MaxPool(b.Relu(b.Layer(new Add(), main, b.Conv(x, 24, Window.Square(1, 2)))));
        }),
        Of("sum of an input and a convolution", b =>
        {
            var x = b.Input(6, 8, 13);
            return b.Layer(new Add(), b.Conv(x, 6, Same), x);
        }),
        Of("sum of a depthwise convolution", b =>
        {
            var x = b.Conv(b.Input(3, 9, 11), 20, Same);
            return b.Layer(new Activation(ActivationKind.HardSwish), b.Layer(new Add(), b.Conv(x, 20, Same, groups: 20), x));
        }),
        Of("sum of a convolution in groups", b =>
        {
            var x = b.Conv(b.Input(3, 9, 11), 36, Point);
            return b.Relu(b.Layer(new Add(), x, b.Conv(x, 36, Same, groups: 2)));
        }),
        Of("sum of one convolution twice", b =>
        {
            var x = b.Conv(b.Input(3, 9, 11), 12, Same);
            return b.Layer(new Add(), x, x);
        }),
        Of("sums whose convolutions are read elsewhere", b =>
        {
            var x = b.Input(3, 9, 11);
            var (read, given) = (b.Conv(x, 12, Same), b.Conv(x, 12, Point));
            return [b.Layer(new Add(), read, b.Relu(read)), given, b.Layer(new Add(), given, b.Layer(new Activation(ActivationKind.Sigmoid), read))];
        }),
        Of("sum of three convolutions", b =>
        {
            var x = b.Input(3, 9, 11);
            return b.Relu(b.Layer(new Add(), b.Conv(x, 12, Same), b.Conv(x, 12, Point), b.Conv(x, 12, Window.Square(5, padding: 2))));
        }),
        Of("sums of a convolution and constants", b =>
        {
            var x = b.Input(3, 5, 6);
            return [b.Layer(new Add(), b.Conv(x, 4, Same), b.Constant(4, 5, 6)), b.Layer(new Add(), b.Constant(4, 1, 1), b.Conv(x, 4, Same))];
        }),
        Of("sum of sums", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 9, 11), 12, Same));
            var sum = b.Layer(new Add(), b.Conv(x, 12, Same), x);
            return b.Relu(b.Layer(new Add(), b.Conv(sum, 12, Same), sum));
        }),
    ];

    private static IEnumerable<NetworkCase> Layouts() =>
    [
        Of("pools of a convolution", b =>
        {
            var x = b.Conv(b.Input(3, 13, 11), 17, Same);
            Window[] windows =
            [
                Window.Square(2, 2), Window.Square(3, 2, 1), Window.Square(3, 1, 1), Window.Square(5, 3, 2), new(3, 2, 1, 2, PadTop: 2, PadLeft: 1),
                new(3, 3, 2, 2, PadBottom: 1, PadRight: 1), new(3, 3, 1, 1, 2, 2, 2, 2, 2, 2), new(1, 7, 1, 1, PadLeft: 3, PadRight: 3), Window.Square(9, 1, 4),
            ];
            return [.. windows.SelectMany(w => new[]
            {
                b.Layer(new Pool(PoolKind.Max, w), x), b.Layer(new Pool(PoolKind.Average, w), x), b.Layer(new Pool(PoolKind.Average, w, CountPadding: true), x),
            })];
        }),
        Of("transposed tensors of many sizes", b =>
        [
            .. new[] { (3, 9, 13), (12, 7, 9), (33, 5, 16), (2, 20, 20) }.SelectMany(s =>
            {
                var (x, conv) = (b.Input(s.Item1, s.Item2, s.Item3), b.Conv(b.Input(2, s.Item2, s.Item3), s.Item1, Same));
                return new[] { x, conv }.SelectMany(t => new[]
                {
                    b.Layer(new Transpose([1, 2, 0]), t), b.Relu(b.Layer(new Transpose([2, 0, 1]), t)), b.Layer(new Transpose([0, 2, 1]), t), b.Relu(b.Layer(new Transpose([2, 1, 0]), t)),
                });
            }),
        ]),
        Of("softmax over few of many", b =>
            [b.Layer(new Softmax(1), b.Input(61, 2)), b.Layer(new Softmax(1), b.Input(40, 7)), b.Layer(new Softmax(2), b.Input(9, 11, 3)), b.Layer(new Softmax(2), b.Input(2, 3, 5))]),
        Of("fully connected of several panels", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 6, 7), 9, Same));
            return [b.Dense(x, 130), b.Relu(b.Dense(x, 70, density: 0.01)), b.Dense(x, 7, density: 0.1)];
        }),
    ];
}

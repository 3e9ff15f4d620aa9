using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Elements that change places where the tensors on both sides lie in memory in every way: the caller's, the layers', with borders or without.</summary>
internal static class LayoutCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    /// <summary>Movements of [4, 6, 8], beside those of <see cref="MovementCases"/>.</summary>
    private static readonly Operator[] Moves =
    [
        new Transpose([0, 2, 1]), new Transpose([1, 2, 0]), new Slice([3, 5, 7], [-1, -2, -3], [4, 3, 3]), new Pad([1, 0, 1], [1, 1, 0], -1.5f),
        new Gather(0, [3, 0, 1, 1, 2, 0, 3, 1, 2]), new Gather(1, [3, 4, 5, 0, 1, 2]), new Gather(1, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        new Gather(2, [7, 7, 7, 3, 3, 3, 4, 4, 4]), new Gather(2, [7, 0, 3, 3, 6, 1, 0, 5, 5]), new Reshape(new Shape(2, 12, 8)),
        new Reshape(new Shape(3, 4, 16)), new Reshape(new Shape(6, 4, 8)), new Reshape(new Shape(2, 2, 3, 2, 1, 2, 2, 2)),
        new Expand(new Shape(3, 4, 6, 8)), new Flatten(),
    ];

    public static IEnumerable<NetworkCase> All() =>
    [
        Of("movements from the caller to the caller", b => Each(b, b.Input(4, 6, 8))),
        Of("movements from the caller", b => Each(b, b.Input(4, 6, 8)).Select(b.Relu).ToArray()),
        Of("movements to the caller", b => Each(b, b.Relu(b.Input(4, 6, 8)))),
        Of("movements within", b => Each(b, b.Relu(b.Input(4, 6, 8))).Select(b.Relu).ToArray()),
        Of("movements between convolutions", b =>
            Each(b, b.Conv(b.Input(3, 6, 8), 4, Same)).Select(x => b.ShapeOf(x).Rank == 3 ? b.Conv(x, 3, Same) : b.Dense(x, 3)).ToArray()),
        Of("moved twice, sliced and joined between convolutions", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 8, 8), 6, Same));
            var turned = b.Layer(new Transpose([0, 2, 1]), x);
            var low = b.Layer(new Slice([0, 0, 0], [1, 1, 1], [3, 8, 8]), turned);
            var high = b.Layer(new Slice([3, 0, 0], [1, 1, 1], [3, 8, 8]), x);
            return b.Conv(b.Layer(new Concat(), low, high, b.Conv(low, 2, Same)), 5, Same);
        }),
        Of("input moved and read", b =>
        {
            var x = b.Input(3, 5, 7);
            return b.Layer(new Concat(), b.Layer(new Slice([2, 0, 0], [-1, 1, 1], [3, 5, 7]), x), b.Conv(x, 2, Same));
        }),
        Of("input moved to two outputs", b =>
        {
            var x = b.Input(3, 5, 7);
            return [b.Layer(new Flatten(), x), b.Relu(b.Layer(new Transpose([2, 1, 0]), x)), x];
        }),
        Of("reshape of a reshape", b =>
        {
            var matrix = b.Layer(new Reshape(new Shape(15, 14)), b.Conv(b.Input(3, 5, 7), 6, Same));
            return b.Layer(new Reshape(new Shape(2, 7, 15)), b.Layer(new Transpose([1, 0]), matrix));
        }),
        Of("long sums", b =>
        {
            var x = b.Layer(new Activation(ActivationKind.Clip, Minimum: 0.1f, Maximum: 0.3f), b.Input(3, 70, 90));
            int[][] axes = [[0], [1], [2], [1, 2], [0, 1], [0, 1, 2]];
            return [.. axes.Select(a => b.Layer(new Reduce(ReduceKind.Sum, a.ToEquatableArray()), x)), b.Layer(new Reduce(ReduceKind.Mean, [0]), b.Layer(new Flatten(), x))];
        }),
        Of("resample of many taps", b =>
        {
            var x = b.Conv(b.Input(3, 6, 8), 4, Same);
            return [.. Enumerable.Range(0, 3).Select(axis => b.Layer(Average(axis, b.ShapeOf(x)[axis]), x)), b.Layer(Average(0, 20), b.Input(20, 3))];
        }),
        Of("products of large matrices", b =>
        [
            b.Layer(new MatMul(), b.Input(23, 65), b.Input(65, 101)), b.Layer(new MatMul(), b.Input(1, 300), b.Constant(300, 133)),
            b.Layer(new MatMul(), b.Input(2, 9, 31), b.Constant(31, 20)),
            b.Layer(new MatMul(), b.Input(2, 35, 17), b.Input(2, 17, 133)), b.Layer(new MatMul(), b.Input(3, 37, 17), b.Constant(17, 99)), b.Layer(new MatMul(), b.Input(70, 40), b.Input(40, 2)),
        ]),
        Of("softmax of many", b => [.. Enumerable.Range(0, 3).Select(axis => b.Layer(new Softmax(axis), b.Input(37, 5, 61)))]),
    ];

    private static string[] Each(NetworkBuilder b, string x) => [.. Moves.Select(op => b.Layer(op, x))];

    /// <summary>Every result the mean of six neighbours.</summary>
    private static Resample Average(int axis, int from) => new(
        axis, 6, Enumerable.Range(0, 6 * from).Select(i => ((i / 6) + (i % 6)) % from).ToEquatableArray(), new FloatData([.. Enumerable.Repeat(1 / 6f, 6 * from)]));
}

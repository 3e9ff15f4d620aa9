using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Operators that only move elements, and interpolation, from inputs, between convolutions, and one into the other.</summary>
internal static class MovementCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    public static IEnumerable<NetworkCase> All() =>
        Transposes().Concat(Slices()).Concat(Pads()).Concat(Gathers()).Concat(Expands()).Concat(Joins()).Concat(Resamples()).Concat(Chains());

    private static IEnumerable<NetworkCase> Transposes()
    {
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        (int[] Shape, int[] Order)[] others =
        [
            ([33], [0]), ([17, 9], [1, 0]), ([33, 18], [1, 0]), ([2, 3, 4, 5], [0, 2, 3, 1]), ([2, 3, 4, 5], [3, 1, 0, 2]), ([3, 5, 2, 7], [1, 0, 3, 2]),
            ([2, 3, 2, 5, 4], [4, 2, 0, 3, 1]), ([2, 3, 2, 3, 4], [0, 3, 1, 4, 2]), ([1, 2, 1, 3, 1, 2, 1, 3], [7, 5, 3, 1, 0, 2, 4, 6]),
        ];
        yield return Of("transpose of three axes", b => Each(b, b.Input(3, 5, 7), orders.Select(o => new Transpose(o.ToEquatableArray()))));
        yield return Of("transpose of wide maps", b => Each(b, b.Input(18, 4, 17), orders.Select(o => new Transpose(o.ToEquatableArray()))));
        yield return Of("transpose of every rank", b =>
            [.. others.Select(t => b.Layer(new Transpose(t.Order.ToEquatableArray()), b.Input(t.Shape)))]);
        yield return Of("transpose between convolutions", b =>
            Between(b, b.Conv(b.Input(3, 6, 9), 5, Same), orders.Select(o => new Transpose(o.ToEquatableArray()))));
    }

    private static IEnumerable<NetworkCase> Slices()
    {
        Slice[] ofMaps =
        [
            new([0, 0, 0], [1, 1, 1], [2, 6, 9]), new([3, 0, 0], [1, 1, 1], [2, 6, 9]), new([1, 2, 3], [1, 1, 1], [3, 3, 5]),
            new([0, 0, 0], [2, 2, 2], [3, 3, 5]), new([4, 5, 8], [-1, -1, -1], [5, 6, 9]), new([4, 0, 7], [-2, 3, -3], [3, 2, 3]),
            new([2, 4, 6], [1, 1, 1], [1, 1, 1]), new([0, 0, 8], [1, 1, -1], [5, 6, 9]),
        ];
        yield return Of("slices of maps", b => Each(b, b.Input(5, 6, 9), ofMaps));
        yield return Of("slices between convolutions", b => Between(b, b.Conv(b.Input(3, 6, 9), 5, Same), ofMaps));
        yield return Of("slices of every rank", b =>
        [
            b.Layer(new Slice([31], [-3], [9]), b.Input(33)), b.Layer(new Slice([1], [1], [17]), b.Input(33)),
            b.Layer(new Slice([8, 0], [-1, 1], [9, 4]), b.Input(9, 5)), b.Layer(new Slice([0, 1, 0, 4], [1, 1, 2, -2], [2, 2, 2, 3]), b.Input(2, 3, 4, 5)),
            b.Layer(new Slice([1, 0, 0, 2, 0], [-1, 1, 1, 1, 3], [2, 2, 3, 2, 2]), b.Input(2, 2, 3, 4, 5)),
        ]);
        yield return Of("split into branches", b =>
        {
            var conv = b.Relu(b.Conv(b.Input(3, 6, 9), 6, Same));
            var (low, high) = (b.Layer(new Slice([0, 0, 0], [1, 1, 1], [3, 6, 9]), conv), b.Layer(new Slice([3, 0, 0], [1, 1, 1], [3, 6, 9]), conv));
            return b.Layer(new Add(), b.Conv(low, 4, Same), b.Layer(new Concat(), b.Conv(high, 2, Same), b.Conv(b.Layer(new Add(), low, high), 2, Same)));
        });
    }

    private static IEnumerable<NetworkCase> Pads()
    {
        Pad[] ofMaps =
        [
            new([0, 1, 1], [0, 1, 1]), new([1, 0, 0], [2, 0, 0], -1.5f), new([0, 2, 0], [0, 0, 3], 0.25f), new([2, 1, 3], [1, 2, 1], 7), new([0, 0, 0], [0, 0, 0]),
        ];
        yield return Of("pads of maps", b => Each(b, b.Input(5, 6, 9), ofMaps));
        yield return Of("pads between convolutions", b => Between(b, b.Conv(b.Input(3, 6, 9), 5, Same), ofMaps));
        yield return Of("pads of every rank", b =>
        [
            b.Layer(new Pad([2], [5], 3), b.Input(33)), b.Layer(new Pad([0, 1], [2, 0]), b.Input(5, 9)),
            b.Layer(new Pad([1, 0, 2, 1], [0, 1, 0, 2], -1), b.Input(2, 3, 4, 5)), b.Layer(new Pad([0, 1, 0, 0, 1], [1, 0, 0, 1, 0]), b.Input(2, 2, 3, 2, 3)),
        ]);
    }

    private static IEnumerable<NetworkCase> Gathers()
    {
        Gather[] ofMaps = [new(0, [4, 0, 0, 3]), new(0, [2]), new(1, [5, 1, 1, 0, 3, 2, 4]), new(2, [8, 7, 0, 1, 1, 4, 2]), new(2, [3])];
        yield return Of("gathers of maps", b => Each(b, b.Input(5, 6, 9), ofMaps));
        yield return Of("gathers between convolutions", b => Between(b, b.Conv(b.Input(3, 6, 9), 5, Same), ofMaps));
        yield return Of("gathers of every rank", b =>
        [
            b.Layer(new Gather(0, [16, 3, 3, 0, 8]), b.Input(17)), b.Layer(new Gather(1, [4, 2]), b.Input(3, 5)),
            b.Layer(new Gather(2, [3, 0, 3]), b.Input(2, 3, 4, 5)), b.Layer(new Gather(3, [1, 0, 1]), b.Input(2, 1, 3, 2, 3)),
        ]);
    }

    private static IEnumerable<NetworkCase> Expands()
    {
        (int[] From, int[] To)[] shapes =
        [
            ([1], [17]), ([1], [3, 5, 7]), ([7], [3, 5, 7]), ([3, 1, 1], [3, 5, 7]), ([1, 5, 1], [3, 5, 7]), ([5, 1], [3, 5, 7]), ([3, 5, 7], [3, 5, 7]),
            ([3, 5, 7], [2, 3, 5, 7]), ([2, 1, 3, 1], [2, 5, 3, 7]), ([3, 1, 2], [2, 2, 3, 4, 2]),
        ];
        yield return Of("expands of every rank", b => [.. shapes.Select(s => b.Layer(new Expand(new Shape(s.To)), b.Input(s.From)))]);
        yield return Of("expand between convolutions", b =>
        {
            var conv = b.Conv(b.Input(3, 6, 9), 5, Same);
            var pooled = b.Layer(new Expand(new Shape(5, 6, 9)), b.Layer(new GlobalPool(PoolKind.Max), conv));
            var map = b.Layer(new Expand(new Shape(4, 6, 9)), b.Conv(conv, 1, Same));
            return [b.Conv(b.Layer(new Concat(), pooled, conv, map), 4, Same), map];
        });
    }

    private static IEnumerable<NetworkCase> Joins()
    {
        yield return Of("concat along rows and columns", b =>
        {
            var (x, y, z) = (b.Input(3, 5, 7), b.Input(3, 2, 7), b.Input(3, 5, 1));
            return [b.Layer(new Concat(1), x, y, x), b.Layer(new Concat(2), z, x, z)];
        });
        yield return Of("concat along rows and columns between convolutions", b =>
        {
            var x = b.Input(3, 6, 9);
            var (first, second) = (b.Conv(x, 4, Same), b.Conv(x, 4, Same));
            return [b.Conv(b.Layer(new Concat(1), first, second), 3, Same), b.Conv(b.Layer(new Concat(2), second, b.Relu(first)), 3, Same)];
        });
        yield return Of("concat of every rank", b =>
        [
            b.Layer(new Concat(), b.Input(5), b.Constant(7), b.Input(1)), b.Layer(new Concat(1), b.Input(3, 5), b.Constant(3, 2)),
            b.Layer(new Concat(2), b.Input(2, 3, 4, 5), b.Input(2, 3, 1, 5)), b.Layer(new Concat(4), b.Input(2, 1, 3, 2, 3), b.Input(2, 1, 3, 2, 4)),
        ]);
        yield return Of("reshape of every rank", b =>
        {
            var conv = b.Conv(b.Input(3, 4, 6), 5, Same);
            return
            [
                b.Layer(new Reshape(new Shape(2, 3, 4, 5)), b.Input(120)), b.Layer(new Reshape(new Shape(5, 2, 2, 2, 3)), conv),
                b.Layer(new Flatten(), b.Input(2, 3, 4, 5)), b.Layer(new Reshape(new Shape(10, 12)), conv),
            ];
        });
    }

    private static IEnumerable<NetworkCase> Resamples()
    {
        int[][] shapes = [[33], [9, 5], [3, 5, 7], [2, 3, 4, 5]];
        foreach (var taps in new[] { 1, 2, 4 })
        {
            yield return Of(FormattableString.Invariant($"resample of {taps} taps along every axis"), b =>
                [.. shapes.SelectMany(s => Enumerable.Range(0, s.Length), (s, axis) => b.Layer(Interpolation(b, axis, taps, s[axis], (2 * s[axis]) + 1), b.Input(s)))]);
        }

        yield return Of("resample between convolutions", b =>
        {
            var conv = b.Conv(b.Input(3, 6, 9), 5, Same);
            var doubled = b.Layer(Repetition(2, 9), b.Layer(Repetition(1, 6), conv));
            var linear = b.Layer(Interpolation(b, 2, 2, 9, 5), b.Layer(Interpolation(b, 1, 2, 6, 4), conv));
            return [b.Conv(doubled, 4, Same), b.Conv(linear, 4, Same), linear];
        });
        yield return Of("resample of maps between convolutions", b => b.Conv(b.Layer(Interpolation(b, 0, 2, 5, 7), b.Conv(b.Input(3, 6, 9), 5, Same)), 4, Same));
    }

    private static IEnumerable<NetworkCase> Chains()
    {
        yield return Of("space to depth", b =>
        {
            var conv = b.Conv(b.Input(3, 6, 8), 4, Same);
            var split = b.Layer(new Transpose([2, 4, 0, 1, 3]), b.Layer(new Reshape(new Shape(4, 3, 2, 4, 2)), conv));
            return b.Conv(b.Layer(new Reshape(new Shape(16, 3, 4)), split), 5, Same);
        });
        yield return Of("channel shuffle", b =>
        {
            var conv = b.Conv(b.Input(3, 5, 7), 6, Same);
            var shuffled = b.Layer(new Transpose([1, 0, 2, 3]), b.Layer(new Reshape(new Shape(2, 3, 5, 7)), conv));
            return b.Conv(b.Layer(new Reshape(new Shape(6, 5, 7)), shuffled), 6, Same, groups: 2);
        });
        yield return Of("movement of constants", b =>
        {
            var turned = b.Layer(new Transpose([1, 0]), b.Constant(7, 5));
            return [b.Layer(new Add(), b.Input(3, 5, 7), b.Layer(new Slice([0, 6], [1, -1], [5, 7]), turned)), turned];
        });
    }

    private static string[] Each(NetworkBuilder b, string x, IEnumerable<Operator> operators) => [.. operators.Select(op => b.Layer(op, x))];

    /// <summary>Every result is read by a convolution and returned.</summary>
    private static string[] Between(NetworkBuilder b, string x, IEnumerable<Operator> operators)
    {
        var results = Each(b, x, operators);
        return [.. results.Select(r => b.Conv(r, 2, Same)), .. results.Take(2)];
    }

    private static Resample Repetition(int axis, int from) =>
        new(axis, 1, Enumerable.Range(0, 2 * from).Select(i => i / 2).ToEquatableArray(), new FloatData([.. Enumerable.Repeat(1f, 2 * from)]));

    private static Resample Interpolation(NetworkBuilder b, int axis, int taps, int from, int to)
    {
        var indices = Enumerable.Range(0, to * taps).Select(i => Math.Min(from - 1, (i / taps * from / to) + (i % taps)));
        return new Resample(axis, taps, indices.ToEquatableArray(), b.Data(to * taps, 1));
    }
}

using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Operators that combine many elements along axes: reductions, products of matrices, softmax of any rank.</summary>
internal static class ReductionCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);
    private static readonly int[][] AxisSets = [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]];

    public static IEnumerable<NetworkCase> All() => Reductions().Concat(Products()).Concat(Softmaxes());

    private static IEnumerable<NetworkCase> Reductions()
    {
        foreach (var kind in Enum.GetValues<ReduceKind>())
        {
            var sets = AxisSets.Where(axes => axes.Length == 1 || kind is not (ReduceKind.ArgMax or ReduceKind.ArgMin)).ToArray();
            yield return Of($"{kind} over every set of axes", b =>
            {
                var x = b.Input(3, 5, 17);
                return
                [
                    .. sets.Select(axes => b.Layer(new Reduce(kind, axes.ToEquatableArray()), x)),
                    b.Layer(new Reduce(kind, [0]), b.Input(33)), b.Layer(new Reduce(kind, [0]), b.Input(1)), b.Layer(new Reduce(kind, [1]), b.Input(9, 1)),
                    b.Layer(new Reduce(kind, [2]), b.Input(2, 3, 4, 5)), b.Layer(new Reduce(kind, [1]), b.Input(2, 3, 2, 3, 5)),
                ];
            });
            yield return Of($"{kind} between convolutions", b =>
            {
                var conv = b.Conv(b.Input(3, 6, 9), 5, Same);
                var reduced = sets.Select(axes => b.Layer(new Reduce(kind, axes.ToEquatableArray()), conv)).ToArray();
                var back = reduced.Select(r => b.Layer(new Add(), conv, b.Scaled(r, 0.125f)));
                return [b.Conv(b.Layer(new Concat(), [.. back]), 3, Same), .. reduced];
            });
        }

        yield return Of("reductions of several apart axes", b =>
        {
            var (x, y) = (b.Input(2, 3, 4, 5), b.Input(2, 3, 2, 3, 5));
            ReduceKind[] kinds = [ReduceKind.Sum, ReduceKind.Mean, ReduceKind.Max, ReduceKind.Product];
            return [.. kinds.SelectMany(k => new[] { b.Layer(new Reduce(k, [1, 3]), x), b.Layer(new Reduce(k, [0, 2, 4]), y), b.Layer(new Reduce(k, [0, 1, 2, 3]), x) })];
        });
        yield return Of("the first of equal extrema", b =>
        {
            var x = b.Layer(new Activation(ActivationKind.Sign), b.Input(3, 5, 7));
            return [.. Enumerable.Range(0, 3).SelectMany(axis => new[] { b.Layer(new Reduce(ReduceKind.ArgMax, [axis]), x), b.Layer(new Reduce(ReduceKind.ArgMin, [axis]), x) })];
        });
    }

    private static IEnumerable<NetworkCase> Products()
    {
        (int[] A, int[] B)[] shapes =
        [
            ([5, 7], [7, 9]), ([1, 7], [7, 33]), ([5, 1], [1, 17]), ([5, 7], [7, 1]), ([1, 33], [33, 1]), ([17, 3], [3, 16]),
            ([3, 4, 5], [3, 5, 6]), ([3, 4, 5], [5, 6]), ([4, 5], [3, 5, 18]), ([2, 1, 4, 5], [3, 5, 6]), ([2, 3, 4, 5], [2, 3, 5, 7]), ([2, 1, 3, 2, 4], [2, 1, 4, 3]),
        ];
        yield return Of("products of two inputs", b => [.. shapes.Select(s => b.Layer(new MatMul(), b.Input(s.A), b.Input(s.B)))]);
        yield return Of("products with a constant on the right", b => [.. shapes.Select(s => b.Layer(new MatMul(), b.Input(s.A), b.Constant(s.B)))]);
        yield return Of("products with a constant on the left", b => [.. shapes.Select(s => b.Layer(new MatMul(), b.Constant(s.A), b.Input(s.B)))]);
        yield return Of("product of the rows of convolutions", b =>
        {
            var x = b.Input(3, 6, 9);
            var (first, second) = (b.Conv(x, 4, Same), b.Conv(x, 4, Same));
            var product = b.Layer(new MatMul(), first, b.Layer(new Transpose([0, 2, 1]), second));
            return [b.Conv(product, 3, Same), b.Layer(new MatMul(), first, b.Constant(9, 5)), product];
        });
        yield return Of("product of pixels and weights", b =>
        {
            var conv = b.Conv(b.Input(3, 5, 7), 6, Same);
            var pixels = b.Layer(new Transpose([1, 0]), b.Layer(new Reshape(new Shape(6, 35)), conv));
            return b.Relu(b.Layer(new Add(), b.Layer(new MatMul(), pixels, b.Constant(6, 10)), b.Constant(10)));
        });
        yield return Of("dense of a matrix and then a product", b =>
            b.Layer(new MatMul(), b.Layer(new Reshape(new Shape(3, 7)), b.Dense(b.Input(4, 5), 21)), b.Constant(7, 4)));
    }

    private static IEnumerable<NetworkCase> Softmaxes()
    {
        (int[] Shape, int[] Axes)[] shapes = [([2, 3, 4, 5], [0, 1, 2, 3]), ([2, 1, 3, 2, 9], [0, 2, 4]), ([9, 17], [0, 1])];
        yield return Of("softmax of every rank", b =>
            [.. shapes.SelectMany(s => s.Axes, (s, axis) => b.Layer(new Softmax(axis), b.Input(s.Shape)))]);
        yield return Of("softmax between convolutions", b =>
        {
            var conv = b.Conv(b.Input(3, 6, 9), 5, Same);
            var soft = Enumerable.Range(0, 3).Select(axis => b.Layer(new Softmax(axis), conv)).ToArray();
            return [b.Conv(b.Layer(new Concat(), soft), 3, Same), .. soft];
        });
        yield return Of("logarithm of softmax", b => b.Layer(new Activation(ActivationKind.Log), b.Softmax(b.Dense(b.Input(9), 17))));
    }
}

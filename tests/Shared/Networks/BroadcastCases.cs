using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Elementwise operators of two tensors: shapes that are broadcast, constants and computed operands on either side.</summary>
internal static class BroadcastCases
{
    private static readonly int[] Maps = [3, 5, 7];
    private static readonly int[][] Others = [[3, 5, 7], [1], [3, 1, 1], [5, 7], [7], [1, 5, 1]];
    private static readonly Window Same = Window.Square(3, padding: 1);

    private static readonly Operator[] Operators =
        [new Add(), .. Enum.GetValues<BinaryKind>().Select(kind => new Binary(kind))];

    public static IEnumerable<NetworkCase> All() => Computed().Concat(Constants()).Concat(Between()).Concat(Ranks()).Concat(Special());

    private static IEnumerable<NetworkCase> Computed()
    {
        foreach (var op in Operators)
        {
            yield return Of($"{Describe(op)} of two inputs", b =>
            {
                var x = b.Input(Maps);
                return [.. Others.Select(shape => b.Input(shape)).SelectMany(y => BothSides(b, op, x, y))];
            });
        }
    }

    private static IEnumerable<NetworkCase> Constants()
    {
        foreach (var op in Operators)
        {
            yield return Of($"{Describe(op)} with constants", b =>
            {
                var x = b.Input(Maps);
                return [.. Others.Select(b.Constant).SelectMany(y => BothSides(b, op, x, y))];
            });
        }
    }

    /// <summary>Where operands lie as convolutions leave them and the result as the next one wants it.</summary>
    private static IEnumerable<NetworkCase> Between()
    {
        foreach (var op in Operators)
        {
            yield return Of($"{Describe(op)} between convolutions", b =>
            {
                var x = b.Input(3, 6, 9);
                var conv = b.Conv(x, 5, Same);
                var perMap = Apply(b, op, conv, b.Constant(5, 1, 1));
                var scalar = Apply(b, op, b.Constant(1), perMap);
                var pooled = Apply(b, op, scalar, b.Layer(new GlobalPool(PoolKind.Average), conv));
                var other = Apply(b, op, b.Conv(x, 5, Same), pooled);
                return [b.Conv(b.Layer(new Concat(), perMap, other), 3, Same), pooled];
            });
            yield return Of($"{Describe(op)} of a convolution's rows and columns", b =>
            {
                var conv = b.Conv(b.Input(2, 6, 9), 4, Same);
                string[] values =
                [
                    Apply(b, op, conv, b.Constant(9)),
                    Apply(b, op, b.Constant(6, 1), conv),
                    Apply(b, op, conv, b.Input(6, 9)),
                    Apply(b, op, b.Conv(b.Input(1, 6, 9), 1, Same), conv),
                ];
                return [b.Conv(b.Layer(new Concat(), values), 3, Same)];
            });
        }
    }

    private static IEnumerable<NetworkCase> Ranks()
    {
        (int[] A, int[] B)[] pairs =
        [
            ([1], [33]), ([17, 1], [5]), ([3, 1, 5], [4, 1]), ([3, 4, 1], [1, 1, 5]), ([2, 1, 4, 3], [3, 1, 1]), ([2, 3, 1, 5], [1, 3, 4, 1]),
            ([2, 1, 3, 1, 5], [4, 1, 3, 1]), ([1, 1, 1], [3, 5, 7]), ([2, 2, 1, 1, 1], [2, 1, 3, 5, 7]),
        ];
        foreach (var op in new Operator[] { new Add(), new Binary(BinaryKind.Subtract), new Binary(BinaryKind.Multiply) })
        {
            yield return Of($"{Describe(op)} of every rank", b => [.. pairs.Select(p => Apply(b, op, b.Input(p.A), b.Input(p.B)))]);
        }

        yield return Of("Prelu of vectors and of one pixel", b =>
            [.. BothSides(b, new Binary(BinaryKind.Prelu), b.Input(33), b.Constant(33)), Apply(b, new Binary(BinaryKind.Prelu), b.Conv(b.Input(7, 1, 1), 17, Window.Square(1)), b.Constant(17, 1, 1))]);
    }

    private static IEnumerable<NetworkCase> Special()
    {
        yield return Of("Add of three that are broadcast", b =>
        {
            var x = b.Input(3, 5, 7);
            return [b.Layer(new Add(), x, b.Constant(3, 1, 1), b.Input(7)), b.Layer(new Add(), b.Input(1, 5, 1), b.Constant(7), x, x)];
        });
        yield return Of("whole powers of negative values", b =>
        {
            var x = b.Input(5, 9);
            return [.. new float[] { 2, 3, -1, 0, 1 }.Select(e => b.Layer(new Binary(BinaryKind.Power), x, Scalar(b, e)))];
        });
        yield return Of("roots and fractional powers", b =>
        {
            var x = b.Clipped(b.Input(5, 9), 0.25f, 4);
            return [.. new[] { 0.5f, -0.5f, 1 / 3f, 2.5f }.Select(e => b.Layer(new Binary(BinaryKind.Power), x, Scalar(b, e))), b.Layer(new Binary(BinaryKind.Power), Scalar(b, 2), x)];
        });
        yield return Of("a tensor with itself", b =>
        {
            var x = b.Relu(b.Conv(b.Input(2, 5, 7), 3, Same));
            return [.. Operators.Where(op => op is not Binary { Kind: BinaryKind.Divide or BinaryKind.Power }).Select(op => b.Layer(op, x, x))];
        });
        yield return Of("conv scaled and shifted per map then relu", b =>
        {
            var scaled = b.Layer(new Binary(BinaryKind.Multiply), b.Conv(b.Input(3, 7, 9), 5, Same, bias: false), b.Constant(5, 1, 1));
            return b.Conv(b.Relu(b.Layer(new Add(), scaled, b.Constant(5, 1, 1))), 4, Same);
        });
        yield return Of("dense scaled and shifted", b =>
        {
            var scaled = b.Layer(new Binary(BinaryKind.Multiply), b.Constant(17), b.Dense(b.Input(13), 17));
            return b.Dense(b.Relu(b.Layer(new Binary(BinaryKind.Subtract), scaled, b.Constant(1))), 5);
        });
        yield return Of("constants of constants", b =>
        {
            var sum = b.Layer(new Binary(BinaryKind.Multiply), b.Constant(3, 1, 1), b.Constant(5, 1));
            return [b.Layer(new Add(), b.Input(3, 5, 7), sum), b.Layer(new Activation(ActivationKind.Tanh), sum), b.Constant(2, 3)];
        });
    }

    private static string[] BothSides(NetworkBuilder b, Operator op, string x, string y) => [Apply(b, op, x, y), Apply(b, op, y, x)];

    /// <summary>Divisors stay away from 0, bases are positive.</summary>
    private static string Apply(NetworkBuilder b, Operator op, string x, string y) => op switch
    {
        Binary { Kind: BinaryKind.Divide } => b.Layer(op, x, b.Clipped(y, 0.5f, 2)),
        Binary { Kind: BinaryKind.Power } => b.Layer(op, b.Clipped(x, 0.25f, 2), b.Clipped(y, -2, 2)),
        _ => b.Layer(op, x, y),
    };

    private static string Scalar(NetworkBuilder b, float value) => b.Layer(new Constant(new Shape(1), new FloatData([value])));

    private static string Describe(Operator op) => op is Binary binary ? binary.Kind.ToString() : "Add";
}

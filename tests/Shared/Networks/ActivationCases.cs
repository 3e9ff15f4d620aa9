using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>
/// Elementwise functions beyond the simplest: over the ranges in which they are hard to compute, fused into what they follow,
/// and as layers of their own between convolutions.
/// </summary>
internal static class ActivationCases
{
    private const int PerNetwork = 4;

    private static readonly Window Same = Window.Square(3, padding: 1);

    private static readonly Activation[] Functions =
    [
        new(ActivationKind.Elu, Alpha: 1),
        new(ActivationKind.Elu, Alpha: 0.5f),
        new(ActivationKind.Selu, Alpha: 1.67326319f, Beta: 1.05070102f),
        new(ActivationKind.HardSigmoid, Alpha: 0.2f, Beta: 0.5f),
        new(ActivationKind.HardSigmoid, Alpha: -0.75f, Beta: 0.25f),
        new(ActivationKind.Tanh),
        new(ActivationKind.Softplus),
        new(ActivationKind.Softsign),
        new(ActivationKind.Gelu),
        new(ActivationKind.GeluTanh),
        new(ActivationKind.Mish),
        new(ActivationKind.Swish, Alpha: 1),
        new(ActivationKind.Swish, Alpha: 1.702f),
        new(ActivationKind.ThresholdedRelu, Alpha: 0.5f),
        new(ActivationKind.ThresholdedRelu, Alpha: -0.25f),
        new(ActivationKind.Exp),
        new(ActivationKind.Log),
        new(ActivationKind.Sqrt),
        new(ActivationKind.Abs),
        new(ActivationKind.Neg),
        new(ActivationKind.Reciprocal),
        new(ActivationKind.Erf),
        new(ActivationKind.Floor),
        new(ActivationKind.Ceil),
        new(ActivationKind.Round),
        new(ActivationKind.Sign),
        new(ActivationKind.Sin),
        new(ActivationKind.Cos),
    ];

    public static IEnumerable<NetworkCase> All() => Ranges().Concat(Special()).Concat(Fused()).Concat(Between());

    /// <summary>Around 0, close to 0, large, in a vector whose length is no multiple of any width.</summary>
    private static IEnumerable<NetworkCase> Ranges()
    {
        foreach (var function in Functions)
        {
            yield return Of($"{Describe(function)} over its range", b =>
            {
                var (x, y) = (Domain(b, function, b.Input(3, 5, 7)), Domain(b, function, b.Input(33)));
                string[] arguments = NeedsPositive(function.Kind)
                    ? [x, y, b.Clipped(b.Scaled("in0", 1e20f), 1e-30f, 1e30f)]
                    : [x, y, b.Scaled("in0", 1 / 16384f), b.Scaled("in0", 16), b.Clipped(b.Scaled("in0", 16), -30, -5)];
                return [.. arguments.Select(a => b.Layer(function, a))];
            });
        }
    }

    private static IEnumerable<NetworkCase> Special()
    {
        yield return Of("Log close to one", b => b.Layer(new Activation(ActivationKind.Log), b.Scaled(b.Input(5, 17), 1 / 16384f, 1)));
        yield return Of("Sqrt of zeros and Reciprocal of negative values", b =>
        {
            var x = b.Input(3, 5, 7);
            return
            [
                b.Layer(new Activation(ActivationKind.Sqrt), b.Relu(x)),
                b.Layer(new Activation(ActivationKind.Reciprocal), b.Clipped(x, -2, -0.25f)),
            ];
        });
        yield return Of("whole numbers of halves, zeros and values beyond integers", b =>
        {
            var x = b.Input(3, 5, 7);
            string[] arguments =
            [
                b.Scaled(b.Layer(new Activation(ActivationKind.Floor), b.Scaled(x, 4)), 0.5f),
                b.Relu(x),
                b.Scaled(x, 1 << 23),
                b.Scaled(x, 1L << 40),
            ];
            ActivationKind[] kinds = [ActivationKind.Floor, ActivationKind.Ceil, ActivationKind.Round, ActivationKind.Sign];
            return [.. arguments.SelectMany(_ => kinds, (a, kind) => b.Layer(new Activation(kind), a))];
        });
    }

    private static IEnumerable<NetworkCase> Fused()
    {
        foreach (var functions in Functions.Where(f => !NeedsPositive(f.Kind)).Chunk(PerNetwork))
        {
            yield return Of($"conv and dense then {Describe(functions)}", b =>
            {
                var x = b.Input(2, 5, 7);
                return [.. functions.SelectMany(f => new[] { b.Layer(f, b.Conv(x, 3, Same)), b.Layer(f, b.Dense(x, 5)) })];
            });
        }
    }

    /// <summary>Not fusable, for the argument is read again. Where f(0) is not 0, the padding must not become it.</summary>
    private static IEnumerable<NetworkCase> Between()
    {
        foreach (var functions in Functions.Chunk(PerNetwork))
        {
            yield return Of($"{Describe(functions)} between convolutions", b =>
            {
                var conv = b.Conv(b.Input(3, 6, 9), 5, Same);
                var values = functions.Select(f => b.Layer(f, Domain(b, f, conv))).ToArray();
                return [b.Conv(b.Layer(new Concat(), [conv, .. values]), 3, Same), values[0]];
            });
        }
    }

    private static bool NeedsPositive(ActivationKind kind) =>
        kind is ActivationKind.Log or ActivationKind.Sqrt or ActivationKind.Reciprocal;

    private static string Domain(NetworkBuilder b, Activation function, string x) =>
        NeedsPositive(function.Kind) ? b.Clipped(x, 0.25f, 4) : x;

    private static string Describe(Activation function) => FormattableString.Invariant(
        $"{function.Kind}{(Activation.UsesAlpha(function.Kind) ? $" {function.Alpha:0.0##}" : "")}");

    private static string Describe(IEnumerable<Activation> functions) => string.Join(", ", functions.Select(Describe));
}

using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Quotients, powers and functions made of exponentials, in cheap forms where they give the same floats.</summary>
internal static class Powers
{
    /// <summary>a / b; a product if the reciprocals of a constant b are exact.</summary>
    public static Tensor Quotient(this GraphBuilder graph, Tensor a, Tensor b) => b.Constant is { } divisors && All(divisors.Span, IsPowerOfTwo)
        ? graph.Multiply(a, b with { Constant = new FloatData(divisors.Span.ToArray().Select(d => 1 / d).ToArray()) })
        : graph.Divide(a, b);

    /// <summary>a to the power of b; products, a root or a reciprocal if b is one constant.</summary>
    public static Tensor Power(this GraphBuilder graph, Tensor a, Tensor b) => Single(a, b) switch
    {
        1 => a,
        2 => graph.Multiply(a, a),
        3 => graph.Multiply(graph.Multiply(a, a), a),
        0.5f => graph.Activate(ActivationKind.Sqrt, a),
        -1 => graph.Activate(ActivationKind.Reciprocal, a),
        _ => graph.Binary(BinaryKind.Power, a, b),
    };

    /// <summary>(e^x + e^−x) / 2.</summary>
    public static Tensor HyperbolicCosine(GraphBuilder graph, Tensor x) => graph.Multiply(
        graph.Add(graph.Activate(ActivationKind.Exp, x), graph.Activate(ActivationKind.Exp, graph.Activate(ActivationKind.Neg, x))), 0.5f);

    /// <summary>(e^x − e^−x) / 2, as e^t · (1 − e^−2t) / 2 with t = |x| and the sign of x, which does not cancel near 0.</summary>
    public static Tensor HyperbolicSine(GraphBuilder graph, Tensor x)
    {
        var t = graph.Activate(ActivationKind.Abs, x);
        var rest = graph.Apply(new Activation(ActivationKind.Elu, Alpha: 0.5f), graph.Multiply(t, -2));
        var negative = graph.Multiply(graph.Activate(ActivationKind.Exp, t), rest);
        return graph.Multiply(negative, graph.Activate(ActivationKind.Sign, graph.Activate(ActivationKind.Neg, x)));
    }

    public static Tensor Tangent(GraphBuilder graph, Tensor x) =>
        graph.Divide(graph.Activate(ActivationKind.Sin, x), graph.Activate(ActivationKind.Cos, x));

    /// <summary>The constant that all elements of b are, if broadcasting to b leaves a as it is; else null.</summary>
    private static float? Single(Tensor a, Tensor b) =>
        b.Constant is { Length: > 0 } constant && All(constant.Span, x => x == constant[0])
        && GraphVerifier.InferShape(new Add(), [a.Shape, b.Shape]).Shape?.Length == a.Shape.Length
            ? constant[0]
            : null;

    private static bool All(ReadOnlySpan<float> values, Func<float, bool> condition)
    {
        foreach (var value in values)
        {
            if (!condition(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether x is ±2^n and 2^−n is a normal float too.</summary>
    private static bool IsPowerOfTwo(float x)
    {
        var bits = BitConverter.ToInt32(BitConverter.GetBytes(x), 0);
        var exponent = (bits >> 23) & 0xff;
        return (bits & 0x7fffff) == 0 && exponent is > 0 and < 254;
    }
}

namespace KernelGen.Model;

/// <summary>Elementwise function. A parameter that the kind does not use keeps its default, so that equal functions are equal.</summary>
/// <param name="Alpha">See <see cref="ActivationKind"/>.</param>
/// <param name="Minimum">Clip: the lower bound.</param>
/// <param name="Maximum">Clip: the upper bound.</param>
/// <param name="Beta">See <see cref="ActivationKind"/>.</param>
public sealed record Activation(ActivationKind Kind, float Alpha = 0.01f, float Minimum = 0, float Maximum = 6, float Beta = 0) : Operator
{
    public static Activation Relu { get; } = new(ActivationKind.Relu);

    public float Alpha { get; init; } = UsesAlpha(Kind) ? Alpha : 0.01f;

    public float Minimum { get; init; } = Kind == ActivationKind.Clip ? Minimum : 0;

    public float Maximum { get; init; } = Kind == ActivationKind.Clip ? Maximum : 6;

    public float Beta { get; init; } = UsesBeta(Kind) ? Beta : 0;

    /// <summary>Whether the function depends on <see cref="Alpha"/>.</summary>
    public static bool UsesAlpha(ActivationKind kind) =>
        kind is ActivationKind.LeakyRelu or ActivationKind.Elu or ActivationKind.Selu or ActivationKind.HardSigmoid
            or ActivationKind.Swish or ActivationKind.ThresholdedRelu;

    /// <summary>Whether the function depends on <see cref="Beta"/>.</summary>
    public static bool UsesBeta(ActivationKind kind) => kind is ActivationKind.Selu or ActivationKind.HardSigmoid;
}

public enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>x above zero, Alpha·x below.</summary>
    LeakyRelu,

    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid,

    /// <summary>x · min(max(x / 6 + 1 / 2, 0), 1).</summary>
    HardSwish,

    /// <summary>min(max(x, Minimum), Maximum).</summary>
    Clip,

    /// <summary>x above zero, Alpha·(e^x − 1) below.</summary>
    Elu,

    /// <summary>Beta·x above zero, Beta·Alpha·(e^x − 1) below.</summary>
    Selu,

    /// <summary>min(max(Alpha·x + Beta, 0), 1).</summary>
    HardSigmoid,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>ln(1 + e^x).</summary>
    Softplus,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>x / 2 · (1 + erf(x / √2)).</summary>
    Gelu,

    /// <summary>x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715·x³))).</summary>
    GeluTanh,

    /// <summary>x · tanh(ln(1 + e^x)).</summary>
    Mish,

    /// <summary>x / (1 + e^−(Alpha·x)).</summary>
    Swish,

    /// <summary>x above Alpha, else 0.</summary>
    ThresholdedRelu,

    /// <summary>e^x.</summary>
    Exp,

    /// <summary>Natural logarithm.</summary>
    Log,

    /// <summary>Square root.</summary>
    Sqrt,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>−x.</summary>
    Neg,

    /// <summary>1 / x.</summary>
    Reciprocal,

    /// <summary>Gauss error function.</summary>
    Erf,

    /// <summary>The largest integer that is not above x.</summary>
    Floor,

    /// <summary>The smallest integer that is not below x.</summary>
    Ceil,

    /// <summary>The nearest integer, of two the even one.</summary>
    Round,

    /// <summary>−1, 0 or 1.</summary>
    Sign,

    /// <summary>Sine of x radians.</summary>
    Sin,

    /// <summary>Cosine of x radians.</summary>
    Cos,
}

namespace KernelGen.Model;

/// <summary>
/// The definition of every elementwise function. Everything is computed in 64 bits and rounded once; an infinity gives the limit.
/// </summary>
public static class Functions
{
    /// <summary>The activation of one value.</summary>
    public static float Activate(Activation activation, float x) => (float)(activation.Kind switch
    {
        ActivationKind.Relu => x > 0 ? x : 0,
        ActivationKind.Relu6 => Clamp(x, 0, 6),
        ActivationKind.LeakyRelu => x > 0 ? x : (double)activation.Alpha * x,
        ActivationKind.Sigmoid => Sigmoid(x),
        ActivationKind.HardSwish => Weighted(x, Clamp((x / 6.0) + 0.5, 0, 1)),
        ActivationKind.Clip => Clamp(x, activation.Minimum, activation.Maximum),
        ActivationKind.Elu => x > 0 ? x : activation.Alpha * ExpMinus1(x),
        ActivationKind.Selu => (double)activation.Beta * (x > 0 ? x : activation.Alpha * ExpMinus1(x)),
        ActivationKind.HardSigmoid => Clamp(((double)activation.Alpha * x) + activation.Beta, 0, 1),
        ActivationKind.Tanh => Math.Tanh(x),
        ActivationKind.Softplus => Softplus(x),
        ActivationKind.Softsign => float.IsInfinity(x) ? Math.Sign(x) : x / (1 + Math.Abs((double)x)),
        ActivationKind.Gelu => Weighted(x, ErrorFunction.Complement(-x / Math.Sqrt(2)) / 2),
        // 1 + tanh(z) = 2σ(2z), where nothing cancels.
        ActivationKind.GeluTanh => Weighted(x, Sigmoid(2 * Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * (double)x)))),
        ActivationKind.Mish => Weighted(x, Math.Tanh(Softplus(x))),
        ActivationKind.Swish => Weighted(x, Sigmoid(activation.Alpha * (double)x)),
        ActivationKind.ThresholdedRelu => x > activation.Alpha ? x : 0,
        ActivationKind.Exp => Math.Exp(x),
        ActivationKind.Log => Math.Log(x),
        ActivationKind.Sqrt => Math.Sqrt(x),
        ActivationKind.Abs => Math.Abs(x),
        ActivationKind.Neg => -x,
        ActivationKind.Reciprocal => 1.0 / x,
        ActivationKind.Erf => ErrorFunction.Of(x),
        ActivationKind.Floor => Math.Floor(x),
        ActivationKind.Ceil => Math.Ceiling(x),
        ActivationKind.Round => Math.Round(x, MidpointRounding.ToEven),
        ActivationKind.Sign => x > 0 ? 1 : x < 0 ? -1 : x,
        ActivationKind.Sin => Math.Sin(x),
        ActivationKind.Cos => Math.Cos(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    });

    /// <summary>The binary operator on one pair of values.</summary>
    public static float Combine(BinaryKind kind, float a, float b) => kind switch
    {
        BinaryKind.Subtract => (float)((double)a - b),
        BinaryKind.Multiply => (float)((double)a * b),
        BinaryKind.Divide => (float)((double)a / b),
        BinaryKind.Power => (float)Math.Pow(a, b),
        BinaryKind.Minimum => a < b ? a : b,
        BinaryKind.Maximum => a > b ? a : b,
        BinaryKind.Prelu => a > 0 ? a : (float)((double)a * b),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // The weight vanishes faster than x grows: their product at infinity is 0.
    private static double Weighted(double x, double weight) => double.IsInfinity(x) && weight == 0 ? 0 : x * weight;

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Max(x, 0) + Log1Plus(Math.Exp(-Math.Abs(x)));

    // A NaN becomes the minimum, as a ReLU's becomes 0.
    private static double Clamp(double x, double minimum, double maximum) => x > minimum ? (x < maximum ? x : maximum) : minimum;

    // e^x − 1 and ln(1 + x) without cancellation near 0 (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.14).
    private static double ExpMinus1(double x)
    {
        var e = Math.Exp(x);
        return e == 1 ? x : e == 0 ? -1 : (e - 1) * (x / Math.Log(e));
    }

    private static double Log1Plus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}

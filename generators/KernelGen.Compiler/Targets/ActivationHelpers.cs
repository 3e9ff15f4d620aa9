using System.Text;

namespace KernelGen.Compiler.Targets;

/// <summary>
/// The elementwise functions that no instruction computes, as C# text in terms of a target's helpers, so that vectors of every
/// width and single floats compute the same. Results are within about 1e-6 of their own size, near zero and far out too;
/// infinities give the functions' limits and not-a-number gives itself.
/// </summary>
internal static class ActivationHelpers
{
    /// <summary>Beyond it e^−x is nothing next to the smallest float.</summary>
    public const float ExponentBound = 104;

    // ln 2 in two parts: 355 / 512, whose product with an integer exponent is exact, and the rest.
    private const float Ln2High = 355f / 512;
    private const float Ln2Low = (float)(0.693147180559945309 - (355.0 / 512));
    private const float Log2E = 1.44269504f;

    /// <summary>
    /// erfc(t) · e^(t²) · (1 + 2t) as a polynomial in (t − 2) / (t + 2), lowest power first: interpolated for KernelGen at the
    /// Chebyshev points of 0 ≤ t ≤ 10.75, wrong by 2.2e-8 of its value at most. The form is that of Shepherd and Laframboise,
    /// Chebyshev approximation of (1 + 2x) exp(x²) erfc(x), Mathematics of Computation 36 (1981).
    /// </summary>
    private static readonly float[] ScaledErfc =
    [
        1.27697839f, -0.0927640286f, -0.166031233f, 0.164056245f, -0.0542056738f,
        -0.0080643928f, 0.00863398071f, 0.00132111653f, -0.00122987567f, -0.00040335085f,
    ];

    /// <summary>erf(x) / x in powers of x², the Maclaurin series (Abramowitz and Stegun, 7.1.5).</summary>
    private static readonly float[] ErfSeries = Series(7, k => 2 / Math.Sqrt(Math.PI) * (k % 2 == 0 ? 1 : -1) / (Factorial(k) * ((2 * k) + 1)));

    /// <summary>(e^r − 1 − r) / r² for |r| ≤ 0.4, the Maclaurin series.</summary>
    private static readonly float[] ExpSeries = Series(6, k => 1 / Factorial(k + 2));

    /// <summary>(artanh(s) − s) · 2 / s³ in powers of s² for 0 ≤ s ≤ 1/3, the Maclaurin series.</summary>
    private static readonly float[] ArtanhSeries = Series(8, k => 2.0 / ((2 * k) + 3));

    /// <summary>The helpers for one target; each uses only those after it, and the target's own.</summary>
    public static IEnumerable<Helper> For(Target target)
    {
        var (s, one, two, zero) = (target.Suffix, target.Constant(1), target.Constant(2), target.Zero);
        return
        [
            // x times a factor that vanishes: x stops where the product is nothing, lest the factor 0 meet an infinity.
            Function("Gelu", "x", $"""
                x = Max{s}({target.Constant(-15)}, x);
                var a = Min{s}({target.Constant(15)}, Abs{s}(x));
                var h = High{s}(a);
                var half = {target.Constant(0.5f)};
                var e = Erfc{s}(a * {target.Constant(0.707106781f)}, -half * h * h, -half * (a - h) * (a + h));
                return half * x * Above{s}(x, {zero}, {two} - e, e);
                """),
            Function("GeluTanh", "x", $"""
                x = Max{s}({target.Constant(-11)}, x);
                var z = x * F{s}(x * x, {target.Constant((float)(0.044715 * Math.Sqrt(8 / Math.PI)))}, {target.Constant((float)Math.Sqrt(8 / Math.PI))});
                return x / ({one} + Exp{s}(-z));
                """),
            Function("Mish", "x", $"""
                // tanh(ln(1 + e)) = ((1 + e)² − 1) / ((1 + e)² + 1)
                x = Max{s}({target.Constant(-ExponentBound)}, x);
                var e = Exp{s}(Min{s}({target.Constant(20)}, x));
                var n = e * (e + {two});
                return x * (n / (n + {two}));
                """),
            Function("Swish", "x, alpha", $"return x / ({one} + Exp{s}(-(alpha * x)));"),
            Function("Sigmoid", "x", $"return {one} / ({one} + Exp{s}(-x));"),
            Function("Elu", "x, alpha", $"return Above{s}(x, {zero}, x, alpha * ExpM1{s}(Min{s}({zero}, x)));"),
            Function("Tanh", "x", $"""
                var e = ExpM1{s}(Abs{s}(x) * {target.Constant(-2)});
                return CopySign{s}(e / (e + {two}), x);
                """),
            Function("Softplus", "x", $"""
                // ln(1 + u) = 2 artanh(u / (2 + u))
                var u = Exp{s}(-Abs{s}(x));
                var r = u / (u + {two});
                var w = r * r;
                {Polynomial(target, ArtanhSeries, "w")}
                return Max{s}({zero}, x) + F{s}(r * w, p, r + r);
                """),
            Function("Erf", "x", $"""
                var a = Abs{s}(x);
                var t = Min{s}({target.Constant(10)}, a);
                var h = High{s}(t);
                var far = CopySign{s}({one} - Erfc{s}(t, -(h * h), -((t - h) * (t + h))), x);
                var w = x * x;
                {Polynomial(target, ErfSeries, "w")}
                return Above{s}(a, {target.Constant(0.5f)}, far, x * p);
                """),
            Inlined("Softsign", "x", $"""
                x = Max{s}({target.Constant(float.MinValue)}, Min{s}({target.Constant(float.MaxValue)}, x));
                return x / ({one} + Abs{s}(x));
                """),
            Inlined("Sign", "x", $"return Above{s}(x, {zero}, {one}, Above{s}({zero}, x, {target.Constant(-1)}, x));"),
            Inlined("ThresholdedRelu", "x, alpha", $"return Above{s}(x, alpha, x, {zero});"),

            // erfc(t) for 0 ≤ t ≤ 10.75, given −t² in two parts, of which the rounded one is small.
            Inlined("Erfc", "t, square, rest", $"""
                var v = (t - {two}) / (t + {two});
                {Polynomial(target, ScaledErfc, "v")}
                return ExpSum{s}(square, rest) * (p / F{s}(t, {two}, {one}));
                """),
            Inlined("Exp", "x", $"return ExpSum{s}(Min{s}({target.Constant(89)}, Max{s}({target.Constant(-ExponentBound)}, x)), {zero});"),

            // e^(x + rest) for a small rest: 2^n · e^r with |r| ≤ ln(2) / 2 + |rest|. Two factors, so that 2^n may be too large or small for a float.
            Inlined("ExpSum", "x, rest", $"""
                {Reduce(target)}
                r = r + rest;
                {Polynomial(target, ExpSeries, "r")}
                var half = Floor{s}(n * {target.Constant(0.5f)});
                return F{s}(r * r, p, r + {one}) * PowerOf2{s}(half) * PowerOf2{s}(n - half);
                """),

            // e^x − 1 for x ≤ 0: 2^n · (e^r − 1) + (2^n − 1), where nothing cancels.
            Inlined("ExpM1", "x", $"""
                x = Max{s}({target.Constant(-30)}, x);
                {Reduce(target)}
                {Polynomial(target, ExpSeries, "r")}
                var power = PowerOf2{s}(n);
                return F{s}(power, F{s}(r * r, p, r), power - {one});
                """),
        ];

        Helper Function(string name, string parameters, string body) => Inlined(name, parameters, body) with { IsInlined = false };

        Helper Inlined(string name, string parameters, string body) => new(
            name + s, $"{target.Type} {name}{s}({string.Join(", ", parameters.Split([", "], StringSplitOptions.None).Select(p => $"{target.Type} {p}"))})", body)
        {
            IsBlock = true,
        };
    }

    /// <summary>x = n · ln 2 + r.</summary>
    private static string Reduce(Target target) => $"""
        var n = Round{target.Suffix}(x * {target.Constant(Log2E)});
        var r = F{target.Suffix}(n, {target.Constant(-Ln2High)}, x);
        r = F{target.Suffix}(n, {target.Constant(-Ln2Low)}, r);
        """;

    /// <summary>p = the polynomial in a variable, by Horner's rule.</summary>
    private static string Polynomial(Target target, float[] coefficients, string variable)
    {
        var text = new StringBuilder();
        text.Append("var p = ").Append(target.Constant(coefficients[coefficients.Length - 1])).Append(';');
        for (var k = coefficients.Length - 2; k >= 0; k--)
        {
            text.Append($"\np = F{target.Suffix}(p, {variable}, {target.Constant(coefficients[k])});");
        }

        return text.ToString();
    }

    private static float[] Series(int terms, Func<int, double> coefficient) => Enumerable.Range(0, terms).Select(k => (float)coefficient(k)).ToArray();

    private static double Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);
}

namespace KernelGen.Model;

/// <summary>The error function and its complement, each to about 1e-15 of its value.</summary>
internal static class ErrorFunction
{
    private const double SeriesBelow = 2.5;

    /// <summary>By Maclaurin series for small |x|, by the complement for large.</summary>
    public static double Of(double x) => Math.Abs(x) < SeriesBelow ? Series(x) : 1 - Complement(x);

    /// <summary>1 − erf(x), by Maclaurin series for small |x|, by continued fraction for large (Abramowitz and Stegun, 7.1.5 and 7.1.14).</summary>
    public static double Complement(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        return Math.Abs(x) < SeriesBelow ? 1 - Series(x) : x > 0 ? Fraction(x) : 2 - Fraction(-x);
    }

    private static double Series(double x)
    {
        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double Fraction(double x)
    {
        const int Depth = 60;
        var denominator = x;
        for (var k = Depth; k > 0; k--)
        {
            denominator = x + (k / 2.0 / denominator);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * denominator);
    }
}

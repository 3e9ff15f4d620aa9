using System.Globalization;

namespace KernelGen.Search.Reports;

/// <summary>Figures as people read them, the same under every culture.</summary>
internal static class Numbers
{
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Fixed(double value, int decimals) => value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Three significant digits, never in exponent form: 0.123, 4.56, 78.9, 1,234.</summary>
    public static string Short(double value)
    {
        var magnitude = Math.Abs(value);
        return magnitude switch
        {
            < 1 => value.ToString("0.###;−0.###;0", CultureInfo.InvariantCulture),
            < 10 => value.ToString("0.##;−0.##;0", CultureInfo.InvariantCulture),
            < 100 => value.ToString("0.#;−0.#;0", CultureInfo.InvariantCulture),
            _ => value.ToString("#,0;−#,0", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A probability with its sign of relation, not to be broken between them: four decimals, or a bound when it is smaller.</summary>
    public static string Probability(double p) => p < 0.0001 ? "<\u00a00.0001" : "=\u00a0" + Fixed(p, 4);

    /// <summary>A part of a whole in percent; 0 of 0 is 0.</summary>
    public static string Percent(long part, long whole, int decimals = 1) => Fixed(whole == 0 ? 0 : 100.0 * part / whole, decimals) + "%";

    /// <summary>A signed difference: +0.35, −0.10.</summary>
    public static string Signed(double value, int decimals) => value.ToString($"+0.{new string('0', decimals)};−0.{new string('0', decimals)}", CultureInfo.InvariantCulture);

    /// <summary>A value with its error bar: 11.00 ± 0.70.</summary>
    public static string WithBar(string value, double error) => $"{value} ± {Fixed(error, 2)}";

    /// <summary>How many times as fast: 3.59×. A dash if there is nothing to compare.</summary>
    public static string Times(double before, double after) => before > 0 && after > 0 ? Fixed(before / after, 2) + "×" : "–";

    public static string Kibibytes(long bytes) => bytes < 10_240 ? Count(bytes) + " B" : Count((bytes + 512) / 1024) + " KiB";
}

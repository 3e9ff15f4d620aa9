using System.Globalization;
using System.Numerics;
using System.Text;

namespace KernelGen.Compiler.Emit;

/// <summary>C# literals that are the same text on every host and in every culture.</summary>
internal static class Literals
{
    /// <summary>
    /// The float as a C# literal of at most nine significant digits that reads back as the same bits, −0 included. Made from the
    /// bits by exact integer arithmetic, since hosts on .NET Framework format floats differently.
    /// </summary>
    public static string Float(float value)
    {
        var bits = Bits(value);
        var sign = bits >> 31 == 0 ? string.Empty : "-";
        var exponent = (int)((bits >> 23) & 0xFF);
        var fraction = bits & 0x7FFFFF;
        if (exponent == 0xFF)
        {
            throw new ArgumentOutOfRangeException(nameof(value), "Only finite constants can be emitted.");
        }

        if (exponent == 0 && fraction == 0)
        {
            return sign + "0f";
        }

        // value = mantissa × 2^power
        var mantissa = exponent == 0 ? fraction : fraction | 0x800000;
        var power = Math.Max(exponent, 1) - 150;
        for (var digits = 7; ; digits++)
        {
            var (number, scale) = Round(mantissa, power, digits);
            if (digits == 9 || ReadsBack(number, scale, mantissa, power))
            {
                return sign + Format(number, scale) + "f";
            }
        }
    }

    public static uint Bits(float value) => unchecked((uint)BitConverter.ToInt32(BitConverter.GetBytes(value), 0));

    public static string Int(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A C# string literal.</summary>
    public static string String(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            text.Append(c is '"' or '\\' ? $"\\{c}" : c is >= ' ' and < (char)127 ? c.ToString() : $"\\u{((int)c).ToString("x4", CultureInfo.InvariantCulture)}");
        }

        return text.Append('"').ToString();
    }

    /// <summary>The decimal number × 10^scale of this many digits that is nearest to mantissa × 2^power.</summary>
    private static (BigInteger Number, int Scale) Round(uint mantissa, int power, int digits)
    {
        var magnitude = (int)Math.Floor((power + Math.Log(mantissa, 2)) * 0.30102999566398120);
        for (var scale = magnitude - digits + 1; ; scale++)
        {
            var numerator = new BigInteger(mantissa);
            var denominator = BigInteger.One;
            Scale(ref numerator, ref denominator, 2, power);
            Scale(ref numerator, ref denominator, 10, -scale);
            var number = ((numerator * 2) + denominator) / (denominator * 2);
            if (number < BigInteger.Pow(10, digits))
            {
                return (number, scale);
            }
        }
    }

    /// <summary>Whether number × 10^scale lies strictly within half a unit in the last place of mantissa × 2^power.</summary>
    private static bool ReadsBack(BigInteger number, int scale, uint mantissa, int power)
    {
        // Compare |number × 10^scale − mantissa × 2^power| with a quarter of 2^power: safe at powers of two, too.
        var left = number * 4;
        var right = new BigInteger(mantissa) * 4;
        var one = BigInteger.One;
        BigInteger leftDenominator = 1, rightDenominator = 1, oneDenominator = 1;
        Scale(ref left, ref leftDenominator, 10, scale);
        Scale(ref right, ref rightDenominator, 2, power);
        Scale(ref one, ref oneDenominator, 2, power);
        var difference = BigInteger.Abs((left * rightDenominator) - (right * leftDenominator));
        return difference * oneDenominator < one * leftDenominator * rightDenominator;
    }

    private static void Scale(ref BigInteger numerator, ref BigInteger denominator, int radix, int power)
    {
        if (power >= 0)
        {
            numerator *= BigInteger.Pow(radix, power);
        }
        else
        {
            denominator *= BigInteger.Pow(radix, -power);
        }
    }

    private static string Format(BigInteger number, int scale)
    {
        var digits = number.ToString(CultureInfo.InvariantCulture);
        var trimmed = digits.TrimEnd('0');
        scale += digits.Length - trimmed.Length;
        var point = trimmed.Length + scale;
        if (point is > -5 and <= 0)
        {
            return "0." + new string('0', -point) + trimmed;
        }

        if (point is > 0 and <= 9)
        {
            return scale >= 0 ? trimmed + new string('0', scale) : trimmed.Insert(point, ".");
        }

        var exponent = Int(point - 1);
        return trimmed.Length == 1 ? $"{trimmed}e{exponent}" : $"{trimmed[0]}.{trimmed.Substring(1)}e{exponent}";
    }
}

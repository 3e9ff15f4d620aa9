using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace KernelGen.Model;

/// <summary>
/// Decimal text of floats, exact in both directions and the same on every host: .NET Framework, on which the generator may run,
/// formats and parses differently from .NET. All arithmetic is on whole numbers of any size.
/// </summary>
public static class NumberText
{
    /// <summary>Longest number that is read; no number we write is longer than 25 characters.</summary>
    private const int MaximumLength = 128;

    private static readonly Binary Single = new(24, -149, 104, 9);
    private static readonly Binary Double = new(53, -1074, 971, 17);

    /// <summary>The correctly rounded decimal with the fewest digits that reads back as the same bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public static string Format(float value)
    {
        Span<float> one = [value];
        var bits = MemoryMarshal.Cast<float, uint>(one)[0];
        return Format(bits & 0x7FFF_FFFF, bits >> 31 != 0, Single);
    }

    /// <inheritdoc cref="Format(float)"/>
    public static string Format(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        return Format(bits & long.MaxValue, bits < 0, Double);
    }

    /// <summary>The nearest float to a JSON number, ties to even; false if it is no such number or out of range.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out float value)
    {
        var ok = TryParse(text, Single, out var bits, out var negative);
        Span<uint> one = [(uint)bits | (negative ? 0x8000_0000u : 0)];
        value = MemoryMarshal.Cast<uint, float>(one)[0];
        return ok;
    }

    /// <summary>The nearest double to a JSON number, ties to even; false if it is no such number or out of range.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        var ok = TryParse(text, Double, out var bits, out var negative);
        value = BitConverter.Int64BitsToDouble(bits | (negative ? long.MinValue : 0));
        return ok;
    }

    private static string Format(long bits, bool negative, Binary format)
    {
        var sign = negative ? "-" : "";
        if (bits == 0)
        {
            return sign + "0";
        }

        var (mantissa, exponent) = format.Split(bits);
        var numerator = new BigInteger(mantissa) << Math.Max(exponent, 0);
        var denominator = BigInteger.One << Math.Max(-exponent, 0);
        var magnitude = Magnitude(numerator, denominator);
        for (var digits = 1; ; digits++)
        {
            var scale = digits - 1 - magnitude;
            var decimals = DivideRounded(numerator * Power(scale), denominator * Power(-scale));
            if (digits == format.Digits || format.Nearest(decimals, -scale) == bits)
            {
                return sign + Layout(decimals.ToString(CultureInfo.InvariantCulture), -scale);
            }
        }
    }

    /// <summary>floor(log10(numerator / denominator)).</summary>
    private static int Magnitude(BigInteger numerator, BigInteger denominator)
    {
        var guess = (int)Math.Floor(BigInteger.Log10(numerator) - BigInteger.Log10(denominator));
        while (numerator * Power(-guess) < denominator * Power(guess))
        {
            guess--;
        }

        while (numerator * Power(-guess - 1) >= denominator * Power(guess + 1))
        {
            guess++;
        }

        return guess;
    }

    // Positional from 1e-5 to 1e15, otherwise scientific; trailing zeros are dropped.
    private static string Layout(string digits, int exponent)
    {
        var significant = digits.TrimEnd('0');
        exponent += digits.Length - significant.Length;
        var magnitude = exponent + significant.Length - 1;
        if (magnitude is >= 15 or < -5)
        {
            var fraction = significant.Length > 1 ? "." + significant.Substring(1) : "";
            return significant.Substring(0, 1) + fraction + "e" + magnitude.ToString(CultureInfo.InvariantCulture);
        }

        if (exponent >= 0)
        {
            return significant + new string('0', exponent);
        }

        return magnitude >= 0
            ? significant.Insert(magnitude + 1, ".")
            : "0." + new string('0', -magnitude - 1) + significant;
    }

    private static bool TryParse(ReadOnlySpan<char> text, Binary format, out long bits, out bool negative)
    {
        bits = 0;
        negative = text.Length > 0 && text[0] == '-';
        if (text.Length is 0 or > MaximumLength || !TryScan(negative ? text.Slice(1) : text, out var digits, out var exponent))
        {
            return false;
        }

        bits = format.Nearest(BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture), exponent);
        return bits >= 0;
    }

    // Splits 12.5e-3 into the digits 125 and the exponent -4.
    private static bool TryScan(ReadOnlySpan<char> text, out string digits, out int exponent)
    {
        var collected = new StringBuilder();
        var fraction = 0;
        var i = 0;
        for (var inFraction = false; i < text.Length && (IsDigit(text[i]) || (text[i] == '.' && !inFraction)); i++)
        {
            if (text[i] == '.')
            {
                inFraction = true;
                continue;
            }

            collected.Append(text[i]);
            fraction += inFraction ? 1 : 0;
        }

        digits = collected.ToString();
        exponent = 0;
        if (i < text.Length && text[i] is 'e' or 'E')
        {
            i++;
            var negative = i < text.Length && text[i] == '-';
            i += i < text.Length && text[i] is '-' or '+' ? 1 : 0;
            for (; i < text.Length && IsDigit(text[i]); i++)
            {
                // Far beyond every format already; kept from overflowing.
                exponent = Math.Min((exponent * 10) + (text[i] - '0'), 100_000);
            }

            exponent = negative ? -exponent : exponent;
        }

        exponent -= fraction;
        return i == text.Length && digits.Length > 0;
    }

    private static bool IsDigit(char c) => c is >= '0' and <= '9';

    private static BigInteger Power(int exponent) => exponent > 0 ? BigInteger.Pow(10, exponent) : BigInteger.One;

    private static BigInteger DivideRounded(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var half = (remainder * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    /// <summary>A binary floating-point format: mantissa × 2^exponent with a mantissa below 2^precision.</summary>
    private sealed record Binary(int Precision, int MinimumExponent, int MaximumExponent, int Digits)
    {
        public (long Mantissa, int Exponent) Split(long bits)
        {
            var biased = (int)(bits >> (Precision - 1));
            if (MinimumExponent + biased - 1 > MaximumExponent)
            {
                throw new ArgumentOutOfRangeException(nameof(bits), "The value is not finite.");
            }

            var fraction = bits & ((1L << (Precision - 1)) - 1);
            return biased == 0
                ? (fraction, MinimumExponent)
                : (fraction | (1L << (Precision - 1)), MinimumExponent + biased - 1);
        }

        /// <summary>The bits of the value nearest to digits × 10^exponent, ties to even; −1 if that is infinity.</summary>
        public long Nearest(BigInteger digits, int exponent)
        {
            if (digits.IsZero)
            {
                return 0;
            }

            var magnitude = BigInteger.Log10(digits) + exponent;
            if (magnitude is < -400 or > 400)
            {
                return magnitude < 0 ? 0 : -1;
            }

            var numerator = digits * Power(exponent);
            var denominator = Power(-exponent);
            // One less than the exponent should be, for the logarithms are inexact; the loop below corrects it.
            var estimate = (int)Math.Floor(BigInteger.Log(numerator, 2) - BigInteger.Log(denominator, 2)) - Precision;
            var shift = Math.Max(MinimumExponent, estimate);
            var limit = BigInteger.One << Precision;
            for (; ; shift++)
            {
                var mantissa = DivideRounded(numerator << Math.Max(-shift, 0), denominator << Math.Max(shift, 0));
                if (mantissa < limit)
                {
                    return shift > MaximumExponent ? -1 : ((long)(shift - MinimumExponent) << (Precision - 1)) + (long)mantissa;
                }
            }
        }
    }
}

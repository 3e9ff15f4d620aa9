using System.Runtime.InteropServices;

namespace KernelGen.Model;

/// <summary>Floats as base64 (RFC 4648, with padding) of their IEEE-754 bits in little-endian order.</summary>
internal static class Base64Floats
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static readonly sbyte[] Sextets = MakeSextets();

    public static string Encode(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * 4];
        var bits = MemoryMarshal.Cast<float, uint>(values);
        for (var i = 0; i < bits.Length; i++)
        {
            bytes[4 * i] = (byte)bits[i];
            bytes[(4 * i) + 1] = (byte)(bits[i] >> 8);
            bytes[(4 * i) + 2] = (byte)(bits[i] >> 16);
            bytes[(4 * i) + 3] = (byte)(bits[i] >> 24);
        }

        return Convert.ToBase64String(bytes);
    }

    /// <summary>The floats, or null and the reason why the text is none of ours.</summary>
    public static FloatData? Decode(ReadOnlySpan<char> text, out FormattableString? problem)
    {
        var padding = text.Length == 0 || text[text.Length - 1] != '=' ? 0 : text.Length > 1 && text[text.Length - 2] == '=' ? 2 : 1;
        var length = (text.Length / 4 * 3) - padding;
        problem = null;
        if (text.Length % 4 != 0)
        {
            problem = $"is not base64: its length, {text.Length}, is not a multiple of 4";
            return null;
        }

        if (length % 4 != 0)
        {
            problem = $"holds {length} bytes, which is not a whole number of 32-bit floats";
            return null;
        }

        var bytes = new byte[length];
        var filled = 0;
        for (var i = 0; i < text.Length; i += 4)
        {
            var significant = i + 4 == text.Length ? 4 - padding : 4;
            var bits = 0;
            for (var k = 0; k < 4; k++)
            {
                var c = text[i + k];
                int sextet = k >= significant ? (sbyte)0 : c < Sextets.Length ? Sextets[c] : (sbyte)-1;
                if (sextet < 0)
                {
                    problem = $"is not base64: character {i + k} is {Findings.Quote(c.ToString())}";
                    return null;
                }

                bits = (bits << 6) | sextet;
            }

            for (var k = 0; k < 3; k++)
            {
                var value = (byte)(bits >> (16 - (8 * k)));
                if (filled < length)
                {
                    bytes[filled++] = value;
                }
                else if (value != 0)
                {
                    problem = $"is not base64: its last character has bits that belong to no byte";
                    return null;
                }
            }
        }

        return new FloatData(ToFloats(bytes));
    }

    private static float[] ToFloats(byte[] bytes)
    {
        var values = new float[bytes.Length / 4];
        var bits = MemoryMarshal.Cast<float, uint>(values.AsSpan());
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = bytes[4 * i] | ((uint)bytes[(4 * i) + 1] << 8) | ((uint)bytes[(4 * i) + 2] << 16) | ((uint)bytes[(4 * i) + 3] << 24);
        }

        return values;
    }

    private static sbyte[] MakeSextets()
    {
        var sextets = new sbyte[128];
        for (var i = 0; i < sextets.Length; i++)
        {
            sextets[i] = (sbyte)Alphabet.IndexOf((char)i);
        }

        return sextets;
    }
}

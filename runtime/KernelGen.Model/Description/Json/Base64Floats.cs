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
        var (at, filled) = (0, 0);
        for (; filled + 3 <= length; at += 4, filled += 3)
        {
            var bits = (Sextet(text[at]) << 18) | (Sextet(text[at + 1]) << 12) | (Sextet(text[at + 2]) << 6) | Sextet(text[at + 3]);
            if (bits < 0)
            {
                problem = BadCharacter(text, at, 4);
                return null;
            }

            bytes[filled] = (byte)(bits >> 16);
            bytes[filled + 1] = (byte)(bits >> 8);
            bytes[filled + 2] = (byte)bits;
        }

        if (padding > 0)
        {
            problem = BadCharacter(text, at, 4 - padding) ?? DecodeEnd(text.Slice(at, 4 - padding), bytes.AsSpan(filled));
        }

        return problem is null ? new FloatData(ToFloats(bytes)) : null;
    }

    /// <summary>Decodes two or three characters to one or two bytes.</summary>
    private static FormattableString? DecodeEnd(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var bits = 0;
        foreach (var c in text)
        {
            bits = (bits << 6) | Sextet(c);
        }

        // 12 bits hold one byte, 18 bits two; the rest must be zero, for else two texts would mean the same.
        var unused = (6 * text.Length) - (8 * bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(bits >> (unused + (8 * (bytes.Length - 1 - i))));
        }

        if ((bits & ((1 << unused) - 1)) != 0)
        {
            return $"is not base64: its last character has bits that belong to no byte";
        }

        return null;
    }

    private static FormattableString? BadCharacter(ReadOnlySpan<char> text, int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            if (Sextet(text[i]) < 0)
            {
                return $"is not base64: character {i} is {Findings.Quote(text[i].ToString())}";
            }
        }

        return null;
    }

    private static int Sextet(char c) => c < 128 ? Sextets[c] : -1;

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

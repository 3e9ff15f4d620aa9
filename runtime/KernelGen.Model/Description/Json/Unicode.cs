namespace KernelGen.Model;

/// <summary>Which text may stand in a description.</summary>
internal static class Unicode
{
    /// <summary>Whether some surrogate lacks its other half, so that the text cannot be written as UTF-8.</summary>
    public static bool HasUnpairedSurrogate(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                {
                    return true;
                }

                i++;
            }
        }

        return false;
    }

    /// <summary>Control characters and everything that ends a line somewhere.</summary>
    public static bool IsControlOrLineEnd(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';

    /// <summary>Whether the text is one line of printable characters: it ends up in comments and literals of the generated code.</summary>
    public static bool IsPrintableLine(string text)
    {
        foreach (var c in text)
        {
            if (IsControlOrLineEnd(c))
            {
                return false;
            }
        }

        return !HasUnpairedSurrogate(text.AsSpan());
    }
}

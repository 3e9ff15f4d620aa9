using System.Text;
using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>Text of a file in messages and in the description, where it must not be able to end a line or to go on for ever.</summary>
internal static class Text
{
    private const int QuoteLength = 100;

    // Room for a number that makes a name unique.
    private const int NameLength = Limits.NameLength - 16;

    /// <summary>Quoted, shortened, on one line.</summary>
    public static string Quote(string text) => $"'{Shortened(text, QuoteLength)}'";

    /// <summary>On one line.</summary>
    public static string OneLine(string text) => Shortened(text, 1000);

    /// <summary>As a name of the description, not yet unique.</summary>
    public static string Name(string text) => text.Length == 0 ? "unnamed" : Shortened(text, NameLength);

    private static string Shortened(string text, int length)
    {
        var result = new StringBuilder();
        for (var i = 0; i < Math.Min(text.Length, length); i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < Math.Min(text.Length, length) && char.IsLowSurrogate(text[i + 1]))
            {
                result.Append(text, i++, 2);
            }
            else
            {
                result.Append(char.IsSurrogate(text[i]) || char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? '_' : text[i]);
            }
        }

        return text.Length > length ? result.Append('…').ToString() : result.ToString();
    }
}

using System.Globalization;
using System.Text;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>C# literals that are the same text on every host and in every culture.</summary>
internal static class Literals
{
    /// <summary>The float as the shortest C# literal that reads back as the same bits, −0 included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public static string Float(float value) => NumberText.Format(value) + "f";

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
}

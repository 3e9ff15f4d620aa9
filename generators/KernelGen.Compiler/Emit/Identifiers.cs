using System.Text;

namespace KernelGen.Compiler.Emit;

/// <summary>C# identifiers from tensor names.</summary>
internal static class Identifiers
{
    /// <summary>The name with everything but ASCII letters and digits replaced by underscores; always an identifier, never a keyword.</summary>
    public static string From(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            text.Append(c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') ? c : '_');
        }

        return text.Length == 0 || char.IsDigit(text[0]) ? "_" + text : text.ToString();
    }
}

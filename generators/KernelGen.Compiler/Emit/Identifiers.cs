using System.Text;

namespace KernelGen.Compiler.Emit;

/// <summary>C# identifiers from tensor names: one of its own for each layer, so that no two share a table.</summary>
internal sealed class Identifiers
{
    private readonly Dictionary<string, string> identifiers = [];

    public Identifiers(IEnumerable<string> layers)
    {
        var taken = new HashSet<string>();
        foreach (var layer in layers)
        {
            var identifier = From(layer);
            // The table x_loop_weights is the loop's of the layer x, not that of a layer x_loop.
            for (var i = 2; identifier.EndsWith("_loop", StringComparison.Ordinal) || !taken.Add(identifier); i++)
            {
                identifier = $"{From(layer)}_{Literals.Int(i)}";
            }

            identifiers.Add(layer, identifier);
        }
    }

    /// <summary>The identifier of a layer; of any other tensor, that of its name.</summary>
    public string Of(string tensor) => identifiers.TryGetValue(tensor, out var own) ? own : From(tensor);

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

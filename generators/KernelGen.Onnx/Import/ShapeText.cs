using System.Globalization;

namespace KernelGen.Onnx;

/// <summary>Shapes of inputs as command lines and project files give them.</summary>
public static class ShapeText
{
    /// <summary>Shapes by the inputs' names.</summary>
    /// <param name="texts">Each a name and the lengths of its axes, the batch included: <c>input=1x3x240x320</c>.</param>
    /// <exception cref="FormatException">A text is something else, or names an input again.</exception>
    public static IReadOnlyDictionary<string, int[]> Parse(IEnumerable<string> texts)
    {
        var shapes = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            // A name may have the sign in it, a shape may not.
            var sign = text.LastIndexOf('=');
            if (sign < 1 || Lengths(text.Substring(sign + 1)) is not { } shape)
            {
                throw new FormatException($"The shape '{text}' must be the name of an input and the lengths of its axes, the batch included, e.g. input=1x3x240x320.");
            }

            var name = text.Substring(0, sign).Trim();
            if (shapes.ContainsKey(name))
            {
                throw new FormatException($"The input '{name}' has been given a shape twice.");
            }

            shapes.Add(name, shape);
        }

        return shapes;
    }

    private static int[]? Lengths(string text)
    {
        var lengths = new List<int>();
        foreach (var part in text.Split('x'))
        {
            if (!int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length < 1)
            {
                return null;
            }

            lengths.Add(length);
        }

        return lengths.ToArray();
    }
}

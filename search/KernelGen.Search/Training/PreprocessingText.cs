using System.Globalization;
using KernelGen.Model;

namespace KernelGen.Search.Training;

/// <summary>
/// What a network expects of its pixels, as users write it: <c>LOW..HIGH</c>, the values that the bytes 0 and 255 become, and then,
/// if the network was trained on standardised images, <c>:MEANS/DEVIATIONS</c> in those values, one for all channels or one each.
/// </summary>
/// <remarks>E.g. <c>0..255</c>, <c>-1..1</c>, <c>0..1:0.485,0.456,0.406/0.229,0.224,0.225</c>.</remarks>
public static class PreprocessingText
{
    /// <exception cref="FormatException">The text is something else.</exception>
    public static Preprocessing Parse(string text, int channels)
    {
        var parts = text.Split(':');
        var (range, standard) = (parts[0].Split(".."), parts.Length > 1 ? parts[1].Split('/') : ["0", "1"]);
        if (parts.Length > 2 || range.Length != 2 || standard.Length != 2)
        {
            throw Wrong(text, channels);
        }

        var (low, high) = (Number(range[0]), Number(range[1]));
        var (means, deviations) = (Numbers(standard[0]), Numbers(standard[1]));
        if (low == high || deviations.Contains(0))
        {
            throw Wrong(text, channels);
        }

        return new Preprocessing(
            new FloatData(deviations.Select(d => (float)((high - low) / 255 / d)).ToArray()),
            new FloatData(deviations.Zip(means, (d, m) => (float)((low - m) / d)).ToArray()));

        double Number(string part) =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? number
                : throw Wrong(text, channels);

        double[] Numbers(string list)
        {
            var numbers = list.Split(',').Select(Number).ToArray();
            return numbers.Length == channels ? numbers
                : numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], channels)]
                : throw Wrong(text, channels);
        }
    }

    private static FormatException Wrong(string text, int channels) => new(
        $"'{text}' does not say what pixels become: give LOW..HIGH for the bytes 0 and 255, e.g. 0..1, -1..1 or 0..255, and :MEANS/DEVIATIONS behind it if the network wants them, one number or {channels}, e.g. 0..1:0.5/0.25.");
}

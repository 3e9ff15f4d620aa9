namespace KernelGen.Search.Controls;

/// <summary>What the evolution can be compared with, as in options and reports.</summary>
public static class ControlNames
{
    public const string Uniform = "uniform";
    public const string Magnitude = "magnitude";
    public const string Taylor = "taylor";
    public const string Random = "random";
    public const string DynamicProgramming = "dynamic-programming";

    /// <summary>The architecture that the search found, trained from new weights: no search of its own.</summary>
    public const string Scratch = "scratch";

    /// <summary>The dense network, retrained as the pruned ones are: what the further epochs alone give. No search of its own.</summary>
    public const string Unpruned = "unpruned";

    public static IReadOnlyList<string> All { get; } = [Uniform, Magnitude, Taylor, Random, DynamicProgramming, Scratch, Unpruned];

    /// <summary>Whether it proposes candidates, and so has a front; the others only train.</summary>
    public static bool IsSearch(string name) => name is not (Scratch or Unpruned);

    /// <summary>Reads <c>all</c>, <c>none</c>, or names separated by commas.</summary>
    /// <returns>Each once, in the order of <see cref="All"/>.</returns>
    /// <exception cref="FormatException">A name is unknown.</exception>
    public static IReadOnlyList<string> Parse(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        return names switch
        {
            ["all"] => All,
            ["none"] => [],
            _ when names.FirstOrDefault(n => !All.Contains(n)) is { } unknown =>
                throw new FormatException($"'{unknown}' is no control: give all, none, or some of {string.Join(", ", All)}, separated by commas."),
            _ => All.Where(names.Contains).ToList(),
        };
    }
}

namespace KernelGen.Search;

/// <summary>The median: of an even number of values, the middle between the two in the middle.</summary>
internal static class Median
{
    /// <param name="values">At least one.</param>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <inheritdoc cref="Of(IEnumerable{double})"/>
    public static double Of<T>(IEnumerable<T> items, Func<T, double> value) => Of(items.Select(value));
}

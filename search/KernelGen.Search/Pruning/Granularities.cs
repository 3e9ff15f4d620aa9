namespace KernelGen.Search.Pruning;

/// <summary>The scales at which a search may prune (Anwar, Hwang, Sung, 2017), coarse to fine.</summary>
[Flags]
public enum Granularities
{
    /// <summary>Feature maps and fully connected units, with all their connections.</summary>
    Maps = 1,

    /// <summary>Single kernels, each between one source and one target map.</summary>
    Kernels = 2,

    /// <summary>Taps within kernels: those at offset, offset + stride, … stay, alike in all kernels that leave one source map.</summary>
    Strides = 4,

    All = Maps | Kernels | Strides,
}

/// <summary>Granularities as users write them: <c>maps,kernels,strides</c>, in any order.</summary>
public static class GranularitiesText
{
    private static readonly (string Name, Granularities Value)[] Names =
        [("maps", Granularities.Maps), ("kernels", Granularities.Kernels), ("strides", Granularities.Strides)];

    /// <exception cref="FormatException">A name is unknown, or there is none.</exception>
    public static Granularities Parse(string text)
    {
        Granularities result = default;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (_, value) = Names.FirstOrDefault(n => n.Name == name);
            result |= value != default
                ? value
                : throw new FormatException($"'{name}' is no granularity: give {string.Join(", ", Names.Select(n => n.Name))}, or some of them, separated by commas.");
        }

        return result;
    }

    /// <summary>Coarse to fine; <see cref="Parse"/> reads it.</summary>
    public static string Format(Granularities granularities) => string.Join(',', Names.Where(n => granularities.HasFlag(n.Value)).Select(n => n.Name));
}

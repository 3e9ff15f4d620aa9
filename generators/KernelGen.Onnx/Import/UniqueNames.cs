namespace KernelGen.Onnx.Import;

/// <summary>
/// Names that are taken, and free ones made of those that are wanted. Where the next free number is remembered, so that thousands of
/// layers that want one name take no longer than as many that want different ones.
/// </summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);

    /// <summary>Takes names that are as they are.</summary>
    public void Add(IEnumerable<string> names) => taken.UnionWith(names);

    /// <summary>Takes the name, with a number from 2 on if it is taken.</summary>
    public string Unique(string wanted)
    {
        if (taken.Add(wanted))
        {
            return wanted;
        }

        numbers.TryGetValue(wanted, out var last);
        for (var number = Math.Max(2, last + 1); ; number++)
        {
            var name = FormattableString.Invariant($"{wanted}_{number}");
            if (taken.Add(name))
            {
                numbers[wanted] = number;
                return name;
            }
        }
    }
}

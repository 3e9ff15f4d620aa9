using System.CommandLine;

namespace KernelGen.Benchmarks;

/// <summary>Options that every table has.</summary>
internal static class CommonOptions
{
    public static Option<string> Only(string what) => new("--only")
    {
        Description = $"Only {what} with this text in their name.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "",
    };

    public static Option<string?> Json() => new("--json") { Description = "Also write the rows to this file.", HelpName = "FILE" };

    public static Option<bool> Quick() => new("--quick") { Description = "A few of them." };

    /// <summary>Whether a name is one of those that <see cref="Only"/> asks for.</summary>
    public static bool Matches(string name, string only) => name.Contains(only, StringComparison.OrdinalIgnoreCase);
}

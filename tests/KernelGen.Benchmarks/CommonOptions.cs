using System.CommandLine;
using KernelGen.Benchmarks.Layers;

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

    /// <summary>A command over single layers, with all of these options.</summary>
    /// <param name="layers">The layers, or a few of them.</param>
    /// <param name="run">Takes those that the options leave, and the file for the rows; returns the exit code.</param>
    public static Command OverLayers(
        string name, string description, Func<bool, IEnumerable<LayerCase>> layers, Func<IReadOnlyList<LayerCase>, string?, int> run)
    {
        var command = new Command(name, description);
        var (quick, only, json) = (Quick(), Only("layers"), Json());
        command.Options.Add(quick);
        command.Options.Add(only);
        command.Options.Add(json);
        command.SetAction(parsed => run(
            [.. layers(parsed.GetValue(quick)).Where(l => Matches(l.Name, parsed.GetRequiredValue(only)))], parsed.GetValue(json)));
        return command;
    }
}

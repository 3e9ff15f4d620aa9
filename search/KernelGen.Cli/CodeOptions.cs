using System.CommandLine;
using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Cli;

/// <summary>The options that decide which code is generated, the same for every command that generates some.</summary>
internal sealed class CodeOptions
{
    private static readonly string[] Schedules = ["auto", "unrolled", "loop", "winograd", "sparse"];

    private readonly Option<string?> targets;
    private readonly Option<string> schedule;
    private readonly Option<int> budget;

    /// <param name="defaultTargets">What the command does without <c>--targets</c>, for its help.</param>
    public CodeOptions(Command command, string defaultTargets)
    {
        var defaults = new CompilerOptions();
        targets = new("--targets")
        {
            Description = $"Vector widths, separated by commas: {string.Join(", ", TargetNames.All)}. Default: {defaultTargets}.",
            HelpName = "LIST",
        };
        schedule = new("--schedule")
        {
            Description = "auto: per layer, by the cost model; unrolled: every weight a literal; loop: loops over constant weights; winograd: 3×3 convolutions of stride 1 by Winograd's algorithm, else loop; sparse: convolutions as loops over lists of their weights.",
            DefaultValueFactory = _ => Schedules[0],
        };
        budget = NumberOption.Create(
            "--unroll-budget", "Multiply-adds that may be written out per target when the schedule is auto.", defaults.UnrollBudget, least: 0);
        schedule.AcceptOnlyFromAmong(Schedules);
        targets.Validators.Add(result => Check(result.AddError, result.GetValueOrDefault<string?>()));
        command.Options.Add(targets);
        command.Options.Add(schedule);
        command.Options.Add(budget);
    }

    /// <summary>The options as given.</summary>
    /// <param name="defaultTargets">What to emit without <c>--targets</c>.</param>
    public CompilerOptions Read(ParseResult parsed, EquatableArray<string> defaultTargets) => new()
    {
        Targets = parsed.GetValue(targets) is { } given ? Order(given) : defaultTargets,
        Schedule = Enum.Parse<ScheduleChoice>(parsed.GetRequiredValue(schedule), ignoreCase: true),
        UnrollBudget = parsed.GetValue(budget),
    };

    private static void Check(Action<string> addError, string? given)
    {
        foreach (var name in Split(given ?? TargetNames.Scalar).Where(n => !TargetNames.All.Contains(n)))
        {
            addError($"--targets: '{name}' is not one of {string.Join(", ", TargetNames.All)}.");
        }
    }

    /// <summary>Widest first, each once, whatever the order on the command line.</summary>
    private static EquatableArray<string> Order(string given) => TargetNames.All.Where(Split(given).Contains).ToEquatableArray();

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries);
}

/// <summary>The options that name the generated class, for commands that write it to files.</summary>
internal sealed class NameOptions
{
    private readonly Option<string?> className = new("--class")
    {
        Description = "Name of the generated class. Default: from the file name, lenet-5.kgn becomes Lenet5.",
        HelpName = "NAME",
    };

    private readonly Option<string> namespaceName = new("--namespace")
    {
        Description = "Namespace of the generated class; empty: none.",
        HelpName = "NAME",
        DefaultValueFactory = _ => new CompilerOptions().Namespace,
    };

    public NameOptions(Command command)
    {
        command.Options.Add(className);
        command.Options.Add(namespaceName);
    }

    /// <exception cref="InputException">A name is not valid in C#.</exception>
    public CompilerOptions Apply(ParseResult parsed, CompilerOptions options, string model)
    {
        var name = parsed.GetValue(className) ?? ClassNames.FromFile(model);
        var space = parsed.GetValue(namespaceName) ?? "";
        if (!ClassNames.IsIdentifier(name))
        {
            throw new InputException($"--class: '{name}' is not a C# identifier.");
        }

        if (space.Length > 0 && !ClassNames.IsNamespace(space))
        {
            throw new InputException($"--namespace: '{space}' is not a C# namespace.");
        }

        return options with { ClassName = name, Namespace = space };
    }
}

/// <summary>Where a command puts its files.</summary>
internal static class OutputOption
{
    public static Option<string> Create(string what) => new("--output", "-o")
    {
        Description = $"Folder for {what}; made if missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "out",
    };
}

/// <summary>For scripts: figures as JSON on standard output.</summary>
internal static class JsonOption
{
    public static Option<bool> Create() => new("--json") { Description = "Write the result as JSON to standard output." };
}

using System.Globalization;
using KernelGen.Compiler;
using KernelGen.Model;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KernelGen.Generators;

/// <summary>Reads what MSBuild hands over: properties of the project and metadata of its items.</summary>
internal static class OptionsParser
{
    private static readonly char[] ListSeparators = [',', ';', ' '];

    public static ProjectOptions ReadProject(AnalyzerConfigOptionsProvider provider, CancellationToken cancellation)
    {
        var options = provider.GlobalOptions;
        return new ProjectOptions(
            PathText.Normalize(Value(options, "build_property.ProjectDir")).TrimEnd('/'),
            Value(options, "build_property.RootNamespace"),
            new KernelOptions(
                Value(options, "build_property.KernelGenTargets"),
                Value(options, "build_property.KernelGenSchedule"),
                Value(options, "build_property.KernelGenUnrollBudget"),
                Value(options, "build_property.KernelGenReadyToRun")));
    }

    public static ModelItem ReadItem(string path, AnalyzerConfigOptions options)
    {
        string Metadata(string name) => Value(options, "build_metadata.AdditionalFiles." + name);

        return new ModelItem(
            path,
            Metadata("KernelGenModel").Equals("true", StringComparison.OrdinalIgnoreCase),
            Metadata("Class"),
            Metadata("Namespace"),
            Metadata("Access"),
            new KernelOptions(Metadata("Targets"), Metadata("Schedule"), Metadata("UnrollBudget"), string.Empty));
    }

    /// <summary>Lays options over others. A wrong value is reported and changes nothing.</summary>
    /// <param name="prefix">What stands before the options' names where they are set.</param>
    public static CompilerOptions Apply(KernelOptions kernels, CompilerOptions options, string prefix, Action<string> problem)
    {
        if (kernels.Targets.Length > 0)
        {
            var names = kernels.Targets.Split(ListSeparators, StringSplitOptions.RemoveEmptyEntries);
            var targets = TargetNames.All.Where(t => names.Contains(t, StringComparer.OrdinalIgnoreCase)).ToEquatableArray();
            var unknown = names.FirstOrDefault(n => !TargetNames.All.Contains(n, StringComparer.OrdinalIgnoreCase));
            if (unknown is null && !targets.IsEmpty)
                options = options with { Targets = targets };
            else
                problem(Wrong(prefix + "Targets", kernels.Targets, "a list of " + string.Join(", ", TargetNames.All)));
        }

        if (kernels.Schedule.Length > 0)
        {
            var names = Enum.GetNames(typeof(ScheduleChoice));
            var index = Array.FindIndex(names, n => n.Equals(kernels.Schedule, StringComparison.OrdinalIgnoreCase));
            if (index >= 0)
                options = options with { Schedule = (ScheduleChoice)Enum.Parse(typeof(ScheduleChoice), names[index]) };
            else
                problem(Wrong(prefix + "Schedule", kernels.Schedule, "one of " + string.Join(", ", names)));
        }

        if (kernels.UnrollBudget.Length > 0)
        {
            if (int.TryParse(kernels.UnrollBudget, NumberStyles.None, CultureInfo.InvariantCulture, out var budget))
                options = options with { UnrollBudget = budget };
            else
                problem(Wrong(prefix + "UnrollBudget", kernels.UnrollBudget, "a whole number, 0 or more"));
        }

        if (kernels.ReadyToRun.Length > 0)
        {
            if (bool.TryParse(kernels.ReadyToRun, out var readyToRun))
                options = options with { ReadyToRun = readyToRun };
            else
                problem(Wrong(prefix + "ReadyToRun", kernels.ReadyToRun, "true or false"));
        }

        return options;
    }

    /// <summary>Whether the generated class is public; a wrong value is reported.</summary>
    public static bool IsPublic(string access, Action<string> problem)
    {
        if (access.Equals("internal", StringComparison.OrdinalIgnoreCase))
            return false;
        if (access.Length > 0 && !access.Equals("public", StringComparison.OrdinalIgnoreCase))
            problem(Wrong("Access", access, "public or internal"));
        return true;
    }

    private static string Wrong(string option, string value, string expected) => $"{option} is '{value}', but must be {expected}";

    private static string Value(AnalyzerConfigOptions options, string key) =>
        options.TryGetValue(key, out var value) ? value.Trim() : string.Empty;
}

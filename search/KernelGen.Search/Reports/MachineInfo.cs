using System.Globalization;
using System.Runtime.InteropServices;

namespace KernelGen.Search.Reports;

/// <summary>What a time was measured on.</summary>
internal sealed record MachineInfo(string Processor, int Cores, string System, string Framework)
{
    public static MachineInfo Current() => new(
        ProcessorName(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    /// <summary>As in reports and <c>summary.json</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Processor}, {Cores} {(Cores == 1 ? "core" : "cores")}, {System}, {Framework}");

    /// <summary>
    /// The processor's own name where the system tells it, else its architecture. Virtual machines call generations alike that differ in speed:
    /// family and model tell them apart.
    /// </summary>
    private static string ProcessorName()
    {
        const string linux = "/proc/cpuinfo";
        var facts = File.Exists(linux)
            ? File.ReadLines(linux).TakeWhile(l => l.Length > 0).Select(l => l.Split(':', 2, StringSplitOptions.TrimEntries)).Where(f => f.Length == 2).DistinctBy(f => f[0]).ToDictionary(f => f[0], f => f[1])
            : [];
        var name = facts.GetValueOrDefault("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrWhiteSpace(name) ? RuntimeInformation.ProcessArchitecture.ToString()
            : facts.TryGetValue("cpu family", out var family) && facts.TryGetValue("model", out var model) ? $"{name} (family {family}, model {model})"
            : name;
    }
}

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

    /// <summary>The processor's own name where the system tells it, else its architecture.</summary>
    private static string ProcessorName()
    {
        const string linux = "/proc/cpuinfo";
        var name = File.Exists(linux)
            ? File.ReadLines(linux).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrWhiteSpace(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name;
    }
}

using System.Text.Json;
using KernelGen.Tests.Shared;

namespace KernelGen.Cli.Tests;

/// <summary>What one run of the tool did.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Error)
{
    public ToolRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Error}\n{Output}");
        return this;
    }

    public JsonElement Json() => JsonDocument.Parse(Succeeded().Output).RootElement;
}

/// <summary>Runs the built <c>kernelgen</c> as a process of its own, with its output redirected.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>…/tests/KernelGen.Cli.Tests/bin/CONFIGURATION/net10.0 → …/search/KernelGen.Cli/bin/CONFIGURATION/net10.0.</summary>
    private static string Assembly { get; } = Locate();

    public static ToolRun Run(params string[] arguments) => Run(arguments, []);

    public static ToolRun Run(string[] arguments, params (string Name, string Value)[] environment)
    {
        var (exitCode, output, error) = DotNetProcess.Run(Assembly, arguments, environment, Patience).GetAwaiter().GetResult();
        return new ToolRun(exitCode, output, error);
    }

    private static string Locate()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (here.Name, here.Parent!.Name);
        var root = here.Parent.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(root.FullName, "search", "KernelGen.Cli", "bin", configuration, framework, "kernelgen.dll");
    }
}

using System.Diagnostics;

namespace KernelGen.Tests.Shared;

/// <summary>Runs an assembly in a process of its own, by the <c>dotnet</c> that runs the tests.</summary>
internal static class DotNetProcess
{
    /// <param name="environment">Variables that the process has besides those of this one.</param>
    /// <param name="patience">A process that takes longer is killed.</param>
    /// <exception cref="TimeoutException">It was.</exception>
    public static async Task<(int ExitCode, string Output, string Error)> Run(
        string assembly, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment, TimeSpan patience)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            var error = process.StandardError.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Path.GetFileName(assembly)} {string.Join(' ', start.ArgumentList.Skip(1))} did not end within {patience}.");
        }
    }

    /// <summary>Variables that make a runtime hide instructions, e.g. <c>EnableAVX512</c>.</summary>
    public static IEnumerable<(string Name, string Value)> Hiding(IEnumerable<string> instructions) => instructions.Select(i => ($"DOTNET_{i}", "0"));
}

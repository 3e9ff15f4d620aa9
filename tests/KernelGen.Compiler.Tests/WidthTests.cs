using System.Diagnostics;
using KernelGen.Runtime;

namespace KernelGen.Compiler.Tests;

/// <summary>Every case at every width, in child processes whose runtime is told to hide vector instructions.</summary>
public class WidthTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [SkippableTheory]
    [InlineData(TargetNames.Vector512)]
    [InlineData(TargetNames.Vector256, "EnableAVX512")]
    [InlineData(TargetNames.Vector128, "EnableAVX512", "EnableAVX2")]
    [InlineData(TargetNames.Scalar, "EnableHWIntrinsic")]
    public async Task Generated_code_agrees_with_the_reference_at_width(string target, params string[] hidden)
    {
        var offered = TargetNames.All.TakeWhile(t => t != HostTarget.Name);
        Skip.If(offered.Contains(target), $"This machine has no {target}-bit vectors: its widest target is {HostTarget.Name}.");

        var (exitCode, output) = await RunChild(target, hidden);

        Assert.True(exitCode == 0, output);
        Assert.Contains($"cases at {target}", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunChild(string target, string[] hidden)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(WidthTests).Assembly.Location);
        start.ArgumentList.Add(target);
        foreach (var name in hidden)
        {
            start.Environment[$"DOTNET_{name}"] = "0";
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}

using KernelGen.Runtime;
using KernelGen.Tests.Shared;

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

        var (exitCode, output, error) = await DotNetProcess.Run(
            typeof(WidthTests).Assembly.Location, [target], DotNetProcess.Hiding(hidden), Patience);

        Assert.True(exitCode == 0, output + error);
        Assert.Contains($"cases at {target}", output, StringComparison.Ordinal);
    }
}

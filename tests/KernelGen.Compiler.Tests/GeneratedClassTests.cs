using System.Reflection;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>What a generated class must not do, or leave out, whatever its network.</summary>
public class GeneratedClassTests
{
    private const string Optimize = "[MethodImpl(MethodImplOptions.AggressiveOptimization)]";

    [Fact]
    public void Only_labels_and_tables_of_weights_are_made_at_their_first_use()
    {
        var description = KnownNetworks.LeNet5().Description with { Labels = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")] };
        using var network = CompiledNetwork.Load(description, new CompilerOptions());
        Type[] own = [network.GeneratedType, .. network.GeneratedType.GetNestedTypes(BindingFlags.NonPublic)];

        Assert.Equal(HostTarget.Name, network.Target);
        Assert.Equal(["Constants", "LabelNames"], own.Where(t => t.TypeInitializer is not null).Select(t => t.Name).Order());
    }

    [Theory]
    [InlineData(TargetNames.Vector512, true)]
    [InlineData(TargetNames.Vector256, false)]
    [InlineData(TargetNames.Vector128, true)]
    [InlineData(TargetNames.Scalar, true)]
    public void For_ReadyToRun_the_256_bit_kernels_are_left_to_it(string target, bool optimized)
    {
        var description = KnownNetworks.LeNet5().Description;
        var options = new CompilerOptions { Targets = [target] };

        Assert.Contains(Optimize, NetworkCompiler.Compile(description, options).Text, StringComparison.Ordinal);
        Assert.Equal(
            optimized,
            NetworkCompiler.Compile(description, options with { ReadyToRun = true }).Text.Contains(Optimize, StringComparison.Ordinal));
    }
}

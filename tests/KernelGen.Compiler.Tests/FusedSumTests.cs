using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>A sum costs no pass over memory where a convolution that feeds it adds the other summand.</summary>
public class FusedSumTests
{
    [Theory]
    [InlineData("sum of two convolutions", 1)]
    [InlineData("sum with what is computed later", 1)]
    [InlineData("sum with a tensor of wider borders", 1)]
    [InlineData("sum of strided convolutions", 1)]
    [InlineData("sum of a depthwise convolution", 1)]
    [InlineData("sum of sums", 2)]
    [InlineData("ResNet-8", 3)]
    public void A_convolution_that_only_a_sum_reads_computes_it(string name, int sums)
    {
        var source = Compile(name);

        Assert.Equal(sums, source.Plan.Layers.Count(l => l.Schedule == "fused"));
        Assert.DoesNotContain("_simd", source.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sum of one convolution twice")]
    [InlineData("sums whose convolutions are read elsewhere")]
    [InlineData("sum of three convolutions")]
    [InlineData("sums of a convolution and constants")]
    public void Other_sums_are_a_pass_of_their_own(string name) =>
        Assert.DoesNotContain(Compile(name).Plan.Layers, l => l.Schedule == "fused");

    private static CompiledSource Compile(string name) =>
        NetworkCompiler.Compile(NetworkCases.Named(name).Description, new CompilerOptions { Targets = [TargetNames.Vector256] });
}

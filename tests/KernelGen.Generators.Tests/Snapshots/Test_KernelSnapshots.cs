using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Tests;

namespace KernelGen.Generators.Tests.Snapshots;

/// <summary>
/// The generated C# of small networks, one per schedule and kind of sparsity, as it was last read by a person. To accept changed
/// kernels: delete <c>__snapshots__</c>, run these tests, and read the difference in version control.
/// </summary>
public sealed class Test_KernelSnapshots
{
    [Theory]
    [InlineData("dense", "Unrolled", "512")]
    [InlineData("dense", "Unrolled", "256")]
    [InlineData("dense", "Loop", "512")]
    [InlineData("maps", "Unrolled", "512")]
    [InlineData("maps", "Loop", "512")]
    [InlineData("kernels", "Unrolled", "512")]
    [InlineData("kernels", "Loop", "512")]
    [InlineData("strided", "Unrolled", "512")]
    [InlineData("strided", "Loop", "512")]
    [InlineData("free", "Unrolled", "512")]
    [InlineData("free", "Loop", "512")]
    [InlineData("combined", "Unrolled", "512")]
    [InlineData("combined", "Loop", "512")]
    [InlineData("classifier", "Auto", "512")]
    [InlineData("classifier", "Auto", "256")]
    [InlineData("classifier", "Auto", "128")]
    [InlineData("classifier", "Auto", "scalar")]
    public void KernelIsAsItWas(string network, string schedule, string target)
    {
        var text = DescriptionWriter.Write(SmallNetworks.All[network]);
        var file = TestFile.Model("net.kgn", text, ("Schedule", schedule), ("Targets", target));

        var source = TestProject.With(file).Generate().Source;

        // The header names the compiler's version; a new one alone changes no kernel.
        KernelSnapshot.Match(source.Replace(NetworkCompiler.Version, "(version)", StringComparison.Ordinal), $"{network}-{schedule}-{target}");
    }
}

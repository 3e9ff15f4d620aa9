using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Files changed at random; <c>tests/KernelGen.Onnx.Fuzz</c> runs more of them.</summary>
public sealed class ImportFuzzTests : IDisposable
{
    private const int Files = 2_000;
    private const long MaximumAllocated = 1L << 30;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kernelgen-onnx-");

    public static TheoryData<string> Seeds => [.. FuzzSeeds.All.Keys];

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_seed_is_a_model_that_can_be_imported(string name) => Assert.Empty(FuzzSeeds.All[name].Import().Errors);

    [Fact]
    public void Changed_models_end_in_a_network_or_in_errors()
    {
        var fuzz = new ImportFuzz(1, folder.FullName);
        var failures = Enumerable.Range(0, Files).Select(fuzz.Run).OfType<string>().ToList();
        Assert.Empty(failures);
        Assert.InRange(fuzz.Parsed, Files / 2, Files);
        Assert.InRange(fuzz.Imported, Files / 20, Files);
        Assert.InRange(fuzz.MostAllocated, 0, MaximumAllocated);
    }
}

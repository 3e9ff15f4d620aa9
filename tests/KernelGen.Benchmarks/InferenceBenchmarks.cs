using BenchmarkDotNet.Attributes;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks;

/// <summary>Dense and pruned inference of known networks: generated code, and ONNX Runtime on one thread.</summary>
[InProcess]
[MemoryDiagnoser]
public class InferenceBenchmarks
{
    private CompiledNetwork ours = null!;
    private OnnxRuntimeNetwork theirs = null!;
    private float[][] inputs = [];
    private float[][] outputs = [];
    private CorePinning? pinning;

    [ParamsSource(nameof(Networks))]
    public string Network { get; set; } = "";

    public static IEnumerable<string> Networks => Comparison.Known.Select(k => k.Name);

    [GlobalSetup]
    public void Setup()
    {
        pinning = CorePinning.PinCurrentThread();
        var description = Comparison.Known.Single(k => k.Name == Network).Description;
        inputs = NetworkVerifier.RandomSamples(description, 1, 1)[0];
        ours = CompiledNetwork.Load(description);
        outputs = ours.Run(inputs);
        theirs = new OnnxRuntimeNetwork(description, inputs);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        ours.Dispose();
        theirs.Dispose();
        pinning?.Dispose();
    }

    [Benchmark]
    public void KernelGen() => ours.Run(inputs, outputs);

    [Benchmark(Baseline = true)]
    public void OnnxRuntime() => theirs.Run();
}

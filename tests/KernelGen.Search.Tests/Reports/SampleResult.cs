using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

/// <summary>A run's result with round figures, made up for these tests.</summary>
internal static class SampleResult
{
    public static PruneResult Create(bool withControl = true) => new(
        Network: "lenet <20-50>",
        Dataset: "fashion & co",
        Seed: 7,
        Tolerance: 1,
        ValidationLoss: 1.2,
        TrainingImages: 8000,
        ValidationImages: 2000,
        TestImages: 2000,
        TestErrorsDense: 220,
        TestErrorsPruned: 233,
        OnlyDenseWrong: 40,
        OnlyPrunedWrong: 53,
        MaxDifference: 2.5e-6,
        Removed: new RemovedWeights(Map: 12_000, Kernel: 4_000, Stride: 5_000),
        Dense: new NetworkMeasurement(25_500, 405_000, 2_293_000, 41.26, 1_726_280, 65_536, 2_100_224),
        Pruned: new NetworkMeasurement(4_500, 120_000, 402_000, 11.5, 498_000, 40_960, 700_416),
        Layers:
        [
            new LayerChange("conv1", "conv 5×5", 20, 14, 500, 350, 288_000, 201_600, "maps", "unrolled"),
            new LayerChange("conv2", "conv 5×5", 50, 30, 25_000, 4_150, 1_600_000, 80_400, "maps, kernels, strided", "unrolled"),
            new LayerChange("fc1", "dense", 500, 250, 400_000, 117_500, 400_000, 117_500, "units", "loop"),
            new LayerChange("fc2", "dense", 10, 10, 5_000, 2_500, 5_000, 2_500, "units", "loop"),
        ],
        Generations: [.. Enumerable.Range(0, 12).Select(Generation)],
        RandomSearch: withControl ? new ControlResult("random search", 480, 12.4, 16.2, 11.9, 10.8, 0.41, 0.52) : null,
        AssemblyPath: "out/Lenet.dll");

    private static GenerationRecord Generation(int index)
    {
        var random = new Random(100 + index);
        return new GenerationRecord(index, [.. Enumerable.Range(0, 40).Select(_ => Particle(index, random))]);
    }

    private static ParticleRecord Particle(int generation, Random random)
    {
        var time = 10 + (20 * random.NextDouble() * (12 - generation) / 12) + (3 * random.NextDouble());
        var error = 10 + (200 * random.NextDouble() / time) + (random.NextDouble() < 0.2 ? 40 * random.NextDouble() : 0);
        return new ParticleRecord(error, time, error < 13);
    }
}

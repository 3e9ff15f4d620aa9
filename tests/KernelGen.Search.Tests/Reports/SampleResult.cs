using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

/// <summary>A run's result with round figures, made up for these tests.</summary>
internal static class SampleResult
{
    public static readonly double[] Tolerances = [0.5, 1, 2, 4];

    private static readonly string[] Controls = ["uniform", "magnitude", "taylor", "random", "dynamic-programming", "scratch", "unpruned"];

    /// <summary>A search for one tolerance or four, without controls or with each of them.</summary>
    public static PruneResult Create(bool withControls = true, int tolerances = 4) => new(
        Network: "lenet <20-50>",
        Dataset: "fashion & co",
        Seed: 7,
        Images: new SplitSizes(8000, 1000, 1500, 2000),
        TestSplit: "test",
        Epochs: new TrainingEpochs(10, 2, 12),
        TestErrorsDense: 220,
        Dense: new NetworkMeasurement(25_500, 405_000, 2_293_000, 41.26, 1_726_280, 65_536, 2_100_224),
        Methods:
        [
            Method("evolution", 0, tolerances),
            .. withControls ? Controls.Select((name, i) => Method(name, i + 1, tolerances)) : [],
        ],
        Generations: [.. Enumerable.Range(0, 12).Select(Generation)],
        Reference: new FrontPoint(13, 43.5),
        TimeModel: new TimeModelCheck(120, 8, 4.3, 9.8),
        Machine: "Test CPU <9000>, 2 cores, Linux, .NET 10");

    /// <summary>Methods are the worse, the higher their number.</summary>
    private static MethodResult Method(string name, int number, int tolerances) => new(
        name,
        480,
        0.62 - (0.04 * number),
        name is "scratch" or "unpruned" ? [] : [.. Enumerable.Range(0, 5).Select(i => new FrontPoint(9.5 - (2.2 * i), 6.2 + (1.1 * number) + (0.9 * i * i)))],
        [.. Tolerances.Take(tolerances).Select((tolerance, i) => Network(name, number, tolerance, i))]);

    private static PrunedResult Network(string method, int number, double tolerance, int index)
    {
        var worse = 1 + (0.11 * number);
        var weights = (long)((6_500 - (1_000 * index)) * worse);
        return new PrunedResult(
            tolerance,
            SelectLoss: index == 2 ? 2.2 : tolerance - 0.1,
            TestErrors: 228 + (11 * index) + (2 * number),
            OnlyDenseWrong: 40,
            OnlyPrunedWrong: 48 + (11 * index) + (2 * number),
            MaxDifference: 2.5e-6,
            Removed: new RemovedWeights(Map: 12_000, Kernel: 4_000, Stride: 9_500 - weights),
            Measurement: new NetworkMeasurement(weights, 120_000, 402_000 - (60_000 * index), (14.2 - (2.7 * index)) * worse, 498_000, 40_960, 700_416),
            EstimatedMicroseconds: (13.6 - (2.5 * index)) * worse,
            Layers:
            [
                new LayerChange("conv1", "conv 5×5", 20, 14, 500, 350, 288_000, 201_600, "maps", "unrolled", 8.1, 4.4, 20, 14),
                new LayerChange("conv2", "conv 5×5", 50, 30, 25_000, weights - 350, 1_600_000, 80_400, "maps, kernels, strided", "unrolled", 21.5, 4.2, 1_000, 380),
                new LayerChange("fc1", "dense", 500, 250, 400_000, 117_500, 400_000, 117_500, "units", "loop", 11.2, 2.8, 0, 0),
                new LayerChange("fc2", "dense", 10, 10, 5_000, 2_500, 5_000, 2_500, "units", "loop", 0.4, 0.2, 0, 0),
            ],
            Retrainings: 1 + index,
            File: number == 0 ? (tolerance == 0.5 ? "pruned-0.5.kgn" : $"pruned-{tolerance:0}.kgn") : FormattableString.Invariant($"controls/{method}-{tolerance}.kgn"));
    }

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

using System.Runtime.InteropServices;
using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;

namespace KernelGen.Benchmarks.Scoring;

/// <summary>One way to score a candidate.</summary>
/// <param name="Repairs">Whether the weights get new values before.</param>
internal sealed record ScoringVariant(string Name, bool Repairs, Func<Genome, Score> Score);

/// <summary>From the plain way to the search's own, one change at a time.</summary>
internal static class ScoringVariants
{
    public static IReadOnlyList<ScoringVariant> Create(
        PruningSpace space, NetworkDescription dense, ImageTensors calibration, ImageTensors search, TorchEvaluator single, TorchEvaluator evaluator, EarlyEnd end)
    {
        return
        [
            new("dense size under masks, the C library's usual allocation", false, genome =>
            {
                using var allocation = UsualAllocation.Begin();
                return Masked(genome);
            }),
            new("+ freed memory is kept", false, Masked),
            new("+ compacted", false, genome => Whole(Compaction.Apply(space, dense, genome), NetworkMasks.None)),
            new("+ repaired; batch norms folded, in place, in small batches", true, genome => single.Evaluate(genome)),
            new($"+ in the precision that is faster here, {TorchRuntime.FastestPrecision.ToString().ToLowerInvariant()}", true, genome => evaluator.Evaluate(genome)),
            new("+ early end", true, genome => evaluator.Evaluate(genome, end.GoesOn)),
        ];

        Score Masked(Genome genome) => Whole(dense, Masks(space, genome));

        Score Whole(NetworkDescription description, NetworkMasks masks)
        {
            using var network = TrainableNetwork.Create(description);
            network.SetMasks(masks);
            network.RecalibrateBatchNorm(calibration.Images);
            var evaluation = Evaluator.Evaluate(network, search);
            return new Score(evaluation.ErrorPercent, evaluation.Loss, 0, search.Count);
        }
    }

    /// <summary>The candidate as masks on the dense network: weights, and maps wherever they are removed.</summary>
    private static NetworkMasks Masks(PruningSpace space, Genome genome)
    {
        var maps = space.Graph.Nodes
            .Where(n => space.Channels.Maps(n.Name).Any(m => !genome.Keeps(m)))
            .ToDictionary(n => n.Name, n => space.Channels.Maps(n.Name).Select(m => genome.Keeps(m) ? 1f : 0f).ToArray());
        return new NetworkMasks(space.Convs.Zip(genome.Convs).ToDictionary(c => c.First.Layer, c => Mask(c.First, c.Second)), maps);
    }

    private static float[] Mask(ConvSite site, ConvGene gene)
    {
        var row = site.SourcesPerGroup * site.Area;
        var mask = new float[site.Targets.Count * row];
        for (var k = 0; k < mask.Length; k++)
        {
            var (target, tap) = (k / row, k % site.Area);
            var taps = gene.Taps[site.SourceMap(target, k % row)];
            var isKept = gene.Kernels[site.TapIndex(target, k % row) / site.Area] && tap >= taps.Offset && (tap - taps.Offset) % taps.Stride == 0;
            mask[k] = isKept ? 1 : 0;
        }

        return mask;
    }

    /// <summary>Large blocks come from the system and go back to it, as they do before <see cref="TorchRuntime"/> changes that.</summary>
    private sealed class UsualAllocation : IDisposable
    {
        private const int MmapThreshold = -3;
        private const int Usual = 128 << 10;

        public static UsualAllocation Begin()
        {
            Set(Usual);
            return new UsualAllocation();
        }

        public void Dispose() => Set(TorchRuntime.LargestKeptBlock);

        private static void Set(int threshold)
        {
            if (OperatingSystem.IsLinux())
            {
                _ = SetAllocator(MmapThreshold, threshold);
            }
        }

        [DllImport("libc", EntryPoint = "mallopt")]
        private static extern int SetAllocator(int parameter, int value);
    }
}

/// <summary>The time of a candidate is another benchmark's.</summary>
internal sealed class NoTime : ITimeModel
{
    public double Microseconds(NetworkDescription candidate) => 0;
}

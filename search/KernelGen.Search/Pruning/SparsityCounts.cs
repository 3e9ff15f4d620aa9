using KernelGen.Model;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Pruning;

/// <summary>What a genome removes and leaves.</summary>
/// <param name="ConvWeights">Convolution weights of the dense network.</param>
/// <param name="Removed">Convolution weights removed, each counted once by the coarsest granularity that removes it.</param>
/// <param name="DenseWeightsLeft">Weights of fully connected layers that are left.</param>
/// <param name="MacsLeft">Multiply-adds of convolutions and fully connected layers that are left.</param>
public sealed record SparsityCounts(long ConvWeights, RemovedWeights Removed, long DenseWeightsLeft, long MacsLeft)
{
    public long ConvWeightsLeft => ConvWeights - Removed.Map - Removed.Kernel - Removed.Stride;

    public static SparsityCounts Of(PruningSpace space, Genome genome)
    {
        long map = 0, kernel = 0, stride = 0, macs = 0;
        for (var c = 0; c < space.Convs.Count; c++)
        {
            var site = space.Convs[c];
            var count = Of(site, genome, genome.Convs[c]);
            map += count.Map;
            kernel += count.Kernel;
            stride += count.Stride;
            macs += (site.Weights - count.Map - count.Kernel - count.Stride) * site.Positions;
        }

        var dense = space.Denses.Sum(d => WeightsLeft(d, genome));
        return new SparsityCounts(space.Convs.Sum(c => c.Weights), new RemovedWeights(map, kernel, stride), dense, macs + dense);
    }

    /// <summary>The convolution weights that a genome removes from one layer.</summary>
    public static RemovedWeights Of(ConvSite site, Genome genome, ConvGene gene)
    {
        long map = 0, kernel = 0, stride = 0;
        var targetsKept = site.Targets.Select(genome.Keeps).ToArray();
        var count = site.TargetsPerGroup;
        for (var i = 0; i < site.Sources.Count; i++)
        {
            if (!genome.Keeps(site.Sources[i]))
            {
                map += count * site.Area;
                continue;
            }

            var targets = targetsKept.AsSpan(site.TargetMap(i, 0), count);
            var kernels = gene.Kernels.AsSpan().Slice(i * count, count);
            var (between, left) = (targets.Count(true), 0);
            for (var o = 0; o < count; o++)
            {
                left += targets[o] && kernels[o] ? 1 : 0;
            }

            map += (count - between) * site.Area;
            kernel += (between - left) * site.Area;
            stride += left * (site.Area - TapsLeft(gene.Taps[i], site.Area));
        }

        return new RemovedWeights(map, kernel, stride);
    }

    /// <summary>Weights of a fully connected layer that a genome leaves.</summary>
    public static long WeightsLeft(DenseSite site, Genome genome) =>
        (long)site.Sources.Count(genome.Keeps) * site.ElementsPerSource * site.Targets.Count(genome.Keeps);

    /// <summary>How many taps of a kernel a pattern keeps: ceil((area − offset) / stride).</summary>
    public static int TapsLeft(StridedTaps taps, int area) => (area - taps.Offset + taps.Stride - 1) / taps.Stride;
}

using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>A genome while it is being varied.</summary>
internal sealed class Draft
{
    public Draft(Genome genome)
    {
        Units = genome.Units.Select(u => u.ToArray()).ToArray();
        Kernels = genome.Convs.Select(c => c.Kernels.ToArray()).ToArray();
        Taps = genome.Convs.Select(c => c.Taps.ToArray()).ToArray();
    }

    public bool[][] Units { get; }

    public bool[][] Kernels { get; }

    public StridedTaps[][] Taps { get; }

    public bool Keeps(UnitRef unit) => unit.IsFixed || Units[unit.Group][unit.Unit];

    public Genome ToGenome() => new(
        Units.Select(u => u.ToEquatableArray()).ToEquatableArray(),
        Kernels.Zip(Taps, (k, t) => new ConvGene(k.ToEquatableArray(), t.ToEquatableArray())).ToEquatableArray());

    /// <summary>The kernels of a convolution that are left (or, with <paramref name="removed"/>, masked out) between kept maps.</summary>
    public List<int> KernelsOf(ConvSite site, int conv, bool removed = false)
    {
        var result = new List<int>();
        for (var i = 0; i < site.Sources.Count; i++)
        {
            for (var o = 0; o < site.TargetsPerGroup && Keeps(site.Sources[i]); o++)
            {
                var kernel = (i * site.TargetsPerGroup) + o;
                if (Kernels[conv][kernel] != removed && Keeps(site.Targets[site.TargetMap(i, o)]))
                {
                    result.Add(kernel);
                }
            }
        }

        return result;
    }

    /// <summary>
    /// The kernels of a convolution that are left between kept maps, in blocks: those from one source map to so many consecutive
    /// kept target maps of its group, which stay neighbours in the compacted network.
    /// </summary>
    public List<List<int>> KernelBlocks(ConvSite site, int conv, int block)
    {
        var result = new List<List<int>>();
        for (var i = 0; i < site.Sources.Count; i++)
        {
            var targets = Enumerable.Range(0, site.TargetsPerGroup).Where(o => Keeps(site.Sources[i]) && Keeps(site.Targets[site.TargetMap(i, o)]));
            result.AddRange(targets
                .Chunk(block)
                .Select(c => c.Select(o => (i * site.TargetsPerGroup) + o).Where(k => Kernels[conv][k]).ToList())
                .Where(c => c.Count > 0));
        }

        return result;
    }
}

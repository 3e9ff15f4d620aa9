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
}

using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>
/// Brings a genome into the form in which it is scored and described: a map that no kernel reads any more, or that no kernel
/// feeds, is removed, and no group or convolution is left empty.
/// </summary>
public static class GenomeSettling
{
    public static Genome Settle(PruningSpace space, Genome genome)
    {
        var units = genome.Units.Select(g => g.ToArray()).ToArray();
        for (var g = 0; g < units.Length; g++)
        {
            if (!units[g].Contains(true))
            {
                units[g][0] = true;
            }
        }

        while (RemoveUnused(space, genome, units))
        {
        }

        var settled = genome with { Units = units.Select(u => u.ToEquatableArray()).ToEquatableArray() };
        return settled with
        {
            Convs = space.Convs.Zip(genome.Convs, (site, gene) => RestoreIfEmpty(site, gene, settled)).ToEquatableArray(),
        };
    }

    private static bool RemoveUnused(PruningSpace space, Genome genome, bool[][] units)
    {
        var read = units.Select(u => new bool[u.Length]).ToArray();
        var fed = units.Select(u => new bool[u.Length]).ToArray();
        MarkConvs(space, genome, units, read, fed);
        MarkDenses(space, read, fed);
        var changed = false;
        for (var g = 0; g < units.Length; g++)
        {
            var left = units[g].Count(k => k);
            for (var u = 0; u < units[g].Length && left > 1; u++)
            {
                if (units[g][u] && !(read[g][u] && fed[g][u]))
                {
                    units[g][u] = false;
                    left--;
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static void MarkConvs(PruningSpace space, Genome genome, bool[][] units, bool[][] read, bool[][] fed)
    {
        for (var c = 0; c < space.Convs.Count; c++)
        {
            var site = space.Convs[c];
            for (var i = 0; i < site.Sources.Count; i++)
            {
                for (var o = 0; o < site.TargetsPerGroup; o++)
                {
                    var target = site.Targets[site.TargetMap(i, o)];
                    if (genome.Convs[c].Kernels[(i * site.TargetsPerGroup) + o] && Kept(units, site.Sources[i]) && Kept(units, target))
                    {
                        Mark(read, site.Sources[i]);
                        Mark(fed, target);
                    }
                }
            }
        }
    }

    private static void MarkDenses(PruningSpace space, bool[][] read, bool[][] fed)
    {
        foreach (var site in space.Denses)
        {
            foreach (var source in site.Sources)
            {
                Mark(read, source);
            }

            foreach (var target in site.Targets)
            {
                Mark(fed, target);
            }
        }
    }

    private static bool Kept(bool[][] units, UnitRef unit) => unit.IsFixed || units[unit.Group][unit.Unit];

    private static void Mark(bool[][] marks, UnitRef unit)
    {
        if (!unit.IsFixed)
        {
            marks[unit.Group][unit.Unit] = true;
        }
    }

    /// <summary>A convolution needs a kernel to be one: without any, it gets all of those between kept maps back.</summary>
    private static ConvGene RestoreIfEmpty(ConvSite site, ConvGene gene, Genome genome)
    {
        var removed = SparsityCounts.Of(site, genome, gene);
        return removed.Map + removed.Kernel < site.Weights
            ? gene
            : gene with { Kernels = Enumerable.Repeat(true, gene.Kernels.Count).ToEquatableArray() };
    }
}

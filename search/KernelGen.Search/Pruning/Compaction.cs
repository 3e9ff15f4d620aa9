using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>
/// Turns a dense network and a genome into the smaller network that the genome means. A removed map is zero after its
/// activation, by definition, so nothing else changes when it goes: the result equals the masked dense network.
/// </summary>
public static class Compaction
{
    /// <summary>The network with everything removed that the genome removes.</summary>
    /// <param name="space">Made from a network of the same structure as <paramref name="dense"/>.</param>
    /// <param name="dense">The network with all maps and dense weights.</param>
    public static NetworkDescription Apply(PruningSpace space, NetworkDescription dense, Genome genome)
    {
        var convs = space.Convs.Zip(genome.Convs).ToDictionary(c => c.First.Layer);
        return dense with
        {
            Layers = dense.Layers
                .Select(layer => layer with { Operator = Prune(space, layer, genome, convs) })
                .ToEquatableArray(),
        };
    }

    private static Operator Prune(
        PruningSpace space, Layer layer, Genome genome, Dictionary<string, (ConvSite First, ConvGene Second)> convs)
    {
        var maps = space.Channels.Maps(layer.Name);
        switch (layer.Operator)
        {
            case Conv conv:
                var (site, gene) = convs[layer.Name];
                return Prune(conv, site, gene, genome);
            case Dense dense:
                return Prune(dense, space.Denses.First(d => d.Layer == layer.Name), genome);
            case BatchNorm norm:
                var kept = Kept(maps, genome);
                return norm with
                {
                    Scale = Pick(norm.Scale, kept),
                    Shift = Pick(norm.Shift, kept),
                    Mean = Pick(norm.Mean, kept),
                    Variance = Pick(norm.Variance, kept),
                };
            case Reshape reshape:
                return new Reshape(WithMaps(reshape.Shape, maps, genome));
            case Expand expand:
                return new Expand(WithMaps(expand.Shape, maps, genome));
            case Slice slice:
                return slice with { Sizes = [maps.Count(genome.Keeps), .. slice.Sizes.Skip(1)] };
            case Constant constant:
                return Prune(constant, maps, genome);
            default:
                return layer.Operator;
        }
    }

    private static Shape WithMaps(Shape shape, IReadOnlyList<UnitRef> maps, Genome genome) =>
        new(shape.Dimensions.Skip(1).Prepend(maps.Count(genome.Keeps)).ToArray());

    private static Constant Prune(Constant constant, IReadOnlyList<UnitRef> maps, Genome genome)
    {
        var each = constant.Shape.Length / constant.Shape.Maps;
        var values = Kept(maps, genome).SelectMany(m => constant.Values.Span.Slice(m * each, each).ToArray()).ToArray();
        return new Constant(WithMaps(constant.Shape, maps, genome), new FloatData(values));
    }

    private static Conv Prune(Conv conv, ConvSite site, ConvGene gene, Genome genome)
    {
        var sources = Kept(site.Sources, genome);
        var targets = Kept(site.Targets, genome);
        var groups = site.Groups == 1 ? 1 : sources.Length / site.SourcesPerGroup;
        var taps = sources.All(i => gene.Taps[i].Stride == 1)
            ? EquatableArray.Create<TapPattern>([])
            : sources.Select(i => gene.Taps[i].Stride == 1 ? TapPattern.Dense : gene.Taps[i]).ToEquatableArray();
        var weights = PickWeights(conv, site, sources, targets, groups);
        return conv with
        {
            OutputMaps = targets.Length,
            Groups = groups,
            Bias = conv.Bias is null ? null : Pick(conv.Bias, targets),
            Weights = ConvWeights.FromDense(
                weights, targets.Length, sources.Length, groups, site.Area, PickKernels(site, gene, sources, genome), taps),
            Selection = Selection(targets, site.Targets.Count, conv.Selection),
        };
    }

    /// <summary>The kernels between kept maps, dense: [kept targets, kept sources of the target's group, taps].</summary>
    private static float[] PickWeights(Conv conv, ConvSite site, int[] sources, int[] targets, int groups)
    {
        var all = conv.Weights.ToDense(site.Targets.Count, site.Sources.Count, site.Groups, site.Area);
        var perTarget = sources.Length / groups;
        var picked = new float[targets.Length * perTarget * site.Area];
        var next = 0;
        foreach (var target in targets)
        {
            // Groups are kept or removed as a whole, so a kept target's sources are all of its group's (or, ungrouped, all kept ones).
            for (var i = 0; i < perTarget; i++)
            {
                var source = site.Groups == 1 ? sources[i] : i;
                var from = ((target * site.SourcesPerGroup) + source) * site.Area;
                all.AsSpan(from, site.Area).CopyTo(picked.AsSpan(next));
                next += site.Area;
            }
        }

        return picked;
    }

    private static KernelMask? PickKernels(ConvSite site, ConvGene gene, int[] sources, Genome genome)
    {
        var bits = new List<bool>();
        foreach (var i in sources)
        {
            for (var o = 0; o < site.TargetsPerGroup; o++)
            {
                if (genome.Keeps(site.Targets[site.TargetMap(i, o)]))
                {
                    bits.Add(gene.Kernels[(i * site.TargetsPerGroup) + o]);
                }
            }
        }

        return bits.Contains(false)
            ? new KernelMask(sources.Length, bits.Count / sources.Length, bits.ToEquatableArray())
            : null;
    }

    private static Dense Prune(Dense dense, DenseSite site, Genome genome)
    {
        var sources = Kept(site.Sources, genome);
        var targets = Kept(site.Targets, genome);
        var row = site.Sources.Count * site.ElementsPerSource;
        var weights = new float[targets.Length * sources.Length * site.ElementsPerSource];
        var next = 0;
        foreach (var target in targets)
        {
            foreach (var source in sources)
            {
                dense.Weights.Span.Slice((target * row) + (source * site.ElementsPerSource), site.ElementsPerSource)
                    .CopyTo(weights.AsSpan(next));
                next += site.ElementsPerSource;
            }
        }

        return new Dense(
            targets.Length,
            new FloatData(weights),
            dense.Bias is null ? null : Pick(dense.Bias, targets),
            Selection(targets, site.Targets.Count, dense.Selection));
    }

    private static int[] Kept(IReadOnlyList<UnitRef> maps, Genome genome) =>
        Enumerable.Range(0, maps.Count).Where(m => genome.Keeps(maps[m])).ToArray();

    private static FloatData Pick(FloatData data, int[] kept) => new(Array.ConvertAll(kept, m => data[m]));

    private static MapSelection? Selection(int[] kept, int of, MapSelection? before) =>
        kept.Length == of ? before
        : before is null ? new MapSelection(of, kept.ToEquatableArray())
        : new MapSelection(before.Of, kept.Select(m => before.Kept[m]).ToEquatableArray());
}

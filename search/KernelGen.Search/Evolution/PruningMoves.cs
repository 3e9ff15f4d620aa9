using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>The single steps of which a genome's variation is made, guided by importance per cost.</summary>
internal sealed class PruningMoves(
    PruningSpace space, Importance importance, LayerCosts costs, double noise, double uniformShare)
{
    /// <summary>Share of a group's units, or of a convolution's kernels, that one step removes.</summary>
    private const double Batch = 0.03;

    /// <summary>Removes the units of one group that matter least.</summary>
    public void RemoveUnits(Draft draft, LayerTaste taste, KeyedRandom random)
    {
        var genome = draft.ToGenome();
        var savings = UnitSavings(genome);
        var groups = Enumerable.Range(0, draft.Units.Length).Where(g => draft.Units[g].Count(k => k) > 1).ToList();
        if (groups.Count == 0)
        {
            return;
        }

        var group = random.Chance(uniformShare)
            ? groups[random.Next(groups.Count)]
            : groups.MinBy(g => Weakest(draft, g) / Math.Max(savings[g], 1e-9) * taste.Groups[g] * random.NextFactor(noise));
        var kept = Indices(draft.Units[group], true);
        foreach (var unit in Least(kept, u => importance.Unit(new UnitRef(group, u)), Share(kept.Count, Batch, kept.Count - 1), random))
        {
            draft.Units[group][unit] = false;
        }
    }

    /// <summary>
    /// Removes the kernels of one convolution that matter least, alone or in blocks that one vector of the generated code holds, as
    /// the candidate's taste has it.
    /// </summary>
    public void RemoveKernels(Draft draft, LayerTaste taste, KeyedRandom random)
    {
        if (PickConv(draft, site => site.TargetsPerGroup > 1, taste, random) is not { } conv)
        {
            return;
        }

        var blocks = draft.KernelBlocks(space.Convs[conv], conv, taste.KernelBlock);
        double Loss(int b) => blocks[b].Average(k => importance.Kernel(conv, k));
        foreach (var block in Least([.. Enumerable.Range(0, blocks.Count)], Loss, Share(blocks.Count, Batch, blocks.Count - 1), random))
        {
            foreach (var kernel in blocks[block])
            {
                draft.Kernels[conv][kernel] = false;
            }
        }
    }

    /// <summary>Widens the stride of one source map's pattern: the one whose loss per tap is least, at its best offset.</summary>
    public void WidenStride(Draft draft, LayerTaste taste, KeyedRandom random)
    {
        if (PickConv(draft, site => site.Area > 1, taste, random) is not { } conv)
        {
            return;
        }

        var site = space.Convs[conv];
        var sources = Enumerable.Range(0, site.Sources.Count)
            .Where(i => draft.Keeps(site.Sources[i]) && draft.Taps[conv][i].Stride < WidestStride(site))
            .ToList();
        if (sources.Count == 0)
        {
            return;
        }

        var source = Least(sources, i => LossPerTap(draft, conv, i), 1, random)[0];
        draft.Taps[conv][source] = Wider(draft, conv, source, random);
    }

    /// <summary>Brings removed units of a group back, those that matter most.</summary>
    /// <param name="share">Of the kept ones: how many.</param>
    public void RestoreUnits(Draft draft, int group, double share, KeyedRandom random)
    {
        var removed = Indices(draft.Units[group], false);
        var kept = draft.Units[group].Length - removed.Count;
        double Worthlessness(int u) => 1 / Math.Max(importance.Unit(new UnitRef(group, u)), 1e-30);
        foreach (var unit in Least(removed, Worthlessness, Share(kept, share, removed.Count), random))
        {
            draft.Units[group][unit] = true;
        }
    }

    /// <summary>Brings removed kernels of a convolution back, those that matter most.</summary>
    /// <param name="share">Of the kept ones: how many.</param>
    public void RestoreKernels(Draft draft, int conv, double share, KeyedRandom random)
    {
        var site = space.Convs[conv];
        var removed = draft.KernelsOf(site, conv, removed: true);
        double Worthlessness(int k) => 1 / Math.Max(importance.Kernel(conv, k), 1e-30);
        foreach (var kernel in Least(removed, Worthlessness, Share(draft.KernelsOf(site, conv).Count, share, removed.Count), random))
        {
            draft.Kernels[conv][kernel] = true;
        }
    }

    /// <summary>Gives some strided source maps of a convolution the next narrower stride.</summary>
    public void NarrowStrides(Draft draft, int conv, double share, KeyedRandom random)
    {
        var taps = draft.Taps[conv];
        for (var i = 0; i < taps.Length; i++)
        {
            if (taps[i].Stride > 1 && random.Chance(share))
            {
                taps[i] = new StridedTaps(BestOffset(draft, conv, i, taps[i].Stride - 1, random), taps[i].Stride - 1);
            }
        }
    }

    /// <summary>Brings some removed units of a group back and removes as many others.</summary>
    public void ExchangeUnits(Draft draft, int group, double share, KeyedRandom random)
    {
        var (kept, removed) = (Indices(draft.Units[group], true), Indices(draft.Units[group], false));
        var count = Math.Min(Share(kept.Count, share * random.NextDouble(), kept.Count), removed.Count);
        double Worth(int u) => importance.Unit(new UnitRef(group, u));
        foreach (var unit in Least(removed, u => 1 / Math.Max(Worth(u), 1e-30), count, random))
        {
            draft.Units[group][unit] = true;
        }

        foreach (var unit in Least(kept, Worth, count, random))
        {
            draft.Units[group][unit] = false;
        }
    }

    /// <summary>Brings some removed kernels of a convolution back and removes as many others.</summary>
    public void ExchangeKernels(Draft draft, int conv, double share, KeyedRandom random)
    {
        var site = space.Convs[conv];
        var (kept, removed) = (draft.KernelsOf(site, conv), draft.KernelsOf(site, conv, removed: true));
        var count = Math.Min(Share(kept.Count, share * random.NextDouble(), kept.Count), removed.Count);
        foreach (var kernel in Least(removed, k => 1 / Math.Max(importance.Kernel(conv, k), 1e-30), count, random))
        {
            draft.Kernels[conv][kernel] = true;
        }

        foreach (var kernel in Least(kept, k => importance.Kernel(conv, k), count, random))
        {
            draft.Kernels[conv][kernel] = false;
        }
    }

    /// <summary>Gives some strided source maps another offset, or the next narrower stride.</summary>
    public void ShiftPatterns(Draft draft, int conv, double share, KeyedRandom random)
    {
        var taps = draft.Taps[conv];
        for (var i = 0; i < taps.Length; i++)
        {
            if (taps[i].Stride > 1 && random.Chance(share))
            {
                var stride = taps[i].Stride - (random.Chance(0.5) ? 1 : 0);
                taps[i] = new StridedTaps(BestOffset(draft, conv, i, stride, random), stride);
            }
        }
    }

    /// <summary>A pattern that begins at the first tap leaves at least two of a kernel: with one it would be a 1×1 convolution with a shift.</summary>
    private static int WidestStride(ConvSite site) => (site.Area + 1) / 2;

    private StridedTaps Wider(Draft draft, int conv, int source, KeyedRandom random)
    {
        var site = space.Convs[conv];
        var before = SparsityCounts.TapsLeft(draft.Taps[conv][source], site.Area);
        var stride = draft.Taps[conv][source].Stride + 1;

        // Strides that leave as many taps as a narrower one are no step: 5×5 goes 25, 13, 9, 7, 5, 4, …
        while (stride < WidestStride(site) && SparsityCounts.TapsLeft(new StridedTaps(0, stride), site.Area) >= before)
        {
            stride++;
        }

        return new StridedTaps(BestOffset(draft, conv, source, stride, random), stride);
    }

    private int BestOffset(Draft draft, int conv, int source, int stride, KeyedRandom random)
    {
        var offsets = Enumerable.Range(0, stride).ToList();
        return Least(offsets, o => 1 / Math.Max(Worth(draft, conv, source, new StridedTaps(o, stride)), 1e-30), 1, random)[0];
    }

    /// <summary>What the taps of a pattern are worth in the kernels that leave a source map.</summary>
    private double Worth(Draft draft, int conv, int source, StridedTaps taps)
    {
        var site = space.Convs[conv];
        double sum = 0;
        for (var o = 0; o < site.TargetsPerGroup; o++)
        {
            var kernel = (source * site.TargetsPerGroup) + o;
            if (draft.Kernels[conv][kernel] && draft.Keeps(site.Targets[site.TargetMap(source, o)]))
            {
                for (var t = taps.Offset; t < site.Area; t += taps.Stride)
                {
                    sum += importance.Tap(site, conv, kernel, t);
                }
            }
        }

        return sum;
    }

    private double LossPerTap(Draft draft, int conv, int source)
    {
        var taps = draft.Taps[conv][source];
        return Worth(draft, conv, source, taps) / SparsityCounts.TapsLeft(taps, space.Convs[conv].Area);
    }

    /// <summary>The cost that goes with one unit of each group.</summary>
    private double[] UnitSavings(Genome genome)
    {
        var savings = new double[genome.Units.Count];
        void Add(IReadOnlyList<UnitRef> maps, double cost)
        {
            foreach (var group in maps.Where(m => !m.IsFixed).Select(m => m.Group).Distinct())
            {
                savings[group] += cost / Math.Max(1, genome.Units[group].Count(k => k));
            }
        }

        for (var c = 0; c < space.Convs.Count; c++)
        {
            var cost = costs.OfConv(space, genome, c);
            Add(space.Convs[c].Sources, cost);
            Add(space.Convs[c].Targets, cost);
        }

        for (var d = 0; d < space.Denses.Count; d++)
        {
            var cost = costs.OfDense(space, genome, d);
            Add(space.Denses[d].Sources, cost);
            Add(space.Denses[d].Targets, cost);
        }

        return savings;
    }

    /// <summary>A convolution that satisfies the condition, likelier the more it costs.</summary>
    private int? PickConv(Draft draft, Func<ConvSite, bool> condition, LayerTaste taste, KeyedRandom random)
    {
        var convs = Enumerable.Range(0, space.Convs.Count).Where(c => condition(space.Convs[c])).ToList();
        var genome = draft.ToGenome();
        return convs.Count == 0
            ? null
            : convs[random.NextIndex(convs.Select(c => costs.OfConv(space, genome, c) * taste.Convs[c]).ToList())];
    }

    private double Weakest(Draft draft, int group) =>
        Indices(draft.Units[group], true).Min(u => importance.Unit(new UnitRef(group, u)));

    /// <summary>The items of least loss, under noise; now and then just any.</summary>
    private List<int> Least(List<int> items, Func<int, double> loss, int count, KeyedRandom random)
    {
        var left = items.OrderBy(i => loss(i) * random.NextFactor(noise)).ToList();
        var taken = new List<int>();
        while (taken.Count < count)
        {
            var next = random.Chance(uniformShare) ? random.Next(left.Count) : 0;
            taken.Add(left[next]);
            left.RemoveAt(next);
        }

        return taken;
    }

    private static int Share(int count, double share, int most) => Math.Clamp((int)Math.Ceiling(count * share), 0, Math.Max(0, most));

    private static List<int> Indices(bool[] bits, bool value) =>
        Enumerable.Range(0, bits.Length).Where(i => bits[i] == value).ToList();
}

using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>
/// Prunes the whole network at once by one ranking of importance, to many rates: by magnitude (Han et al., 2015; Li et al., 2017)
/// or by the first-order Taylor expansion of the loss (Molchanov et al., 2019), whichever the importance is.
/// </summary>
/// <remarks>
/// A rate is reached by one granularity alone or by several, coarse to fine: each then divides the cost by the same factor. Kernels go
/// one by one or in blocks that one vector of the generated code holds.
/// </remarks>
/// <param name="importance">Of kernels and taps, losses in one unit across layers: those of different layers are ranked against each other.</param>
public sealed class OneShot(
    string name, PruningSpace space, Importance importance, LayerCosts costs, Granularities granularities, int evaluations) : Control(name)
{
    private const double HighestRate = 0.9;
    private const double LowestRate = 0.05;

    private readonly LayerPruning layers = new(space, importance);
    private readonly double denseCost = costs.Of(space, space.Full);
    private IReadOnlyList<Genome>? candidates;
    private List<Step>? units;
    private List<Step>? strides;

    private delegate void Removal(Draft draft);

    public override IReadOnlyList<Genome> Propose(SearchState state) =>
        Next(candidates ??= Different(evaluations, Candidates), state.Evaluations).ToList();

    private IEnumerable<Genome> Candidates(int count)
    {
        var mixes = Enumerable.Range(1, (int)Granularities.All)
            .Select(m => (Granularities)m)
            .Where(m => granularities.HasFlag(m))
            .SelectMany(m => new[] { (Granularities: m, Block: 1), (Granularities: m, Block: LayerTaste.Lanes) })
            .Where(m => m.Block == 1 || m.Granularities.HasFlag(Granularities.Kernels))
            .ToList();
        return Geometric(HighestRate, LowestRate, (count + mixes.Count - 1) / mixes.Count)
            .SelectMany(rate => mixes.Select(mix => Prune(rate, mix.Granularities, mix.Block)));
    }

    private Genome Prune(double rate, Granularities mix, int block)
    {
        var parts = new[] { Granularities.Maps, Granularities.Kernels, Granularities.Strides }.Where(g => mix.HasFlag(g)).ToList();
        var genome = space.Full;
        for (var p = 0; p < parts.Count; p++)
        {
            var ranking = parts[p] switch
            {
                Granularities.Maps => units ??= Ranked(Units()),
                Granularities.Kernels => Ranked(Kernels(new Draft(genome), block)),
                _ => strides ??= Ranked(Strides()),
            };
            genome = Remove(genome, ranking, Math.Pow(rate, (p + 1.0) / parts.Count) * denseCost);
        }

        return GenomeSettling.Settle(space, genome);
    }

    /// <summary>Takes as many steps of a ranking as it needs to get to this cost; all, if it does not get there.</summary>
    private Genome Remove(Genome genome, List<Step> ranking, double cost)
    {
        Genome After(int steps)
        {
            var draft = new Draft(genome);
            ranking.Take(steps).ToList().ForEach(s => s.Remove(draft));
            return draft.ToGenome();
        }

        var (low, high) = (0, ranking.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = costs.Of(space, After(middle)) <= cost ? (low, middle) : (middle + 1, high);
        }

        return After(low);
    }

    private static List<Step> Ranked(IEnumerable<Step> steps) => steps.OrderBy(s => s.Loss).ToList();

    /// <summary>All units but the most important one of each group, by their importance relative to the mean of their group.</summary>
    private IEnumerable<Step> Units() => space.Channels.Groups.SelectMany((group, g) =>
    {
        var worth = Enumerable.Range(0, group.Units).Select(u => importance.Unit(new UnitRef(g, u))).ToList();
        var mean = Math.Max(worth.Average(), double.Epsilon);
        return worth
            .Select((own, u) => new Step(own / mean, draft => draft.Units[g][u] = false))
            .OrderBy(s => s.Loss)
            .SkipLast(1);
    });

    /// <summary>All kernels between kept maps, in blocks, but the most important block of each convolution.</summary>
    private IEnumerable<Step> Kernels(Draft pruned, int block) =>
        Enumerable.Range(0, space.Convs.Count).Where(layers.HasKernels).SelectMany(c => pruned.KernelBlocks(space.Convs[c], c, block)
            .Select(kernels => new Step(
                kernels.Average(k => importance.Kernel(c, k)),
                draft => kernels.ForEach(k => draft.Kernels[c][k] = false)))
            .OrderBy(s => s.Loss)
            .SkipLast(1));

    /// <summary>All strides of all source maps; a wider one never before a narrower one.</summary>
    private IEnumerable<Step> Strides()
    {
        for (var c = 0; c < space.Convs.Count; c++)
        {
            var (conv, site) = (c, space.Convs[c]);
            for (var i = 0; i < site.Sources.Count; i++)
            {
                var source = i;
                var (loss, before) = (0.0, new StridedTaps(0, 1));
                foreach (var stride in layers.StridesOf(c))
                {
                    var taps = layers.BestTaps(c, source, stride);
                    var removed = SparsityCounts.TapsLeft(before, site.Area) - SparsityCounts.TapsLeft(taps, site.Area);
                    if (removed > 0)
                    {
                        // Per weight, so that source maps with few targets do not always go first.
                        var lost = layers.Worth(c, source, before) - layers.Worth(c, source, taps);
                        loss = Math.Max(loss, lost / (removed * site.TargetsPerGroup));
                        yield return new Step(loss, draft => draft.Taps[conv][source] = taps);
                        before = taps;
                    }
                }
            }
        }
    }

    /// <param name="Loss">By which steps are ranked.</param>
    private sealed record Step(double Loss, Removal Remove);
}

using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>Makes genomes: random ones, and new ones from others by crossover and mutation.</summary>
/// <param name="minimumShare">Share of all convolution weights that each granularity removes at least, 0 to 1.</param>
/// <param name="allowed">Granularities that are used at all: only these need their share.</param>
public sealed class Variation(PruningSpace space, Importance importance, LayerCosts costs, double minimumShare, Granularities allowed)
{
    /// <summary>Choices made without a look at importance: a guided search that never errs cannot learn that its guide does.</summary>
    private const double UniformShare = 0.1;

    /// <summary>Scale of the noise on importance, in units of its logarithm.</summary>
    private const double Noise = 0.35;

    /// <summary>Scale of a candidate's preferences for layers: importance says little about what different layers can spare.</summary>
    private const double TasteScale = 1.0;

    /// <summary>How many times the minimum share maps leave to the finer granularities.</summary>
    private const double MapReserve = 4;

    /// <summary>Share of a layer's kept maps or kernels that growing brings back at most.</summary>
    private const double GrownShare = 0.4;

    private readonly PruningMoves moves = new(space, importance, costs, Noise, UniformShare);
    private readonly long[] least = LeastRemoved(space, minimumShare, allowed);
    private readonly double denseCost = costs.Of(space, space.Full);

    /// <summary>A random pattern that leaves about <paramref name="rate"/> of the cost.</summary>
    public Genome Random(double rate, Granularities allowed, KeyedRandom random) => PruneTo(space.Full, rate, allowed, random);

    /// <summary>
    /// The i-th of a sequence of patterns whose rates and mixes cover the range evenly, however many are taken; the same for every seed.
    /// </summary>
    public Genome Sample(int index)
    {
        // Multiples of the golden ratio leave the most even gaps (Steinhaus).
        const double Golden = 0.6180339887498949;
        const double Least = 0.05;
        const double Most = 0.8;
        var mixes = new[] { Granularities.Maps, Granularities.All, Granularities.Kernels, Granularities.Strides, Granularities.Maps | Granularities.Kernels };
        var place = ((index + 1) * Golden) % 1;
        return Random(Least * Math.Pow(Most / Least, place), mixes[index % mixes.Length], new KeyedRandom(0, "sample", 0, index));
    }

    /// <summary>What a genome costs, relative to the dense network.</summary>
    public double CostOf(Genome genome) => costs.Of(space, genome) / denseCost;

    /// <summary>The genome, pruned until each of these granularities has its share, and settled.</summary>
    public Genome Complete(Genome genome, Granularities allowed) =>
        Balance(new Draft(genome), allowed, LayerTaste.None(space), new KeyedRandom(0, "complete", 0, 0));

    /// <summary>Brings back a part of what was removed in one channel group or convolution, what matters most first.</summary>
    public Genome Grow(Genome genome, KeyedRandom random)
    {
        var draft = new Draft(genome);
        var site = random.Next(draft.Units.Length + (2 * space.Convs.Count));
        if (site < draft.Units.Length)
        {
            moves.RestoreUnits(draft, site, GrownShare * random.NextDouble(), random);
        }
        else if (site < draft.Units.Length + space.Convs.Count)
        {
            moves.RestoreKernels(draft, site - draft.Units.Length, GrownShare * random.NextDouble(), random);
        }
        else
        {
            moves.NarrowStrides(draft, site - draft.Units.Length - space.Convs.Count, random.NextDouble(), random);
        }

        return draft.ToGenome();
    }

    /// <summary>The genes before a random layer boundary from one parent, those after it from the other.</summary>
    public Genome Crossover(Genome first, Genome second, KeyedRandom random)
    {
        var order = space.Graph.Nodes.Select(n => n.Name).ToList();
        var cut = random.Next(order.Count);
        bool Before(string layer) => order.IndexOf(layer) < cut;
        return new Genome(
            first.Units.Select((u, g) => Before(space.Channels.Groups[g].Name.Split('+')[0]) ? u : second.Units[g]).ToEquatableArray(),
            first.Convs.Select((c, i) => Before(space.Convs[i].Layer) ? c : second.Convs[i]).ToEquatableArray());
    }

    /// <summary>Exchanges a share of the removed maps, kernels and patterns for others.</summary>
    /// <param name="share">Of the kept ones in each layer, 0 to 1.</param>
    public Genome Perturb(Genome genome, double share, KeyedRandom random)
    {
        var draft = new Draft(genome);
        for (var g = 0; g < draft.Units.Length; g++)
        {
            moves.ExchangeUnits(draft, g, share, random);
        }

        for (var c = 0; c < space.Convs.Count; c++)
        {
            moves.ExchangeKernels(draft, c, share, random);
            moves.ShiftPatterns(draft, c, share, random);
        }

        return draft.ToGenome();
    }

    /// <summary>
    /// Prunes further, in a random mix of the granularities and with random preferences for layers, until about
    /// <paramref name="rate"/> of the cost is left.
    /// </summary>
    /// <param name="allowed">The granularities in the mix.</param>
    public Genome PruneTo(Genome genome, double rate, Granularities allowed, KeyedRandom random)
    {
        double[] mix = [random.NextExponential(), random.NextExponential(), random.NextExponential()];
        for (var g = 0; g < mix.Length; g++)
        {
            mix[g] = allowed.HasFlag((Granularities)(1 << g)) ? mix[g] : 0;
        }

        var taste = LayerTaste.Draw(space, TasteScale, random);
        var draft = new Draft(genome);
        var current = genome;

        // Every move removes something, so that this many are never needed; the bound only guards against a space without moves.
        for (var step = 0; step < 2000 && costs.Of(space, current) > rate * denseCost; step++)
        {
            var granularity = random.NextIndex(mix);
            if (granularity == 0 && mix[1] + mix[2] > 0 && IsExhaustedByMaps(current))
            {
                granularity = random.NextIndex([0, mix[1], mix[2]]);
            }

            Move(draft, granularity, taste, random);
            current = draft.ToGenome();
        }

        return GenomeSettling.Settle(space, Balance(draft, allowed, taste, random));
    }

    /// <summary>Whether each granularity removes its share of the convolution weights.</summary>
    public bool IsBalanced(Genome genome) => Lacking(SparsityCounts.Of(space, genome), Granularities.All) < 0;

    /// <summary>What maps have taken is gone for the finer granularities: beyond a point, the rest is theirs.</summary>
    private bool IsExhaustedByMaps(Genome genome)
    {
        var counts = SparsityCounts.Of(space, genome);
        return counts.Removed.Map > (1 - (MapReserve * minimumShare)) * counts.ConvWeights;
    }

    /// <summary>Prunes at each of these granularities that has taken less than its share until it has, or can take no more.</summary>
    private Genome Balance(Draft draft, Granularities allowed, LayerTaste taste, KeyedRandom random)
    {
        var genome = GenomeSettling.Settle(space, draft.ToGenome());
        var counts = SparsityCounts.Of(space, genome);
        while (Lacking(counts, allowed) is >= 0 and var lacking)
        {
            Move(draft, lacking, taste, random);
            genome = GenomeSettling.Settle(space, draft.ToGenome());
            var after = SparsityCounts.Of(space, genome);
            if (after.ConvWeightsLeft >= counts.ConvWeightsLeft)
            {
                break;
            }

            counts = after;
        }

        return genome;
    }

    /// <summary>The coarsest of these granularities that has not removed its share; −1: each has.</summary>
    private int Lacking(SparsityCounts counts, Granularities among)
    {
        long[] removed = [counts.Removed.Map, counts.Removed.Kernel, counts.Removed.Stride];
        return Enumerable.Range(0, removed.Length).FirstOrDefault(g => among.HasFlag((Granularities)(1 << g)) && removed[g] < least[g], -1);
    }

    /// <summary>
    /// Weights that each granularity removes at least: its share, or a quarter of what it could reach at all where that is less (strides
    /// in a network of 1×1 kernels, kernels in depthwise convolutions).
    /// </summary>
    private static long[] LeastRemoved(PruningSpace space, double minimumShare, Granularities allowed)
    {
        var share = (long)Math.Ceiling(minimumShare * space.Convs.Sum(c => c.Weights));
        var maps = space.Channels.Groups.Any(g => g.Units > 1) ? share : 0;
        var kernels = space.Convs.Where(c => c.TargetsPerGroup > 1).Sum(c => c.Weights) / 4;
        var strides = space.Convs.Where(c => c.Area > 1).Sum(c => c.Weights / 2) / 4;
        long[] least = [maps, Math.Min(share, kernels), Math.Min(share, strides)];
        return least.Select((l, g) => allowed.HasFlag((Granularities)(1 << g)) ? l : 0).ToArray();
    }

    private void Move(Draft draft, int granularity, LayerTaste taste, KeyedRandom random)
    {
        if (granularity == 0)
        {
            moves.RemoveUnits(draft, taste, random);
        }
        else if (granularity == 1)
        {
            moves.RemoveKernels(draft, taste, random);
        }
        else
        {
            moves.WidenStride(draft, taste, random);
        }
    }
}

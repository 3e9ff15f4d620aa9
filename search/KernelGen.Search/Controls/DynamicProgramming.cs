using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>
/// Scores every layer pruned on its own, then takes the combinations that are best if losses add up and times multiply: a multiple-choice
/// knapsack over the layers, solved exactly by dynamic programming (as for quantisation and block-wise pruning, e.g. Aflalo et al., 2020).
/// </summary>
/// <remarks>
/// Both assumptions are approximations. Layers pruned together lose more than the sum of what they lose alone. Times multiply where a
/// convolution's sources and targets both shrink, and add up where other layers do; the product is the cautious one, and every
/// combination is scored in the end.
/// </remarks>
/// <param name="baseline">Score of the dense network.</param>
public sealed class DynamicProgramming(
    PruningSpace space, Importance importance, Granularities granularities, Score baseline, int evaluations) : Control(ControlNames.DynamicProgramming)
{
    private IReadOnlyList<Genome>? singles;

    /// <summary>The pruned layers on their own come first, with half of the evaluations at most.</summary>
    private IReadOnlyList<Genome> SingleLayers => singles ??= Singles(space, importance, granularities, evaluations / 2);

    public override IReadOnlyList<Genome> Propose(SearchState state) =>
        state.Evaluations < SingleLayers.Count
            ? Next(SingleLayers, state.Evaluations).ToList()
            : Next(Combine(space, state.Particles, baseline, evaluations - SingleLayers.Count), state.Evaluations - SingleLayers.Count).ToList();

    /// <summary>Keeps the particles that the tables are made from.</summary>
    public override SearchState Absorb(SearchState state, IReadOnlyList<Particle> scored) => base.Absorb(state, scored) with
    {
        Particles = state.Evaluations < SingleLayers.Count ? state.Particles.Concat(scored).ToEquatableArray() : state.Particles,
    };

    /// <summary>Genomes that prune one channel group, or one convolution at one finer granularity; all else is dense.</summary>
    /// <param name="most">How many there may be; many layers get fewer options each, and very many only the first ones any.</param>
    public static IReadOnlyList<Genome> Singles(PruningSpace space, Importance importance, Granularities granularities, int most)
    {
        double[][] widths = [[0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125], [0.75, 0.5, 0.25, 0.125], [0.625, 0.25], [0.5]];
        double[][] densities = [[0.75, 0.5, 0.25], [0.75, 0.5], [0.5], [0.5]];
        var layers = new LayerPruning(space, importance);
        IReadOnlyList<Genome> genomes = [];
        for (var coarseness = 0; coarseness < widths.Length; coarseness++)
        {
            genomes = Options(widths[coarseness], densities[coarseness], 3 - (coarseness / 2)).Distinct().Where(g => g != space.Full).ToList();
            if (genomes.Count <= most)
            {
                break;
            }
        }

        return genomes.Take(most).ToList();

        IEnumerable<Genome> Options(double[] widths, double[] densities, int widestStride)
        {
            for (var g = 0; g < space.Channels.Groups.Count && granularities.HasFlag(Granularities.Maps); g++)
            {
                foreach (var width in widths)
                {
                    yield return With(draft => layers.KeepUnits(draft, g, width));
                }
            }

            for (var c = 0; c < space.Convs.Count; c++)
            {
                foreach (var density in densities.Where(_ => granularities.HasFlag(Granularities.Kernels) && layers.HasKernels(c)))
                {
                    yield return With(draft => layers.KeepKernels(draft, c, density));
                }

                foreach (var stride in layers.StridesOf(c).Where(s => granularities.HasFlag(Granularities.Strides) && s <= widestStride))
                {
                    yield return With(draft => layers.SetStride(draft, c, stride));
                }
            }
        }

        Genome With(Action<Draft> prune)
        {
            var draft = new Draft(space.Full);
            prune(draft);
            return GenomeSettling.Settle(space, draft.ToGenome());
        }
    }

    /// <summary>The best combinations of single layers' options, from little to much time saved; those of one layer alone are scored already.</summary>
    /// <param name="singles">What <see cref="Singles"/> gave, scored.</param>
    /// <param name="baseline">Score of the dense network.</param>
    /// <param name="count">How many combinations at most; fewer where neighbours are the same.</param>
    public static IReadOnlyList<Genome> Combine(PruningSpace space, IReadOnlyList<Particle> singles, Score baseline, int count)
    {
        var layers = singles
            .Where(p => p.Score.Microseconds < baseline.Microseconds)
            .GroupBy(p => LayerOf(space, p.Genome))
            .Select(layer => layer.ToList())
            .ToList();
        var tables = layers.Select(layer => layer.Select(p => new KnapsackOption(
            Math.Log(baseline.Microseconds / p.Score.Microseconds), Math.Max(0, p.Score.Loss - baseline.Loss))).ToList()).ToList();

        // A network that loses more than one that guesses is of no use.
        var guessing = Math.Log(Math.Max(2, space.Graph.ShapeOf(space.Graph.Outputs[0]).Length));
        return new Knapsack(tables).Choices(guessing, count)
            .Select(choice => choice.Select((option, layer) => option is { } o ? layers[layer][o].Genome : space.Full).Aggregate(space.Full, Intersect))
            .Select(genome => GenomeSettling.Settle(space, genome))
            .Distinct()
            .Except(singles.Select(p => p.Genome))
            .ToList();
    }

    /// <summary>The layer and granularity that a single-layer genome prunes.</summary>
    private static (Granularities Granularity, int Index) LayerOf(PruningSpace space, Genome genome)
    {
        for (var c = 0; c < space.Convs.Count; c++)
        {
            // Maps may be gone too, with the last of their kernels.
            if (genome.Convs[c] != space.Full.Convs[c])
            {
                var isStrided = genome.Convs[c].Taps != space.Full.Convs[c].Taps;
                return (isStrided ? Granularities.Strides : Granularities.Kernels, c);
            }
        }

        return (Granularities.Maps, Enumerable.Range(0, genome.Units.Count).First(g => genome.Units[g] != space.Full.Units[g]));
    }

    /// <summary>What both keep.</summary>
    private static Genome Intersect(Genome first, Genome second) => new(
        first.Units.Zip(second.Units, And).ToEquatableArray(),
        first.Convs.Zip(second.Convs, (a, b) => new ConvGene(
            And(a.Kernels, b.Kernels),
            a.Taps.Zip(b.Taps, (s, t) => s.Stride > 1 ? s : t).ToEquatableArray())).ToEquatableArray());

    private static EquatableArray<bool> And(EquatableArray<bool> first, EquatableArray<bool> second) =>
        first.Zip(second, (a, b) => a && b).ToEquatableArray();
}

using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>
/// A narrower network of the same shape: every channel group keeps the same share of its units, the most important ones of each.
/// Without <see cref="Granularities.Maps"/> every convolution keeps the same share of its kernels, or the same stride.
/// </summary>
public sealed class UniformWidths(PruningSpace space, Importance importance, Granularities granularities, int evaluations)
    : Control(ControlNames.Uniform)
{
    private const double HighestShare = 0.97;
    private const double LowestShare = 0.1;

    private readonly LayerPruning layers = new(space, importance);
    private IReadOnlyList<Genome>? candidates;

    public override IReadOnlyList<Genome> Propose(SearchState state) =>
        Next(candidates ??= Different(evaluations, Candidates), state.Evaluations).ToList();

    private IEnumerable<Genome> Candidates(int count) =>
        granularities.HasFlag(Granularities.Maps) ? Shares(count).Select(share => Each(space.Channels.Groups.Count, (d, g) => layers.KeepUnits(d, g, share)))
        : granularities.HasFlag(Granularities.Kernels) ? Shares(count).Select(share => Each(space.Convs.Count, (d, c) => KeepKernels(d, c, share)))
        : Enumerable.Range(0, space.Convs.Count).SelectMany(layers.StridesOf).Distinct().Order().Select(stride => Each(space.Convs.Count, (d, c) => SetStride(d, c, stride)));

    private static IEnumerable<double> Shares(int count) => Geometric(HighestShare, LowestShare, count);

    private Genome Each(int count, Action<Draft, int> prune)
    {
        var draft = new Draft(space.Full);
        for (var i = 0; i < count; i++)
        {
            prune(draft, i);
        }

        return GenomeSettling.Settle(space, draft.ToGenome());
    }

    private void KeepKernels(Draft draft, int conv, double share)
    {
        if (layers.HasKernels(conv))
        {
            layers.KeepKernels(draft, conv, share, 1);
        }
    }

    private void SetStride(Draft draft, int conv, int stride)
    {
        if (layers.StridesOf(conv).Contains(stride))
        {
            layers.SetStride(draft, conv, stride);
        }
    }
}

using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Evolution;

/// <summary>
/// A problem whose answer is known: even units are worth a lot, odd ones nothing, and so are kernels and taps. Importance knows
/// nothing of it, so a search has to find it out.
/// </summary>
internal sealed class SyntheticEvaluator : ICandidateEvaluator
{
    public SyntheticEvaluator()
    {
        Space = PruningSpace.Create(SmallNetworks.Create(SmallNetworks.Wide));
        var importance = Importance.Of(Space, t => Enumerable.Repeat(1f, Space.Channels.Maps(t).Count).ToArray());
        Variation = new Variation(Space, importance, LayerCosts.Uniform(Space), 0.05);
        Baseline = Evaluate(Space.Full);
        Evaluations = 0;
    }

    public PruningSpace Space { get; }

    public Variation Variation { get; }

    public Score Baseline { get; }

    public int Evaluations { get; private set; }

    public Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null)
    {
        Evaluations++;
        double error = 10;
        foreach (var group in genome.Units)
        {
            error += group.Where((kept, u) => !kept && u % 2 == 0).Count() * 0.4;
        }

        foreach (var conv in genome.Convs)
        {
            error += conv.Kernels.Where((kept, k) => !kept && k % 2 == 0).Count() * 0.04;
            error += conv.Taps.Count(t => t.Offset != 0) * 0.2;
        }

        return new Score(error, error / 100, SparsityCounts.Of(Space, genome).MacsLeft, 1000);
    }
}

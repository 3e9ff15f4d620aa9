using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Evolution;

/// <summary>
/// A problem whose answer is known: even units are worth a lot, odd ones nothing, and so are kernels and taps. Importance knows
/// nothing of it, so a search has to find it out.
/// </summary>
internal sealed class SyntheticSearch : ICandidateEvaluator
{
    public SyntheticSearch(Granularities allowed = Granularities.All)
    {
        Space = PruningSpace.Create(SmallNetworks.Create(SmallNetworks.Wide));
        Importance = Importance.Magnitude(Space);
        Variation = new Variation(Space, Importance, LayerCosts.Uniform(Space), 0.05, allowed);
        var times = new TimeBy(n => n.Layers.Select(l => l.Operator).OfType<Conv>().Sum(c => c.Weights.Values.Length));
        Regrowth = new FreeRegrowth(Space, Space.Network, Importance, times);
        Baseline = Evaluate(Space.Full);
        Surrogate = new Surrogate(Space, Space.Network, Importance, times, Baseline);
    }

    public PruningSpace Space { get; }

    public Importance Importance { get; }

    public Variation Variation { get; }

    public FreeRegrowth Regrowth { get; }

    public Surrogate Surrogate { get; }

    public Score Baseline { get; }

    public Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null)
    {
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

    /// <summary>Goes on until so many generations are done.</summary>
    /// <param name="seen">Told each state that is gone on from.</param>
    public SearchState Run(ISearchMethod method, SearchState state, int generations, Action<SearchState>? seen = null)
    {
        while (state.Generation < generations)
        {
            seen?.Invoke(state);
            var scored = method.Propose(state).Select(g => new Particle(g, Evaluate(g))).ToList();
            state = method.Absorb(state, scored).Counting(scored);
        }

        return state;
    }
}

/// <summary>A time model of a test's own.</summary>
internal sealed class TimeBy(Func<NetworkDescription, double> microseconds) : ITimeModel
{
    public double Microseconds(NetworkDescription candidate) => microseconds(candidate);
}

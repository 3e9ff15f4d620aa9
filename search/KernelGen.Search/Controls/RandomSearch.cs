using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>
/// Patterns made by the same moves that start the evolution, each from the dense network and on its own, at rates all over the range.
/// </summary>
public sealed class RandomSearch(Variation variation, Granularities granularities, long seed, int evaluations) : Control(ControlNames.Random)
{
    private const double LowestRate = 0.02;
    private const double HighestRate = 0.8;

    public override IReadOnlyList<Genome> Propose(SearchState state) =>
        Next(Enumerable.Range(0, evaluations), state.Evaluations).Select(Candidate).ToList();

    private Genome Candidate(int index)
    {
        var random = new KeyedRandom(seed, "random search", 0, index);
        return variation.Random(LowestRate * Math.Pow(HighestRate / LowestRate, random.NextDouble()), granularities, random);
    }
}

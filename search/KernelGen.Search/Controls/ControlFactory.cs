using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>Makes controls that all have the same means.</summary>
/// <param name="magnitude">Importance by magnitude.</param>
/// <param name="taylor">Importance by first-order Taylor expansion.</param>
/// <param name="baseline">Score of the dense network.</param>
/// <param name="errorLimit">Percentage points that a candidate may misclassify more than the dense network and come to the front.</param>
/// <param name="evaluations">Candidates that each may have scored.</param>
public sealed class ControlFactory(
    PruningSpace space,
    Importance magnitude,
    Importance taylor,
    Variation variation,
    LayerCosts costs,
    Granularities granularities,
    Score baseline,
    double errorLimit,
    long seed,
    int evaluations)
{
    private readonly double mostError = baseline.Error + errorLimit;

    /// <param name="name">One that <see cref="ControlNames.IsSearch"/>.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public ISearchMethod Create(string name) => name switch
    {
        ControlNames.Uniform => new UniformWidths(space, magnitude, granularities, evaluations) { MostError = mostError },
        ControlNames.Magnitude => new OneShot(name, space, magnitude, costs, granularities, evaluations) { MostError = mostError },
        ControlNames.Taylor => new OneShot(name, space, taylor, costs, granularities, evaluations) { MostError = mostError },
        ControlNames.Random => new RandomSearch(variation, granularities, seed, evaluations) { MostError = mostError },
        ControlNames.DynamicProgramming => new DynamicProgramming(space, taylor, granularities, baseline, evaluations) { MostError = mostError },
        _ => throw new ArgumentException($"There is no control '{name}' that searches.", nameof(name)),
    };
}

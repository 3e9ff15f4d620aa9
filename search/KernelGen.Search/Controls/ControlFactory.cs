using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>Makes controls that all have the same means.</summary>
/// <param name="magnitude">Importance by magnitude.</param>
/// <param name="taylor">Importance by first-order Taylor expansion.</param>
/// <param name="baseline">Score of the dense network.</param>
/// <param name="evaluations">Candidates that each may have scored.</param>
public sealed class ControlFactory(
    PruningSpace space,
    Importance magnitude,
    Importance taylor,
    Variation variation,
    LayerCosts costs,
    Granularities granularities,
    Score baseline,
    long seed,
    int evaluations)
{
    /// <param name="name">Of <see cref="ControlNames"/>, but not <see cref="ControlNames.Scratch"/>, which searches nothing.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public ISearchMethod Create(string name) => name switch
    {
        ControlNames.Uniform => new UniformWidths(space, magnitude, granularities, evaluations),
        ControlNames.Magnitude => new OneShot(name, space, magnitude, costs, granularities, evaluations),
        ControlNames.Taylor => new OneShot(name, space, taylor, costs, granularities, evaluations),
        ControlNames.Random => new RandomSearch(variation, granularities, seed, evaluations),
        ControlNames.DynamicProgramming => new DynamicProgramming(space, taylor, granularities, baseline, evaluations),
        _ => throw new ArgumentException($"There is no control '{name}' that searches.", nameof(name)),
    };
}

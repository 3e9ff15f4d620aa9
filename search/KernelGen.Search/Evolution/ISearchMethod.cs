using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>A way to find pruned networks, generation by generation.</summary>
/// <remarks>
/// Whoever runs it scores what it proposes, so that all methods are judged by the same evaluator with the same number of evaluations;
/// one that has nothing new to propose ends before.
/// A method holds no state of its own: a resumed run goes on as the interrupted one would have.
/// </remarks>
public interface ISearchMethod
{
    /// <summary>As in options and reports, e.g. <c>evolution</c> or <c>uniform</c>.</summary>
    string Name { get; }

    /// <summary>The candidates to score next, settled (<see cref="GenomeSettling"/>); none if the method has no more to propose.</summary>
    IReadOnlyList<Genome> Propose(SearchState state);

    /// <summary>The state after these were scored: its particles and its front; who runs the method counts generations and evaluations.</summary>
    /// <param name="scored">What <see cref="Propose"/> gave for this state, in its order.</param>
    SearchState Absorb(SearchState state, IReadOnlyList<Particle> scored);
}

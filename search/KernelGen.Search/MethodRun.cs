using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using static System.FormattableString;

namespace KernelGen.Search;

/// <summary>Lets a method search: scores what it proposes, generation by generation, with checkpoint and log.</summary>
/// <param name="baseline">Score of the dense network.</param>
/// <param name="end">When a candidate is surely too bad.</param>
/// <param name="evaluations">Candidates that are scored at most.</param>
internal sealed class MethodRun(
    PruningSpace space,
    ICandidateEvaluator evaluator,
    Score baseline,
    EarlyEnd end,
    int evaluations,
    PruneJobCheckpoint checkpoint,
    SearchLog log,
    Action<double, string> report,
    CancellationToken cancel)
{
    /// <summary>Does the search, or the rest of it.</summary>
    public SearchState Run(ISearchMethod method)
    {
        var state = checkpoint.LoadSearch(method.Name) ?? SearchState.Start;
        log.Start(method.Name, state.Generation);
        while (state.Evaluations < evaluations)
        {
            var candidates = method.Propose(state).Take(evaluations - state.Evaluations).ToList();
            if (candidates.Count == 0)
            {
                break;
            }

            var scored = Score(candidates, state);
            log.Write(method.Name, state.Generation, scored.Select(p => (p, SparsityCounts.Of(space, p.Genome))));
            state = method.Absorb(state, scored).Counting(scored);
            checkpoint.SaveSearch(method.Name, state);
        }

        report(1, Best(state));
        return state;
    }

    private List<Particle> Score(List<Genome> candidates, SearchState state)
    {
        var scored = new List<Particle>();
        foreach (var genome in candidates)
        {
            cancel.ThrowIfCancellationRequested();
            scored.Add(new Particle(genome, evaluator.Evaluate(genome, end.GoesOn)));
            report(
                (state.Evaluations + scored.Count) / (double)evaluations,
                Invariant($"{state.Evaluations + scored.Count} of {evaluations} candidates; {Best(state)}"));
        }

        return scored;
    }

    private string Best(SearchState state) =>
        state.Front.IsEmpty
            ? "none within the limit yet"
            : Invariant($"{state.Front.Count} on the front, from {state.Front[^1].Score.Microseconds / baseline.Microseconds:P0} of the time at {state.Front[^1].Score.Error - baseline.Error:+0.00;-0.00} points to {state.Front[0].Score.Microseconds / baseline.Microseconds:P0} at {state.Front[0].Score.Error - baseline.Error:+0.00;-0.00}");
}

using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Controls;

/// <summary>Runs a method to its end, through the text of its state between generations.</summary>
internal static class ControlRun
{
    public static SearchState Of(ISearchMethod method, ICandidateEvaluator evaluator, Action<IReadOnlyList<Particle>>? scored = null)
    {
        var state = SearchState.Start;
        while (method.Propose(state) is { Count: > 0 } candidates)
        {
            var particles = candidates.Select(g => new Particle(g, evaluator.Evaluate(g))).ToList();
            scored?.Invoke(particles);
            state = SearchCheckpoint.Read(SearchCheckpoint.Write(method.Absorb(state, particles).Counting(particles)));
        }

        return state;
    }
}

using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>Which granularities a search may use when.</summary>
/// <param name="Allowed">Those that may be used at all.</param>
/// <param name="IsStaged">
/// In the paper's order: first maps only, then also kernels, then also strided patterns, each for the same part of the evaluations;
/// else all of them from the start.
/// </param>
public sealed record GranularitySchedule(Granularities Allowed, bool IsStaged)
{
    /// <summary>Those that a generation prunes at.</summary>
    /// <param name="progress">Share of all evaluations that is done, 0 to 1.</param>
    public Granularities At(double progress)
    {
        if (!IsStaged)
        {
            return Allowed;
        }

        var stages = new[] { Granularities.Maps, Granularities.Kernels, Granularities.Strides }.Where(g => Allowed.HasFlag(g)).ToList();
        return stages[Math.Min(stages.Count - 1, (int)(progress * stages.Count))];
    }
}

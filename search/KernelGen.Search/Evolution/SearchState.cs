using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>How candidates are scored; must give the same score for the same genome, always.</summary>
public interface ICandidateEvaluator
{
    /// <summary>Scores one candidate before retraining.</summary>
    /// <param name="goesOn">
    /// Asked now and then with the score on the images so far: false ends the evaluation early, with that score. Null: the whole
    /// search split is looked at.
    /// </param>
    Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null);
}

/// <summary>How good one candidate is before retraining.</summary>
/// <param name="Error">Misclassification rate on the search images in percent.</param>
/// <param name="Loss">
/// Mean cross-entropy in nats of the candidate's class probabilities on the search images against the dense network's, not the labels (Hinton, Vinyals,
/// Dean, 2015). A search that scores hundreds of candidates on the same few images finds lucky ones. Of 130 candidates of LeNet, taken away what
/// their times explain, this on 600 images had a rank correlation of 0.95 with the error on 10,000 others, the cross-entropy against the labels 0.93, the
/// error 0.88.
/// </param>
/// <param name="Microseconds">Time of one inference of the generated code, by the latency table.</param>
/// <param name="Images">Search images that were looked at.</param>
public sealed record Score(double Error, double Loss, double Microseconds, int Images);

/// <summary>How long the generated code of a candidate takes for one inference. Several threads may ask.</summary>
public interface ITimeModel
{
    /// <summary>Microseconds of the whole network.</summary>
    double Microseconds(NetworkDescription candidate);
}

/// <summary>One connectivity pattern and its score.</summary>
public sealed record Particle(Genome Genome, Score Score);

/// <summary>How the search is done.</summary>
/// <param name="Population">Candidates per generation.</param>
/// <param name="Evaluations">Candidates scored in all.</param>
/// <param name="ErrorLimit">
/// Percentage points that a candidate may misclassify more than the dense network and survive. Candidates are scored before
/// retraining, which wins many points back, so this is wider than the tolerance that the result is held to.
/// </param>
public sealed record SearchOptions(long Seed, int Population, int Evaluations, double ErrorLimit)
{
    /// <summary>The cost that the first generation leaves, relative to the dense network.</summary>
    public double FirstRate { get; init; } = 0.5;

    /// <summary>By how much a generation of the particle filter is pruned further if half of the last one survived.</summary>
    public double Pressure { get; init; } = 0.75;

    /// <summary>Share of the kept maps, kernels and patterns that a mutation exchanges at most, at first; it anneals to a quarter.</summary>
    public double MutationShare { get; init; } = 0.12;

    /// <summary>The granularities that may be used, at the start and later.</summary>
    public GranularitySchedule Granularities { get; init; } = new(Pruning.Granularities.All, IsStaged: false);

    /// <summary>The share of kept maps, kernels and patterns that a mutation exchanges at most after so many evaluations.</summary>
    public double Annealed(int evaluations) => MutationShare * (1 - (0.75 * evaluations / Math.Max(1, Evaluations)));
}

/// <summary>The search between two generations: all that its continuation depends on.</summary>
/// <param name="Rate">The cost that the particle filter's next generation is pruned to, relative to the dense network; 0: not begun.</param>
/// <param name="Particles">The candidates that the next generation is made from.</param>
/// <param name="Front">The survivors so far that no other beats (<see cref="ParetoFront"/>).</param>
/// <param name="Evaluations">Candidates scored so far.</param>
public sealed record SearchState(
    double Rate,
    EquatableArray<Particle> Particles,
    EquatableArray<Particle> Front,
    EquatableArray<ScoredGeneration> History,
    int Evaluations)
{
    public static SearchState Start { get; } = new(0, [], [], [], 0);

    /// <summary>What can be learnt from all candidates scored so far, by methods that do.</summary>
    public EquatableArray<Observation> Observations { get; init; } = [];

    /// <summary>Generations done.</summary>
    public int Generation => History.Count;

    /// <summary>This state, with one generation more counted.</summary>
    public SearchState Counting(IReadOnlyList<Particle> scored) => this with
    {
        History = History.Append(new ScoredGeneration(scored.Select(p => p.Score).ToEquatableArray())).ToEquatableArray(),
        Evaluations = Evaluations + scored.Count,
    };
}

/// <summary>The scores of one generation.</summary>
public sealed record ScoredGeneration(EquatableArray<Score> Scores);

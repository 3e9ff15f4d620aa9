using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Search.Study;

/// <summary>A job of the study, one element of <c>study-runs.json</c>: what its rows have in common, and its fronts before retraining.</summary>
/// <param name="Seed">Of search and retraining.</param>
/// <param name="DenseSeed">Of the dense network and the choice of held-back images.</param>
/// <param name="Dense">The dense network's description, from the folder of <c>study.json</c>; null: it was not kept.</param>
/// <param name="Reference">Of the hypervolumes, as in <see cref="PruneResult"/>.</param>
/// <param name="Command">What runs this job alone, with the data set by its name in the plan.</param>
public sealed record StudyRun(
    string Id,
    string Network,
    string Dataset,
    string Granularity,
    long Seed,
    long DenseSeed,
    SplitSizes Images,
    string TestSplit,
    TrainingEpochs Epochs,
    FrontPoint Reference,
    TimeModelCheck TimeModel,
    IReadOnlyList<StudyMethod> Methods,
    string? Dense,
    string Command)
{
    /// <summary>The teacher's share of the loss that retraining minimises; in files that do not say it, that of the time.</summary>
    public double DistillationWeight { get; init; } = 0.7;

    /// <summary>Whether the row is of one of this job's networks.</summary>
    internal bool Has(StudyRow row) =>
        (row.Network, row.Dataset, row.Granularity, row.Seed) == (Network, Dataset, Granularity, Seed)
        && Methods.Any(m => m.Name == row.Method && m.Networks.Any(n => n.Tolerance.Equals(row.Tolerance)));

    internal static StudyRun Of(StudyJob job, PruneOptions options, PruneResult r) => new(
        job.Id,
        job.Settings.Label ?? r.Network,
        r.Dataset,
        job.Granularity,
        r.Seed,
        options.SplitSeed,
        r.Images,
        r.TestSplit,
        r.Epochs with { Dense = job.Settings.Epochs?.Dense ?? r.Epochs.Dense },
        r.Reference,
        r.TimeModel,
        [.. r.Methods.Select(StudyMethod.Of)],
        null,
        // Where images and latency tables lie is this machine's business.
        (options with { DataDirectory = job.Settings.Data, LatencyTable = null }).CommandLine())
    {
        DistillationWeight = new TrainingOptions().DistillationWeight,
    };
}

/// <summary>What one method of a job found.</summary>
/// <param name="Evaluations">Candidates scored.</param>
/// <param name="Hypervolume">Of <paramref name="Front"/>, 0 to 1.</param>
/// <param name="Front">Candidates before retraining.</param>
public sealed record StudyMethod(
    string Name, int Evaluations, double Hypervolume, IReadOnlyList<FrontPoint> Front, IReadOnlyList<StudyNetwork> Networks)
{
    internal static StudyMethod Of(MethodResult m) => new(
        m.Name,
        m.Evaluations,
        Math.Round(m.Hypervolume, 4),
        [.. m.Front.Select(p => new FrontPoint(Math.Round(p.Loss, 4), Math.Round(p.Microseconds, 4)))],
        [.. m.Networks.Select(n => new StudyNetwork(
            n.Tolerance, Math.Round(n.SelectLoss, 4), n.OnlyDenseWrong, n.OnlyPrunedWrong, Math.Round(n.EstimatedMicroseconds, 3), n.Retrainings, n.File))]);
}

/// <summary>One retrained network; see <see cref="PrunedResult"/>.</summary>
public sealed record StudyNetwork(
    double Tolerance, double SelectLoss, int OnlyDenseWrong, int OnlyPrunedWrong, double EstimatedMicroseconds, int Retrainings, string File);

using KernelGen.Search.Evolution;

namespace KernelGen.Search.Study;

/// <summary>What a study runs, as a JSON file: settings that all entries share, and the entries, which run in their order.</summary>
/// <param name="Defaults">Taken where an entry says nothing.</param>
public sealed record StudyPlan(StudySettings Defaults, IReadOnlyList<StudySettings> Entries)
{
    /// <exception cref="StudyException">The file cannot be read or has settings that are not known.</exception>
    public static StudyPlan Read(string path) => StudyJson.Read<StudyPlan>(
        path, $"A plan has \"defaults\" and \"entries\", with the settings {string.Join(", ", StudySettings.Names)}.");

    /// <summary>The jobs: one per entry and seed.</summary>
    /// <param name="path">The plan's file, for messages.</param>
    /// <exception cref="StudyException">There are no entries, a setting is missing or makes no sense, or two jobs have the same name or would have rows alike.</exception>
    public IReadOnlyList<StudyJob> Jobs(string path)
    {
        if (Entries.Count == 0)
        {
            throw new StudyException($"{path} has no entries, so that there is nothing to run.");
        }

        var jobs = new List<StudyJob>();
        for (var i = 0; i < Entries.Count; i++)
        {
            var settings = Entries[i].Over(Defaults);
            try
            {
                jobs.AddRange((settings.Seeds ?? [1]).Select(seed => StudyJob.Of(settings, seed)));
            }
            catch (FormatException e)
            {
                throw new StudyException(FormattableString.Invariant($"{path}: entry {i + 1} ({settings.Network ?? "without a network"}): {e.Message}"));
            }
        }

        if (jobs.GroupBy(j => j.Id).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            throw new StudyException($"{path}: {same.Count()} jobs are called {same.Key}. Give their entries an \"id\" each, or different seeds.");
        }

        return jobs.SelectMany(RowsOf).GroupBy(r => r.Row, r => r.Id).FirstOrDefault(g => g.Count() > 1) is { } alike
            ? throw new StudyException($"{path}: {string.Join(" and ", alike)} would give rows that cannot be told apart ({alike.Key}). Give them different tolerances, seeds or a \"label\".")
            : jobs;
    }

    /// <summary>What tells the rows of a job from others, as text.</summary>
    private static IEnumerable<(string Row, string Id)> RowsOf(StudyJob job) => (job.Settings.Tolerances ?? new PruneOptions().Tolerances)
        .Select(tolerance => (FormattableString.Invariant(
            $"{job.Settings.Label ?? job.Settings.Network}, {job.Settings.Data ?? "embedded images"}, {job.Settings.Method ?? NonDominatedEvolution.MethodName}, {job.Granularity}, tolerance {tolerance}, seed {job.Seed}"), job.Id));
}

/// <summary>The settings of an entry; what is null comes from the plan's defaults, and else from <see cref="PruneOptions"/>.</summary>
public sealed record StudySettings
{
    /// <summary>The beginning of the job's name; the seed follows.</summary>
    public string? Id { get; init; }

    /// <summary>A name of the network catalogue.</summary>
    public string? Network { get; init; }

    /// <summary>The network's name in results, if it is not that of the catalogue.</summary>
    public string? Label { get; init; }

    /// <summary>The name of a data set, or one that <c>--data NAME=FOLDER</c> gives a folder; null: the embedded images.</summary>
    public string? Data { get; init; }

    /// <summary>A trained dense network (<c>kernelgen train --validation-images N</c>), below the folder of <c>--dense</c>; null: each job trains its own.</summary>
    public string? Dense { get; init; }

    /// <summary><c>evolution</c> or <c>particle-filter</c>.</summary>
    public string? Method { get; init; }

    /// <summary><c>maps,kernels,strides</c>, or some of them.</summary>
    public string? Granularities { get; init; }

    /// <summary><c>joint</c> or <c>staged</c>.</summary>
    public string? Order { get; init; }

    /// <summary><c>none</c>, <c>all</c>, or names separated by commas.</summary>
    public string? Controls { get; init; }

    /// <summary>Percentage points.</summary>
    public IReadOnlyList<double>? Tolerances { get; init; }

    public IReadOnlyList<long>? Seeds { get; init; }

    public StudyEpochs? Epochs { get; init; }

    public double? LearningRate { get; init; }

    /// <summary><c>single</c> or <c>mixed</c>, of training and scores; null: the faster one of the machine, which other machines may not go on with.</summary>
    public Training.Precision? Precision { get; init; }

    public int? Evaluations { get; init; }

    public int? Population { get; init; }

    /// <summary>Candidates that are retrained fully for each tolerance at most.</summary>
    public int? Retrainings { get; init; }

    /// <summary>Percentage points that candidates may lose before retraining, beyond the largest tolerance.</summary>
    public double? RetrainingGain { get; init; }

    public double? MinimumShare { get; init; }

    /// <summary>Training images held back for search and selection.</summary>
    public int? ValidationImages { get; init; }

    /// <summary>Use only so many training images, and a fifth as many test images.</summary>
    public int? MaximumImages { get; init; }

    internal static IEnumerable<string> Names =>
        typeof(StudySettings).GetProperties().Select(p => char.ToLowerInvariant(p.Name[0]) + p.Name[1..]);

    /// <summary>These settings, and for each that is null that of <paramref name="defaults"/>.</summary>
    internal StudySettings Over(StudySettings defaults) => new()
    {
        Id = Id ?? defaults.Id,
        Network = Network ?? defaults.Network,
        Label = Label ?? defaults.Label,
        Data = Data ?? defaults.Data,
        Dense = Dense ?? defaults.Dense,
        Method = Method ?? defaults.Method,
        Granularities = Granularities ?? defaults.Granularities,
        Order = Order ?? defaults.Order,
        Controls = Controls ?? defaults.Controls,
        Tolerances = Tolerances ?? defaults.Tolerances,
        Seeds = Seeds ?? defaults.Seeds,
        Epochs = new StudyEpochs(
            Epochs?.Dense ?? defaults.Epochs?.Dense,
            Epochs?.Brief ?? defaults.Epochs?.Brief,
            Epochs?.Retraining ?? defaults.Epochs?.Retraining),
        LearningRate = LearningRate ?? defaults.LearningRate,
        Precision = Precision ?? defaults.Precision,
        Evaluations = Evaluations ?? defaults.Evaluations,
        Population = Population ?? defaults.Population,
        Retrainings = Retrainings ?? defaults.Retrainings,
        RetrainingGain = RetrainingGain ?? defaults.RetrainingGain,
        MinimumShare = MinimumShare ?? defaults.MinimumShare,
        ValidationImages = ValidationImages ?? defaults.ValidationImages,
        MaximumImages = MaximumImages ?? defaults.MaximumImages,
    };
}

/// <summary>Epochs.</summary>
/// <param name="Dense">Of the dense network; with <see cref="StudySettings.Dense"/>, those that it was trained for.</param>
/// <param name="Brief">Of the fine-tuning by which finalists are told apart.</param>
/// <param name="Retraining">Of the chosen network.</param>
public sealed record StudyEpochs(int? Dense = null, int? Brief = null, int? Retraining = null);

using KernelGen.Runtime;
using KernelGen.Search.Controls;
using KernelGen.Search.Data;
using KernelGen.Search.Evolution;
using KernelGen.Search.Networks;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Study;

/// <summary>One run of <see cref="PruneJob"/> within a study: an entry of the plan with one of its seeds.</summary>
/// <param name="Id">Its name, which is that of its folder too.</param>
/// <param name="Settings">Of the entry and the plan's defaults; with one seed.</param>
public sealed record StudyJob(string Id, StudySettings Settings)
{
    private const string Joint = "joint";
    private const string Staged = "staged";

    private static readonly PruneOptions Defaults = new();

    public long Seed => Settings.Seeds![0];

    /// <summary>The granularities as they stand in the results: <c>maps+kernels+strides</c>, or with <c>, then</c> between them if staged.</summary>
    public string Granularity => GranularitiesText.Format(Schedule(Settings).Allowed)
        .Replace(",", Settings.Order == Staged ? ", then " : "+", StringComparison.Ordinal);

    /// <exception cref="FormatException">A setting is missing or makes no sense.</exception>
    internal static StudyJob Of(StudySettings settings, long seed)
    {
        Check(settings);
        return new StudyJob(FormattableString.Invariant($"{settings.Id ?? NameOf(settings)}-seed{seed}"), settings with { Seeds = [seed] });
    }

    /// <summary>What the job runs, going on where it was interrupted.</summary>
    /// <exception cref="StudyException">The dense network cannot be used.</exception>
    internal PruneOptions Options(StudyFolders folders)
    {
        var (s, model) = (Settings, Settings.Dense is { } file ? ReadDense(folders.DenseFile(file)) : null);
        return new PruneOptions
        {
            Network = s.Network!,
            Model = model,
            RequireHeldBack = true,
            DataSeed = model?.Description.Provenance?.Seed,
            DataDirectory = folders.DataFolder(s.Data),
            LatencyTable = folders.LatencyTable,
            Output = folders.Job(Id),
            Resume = true,
            Seed = Seed,
            Tolerances = [.. s.Tolerances ?? Defaults.Tolerances],
            UseParticleFilter = s.Method == ParticleFilter.MethodName,
            Granularities = Schedule(s),
            Controls = [.. ControlNames.Parse(s.Controls ?? "none")],
            Epochs = model is null ? s.Epochs?.Dense : null,
            BriefEpochs = s.Epochs?.Brief ?? Defaults.BriefEpochs,
            RetrainingEpochs = s.Epochs?.Retraining ?? Defaults.RetrainingEpochs,
            LearningRate = s.LearningRate ?? Defaults.LearningRate,
            Precision = s.Precision ?? Defaults.Precision,
            Evaluations = s.Evaluations ?? Defaults.Evaluations,
            Population = s.Population ?? Defaults.Population,
            Retrainings = s.Retrainings ?? Defaults.Retrainings,
            RetrainingGain = s.RetrainingGain ?? Defaults.RetrainingGain,
            MinimumShare = s.MinimumShare ?? Defaults.MinimumShare,
            ValidationImages = s.ValidationImages ?? Defaults.ValidationImages,
            MaximumImages = s.MaximumImages,
        };
    }

    private static ModelSource ReadDense(string path)
    {
        try
        {
            return new ModelSource(DescriptionFile.Read(path), Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or DescriptionException)
        {
            throw new StudyException($"The dense network {path} cannot be read: {e.Message} Train it first: kernelgen train --validation-images N -o FOLDER, and give its parent folder as --dense.");
        }
    }

    private static void Check(StudySettings s)
    {
        Require(s.Network is not null, "there is no \"network\": give a name of the catalogue.");
        Require(s.Dense is not null || NetworkCatalog.Names.Any(n => s.Network!.StartsWith(n, StringComparison.Ordinal)), $"\"network\" {s.Network} is not one of {string.Join(", ", NetworkCatalog.Names)}.");
        Require(s.Method is null or NonDominatedEvolution.MethodName or ParticleFilter.MethodName, $"\"method\" {s.Method} is neither {NonDominatedEvolution.MethodName} nor {ParticleFilter.MethodName}.");
        Require(s.Order is null or Joint or Staged, $"\"order\" {s.Order} is neither {Joint} nor {Staged}.");
        Require(s.Dense is null || s.MaximumImages is null, "\"maximumImages\" does not go with \"dense\": that network was trained with others of the images.");
        Require(s.Seeds is not { Count: 0 }, "\"seeds\" is empty: give at least one.");
        Require(s.Tolerances is null || (s.Tolerances.Count > 0 && s.Tolerances.All(t => t >= 0) && s.Tolerances.SequenceEqual(s.Tolerances.Distinct().Order())), "\"tolerances\" must be numbers of at least 0, ascending.");
        foreach (var (name, value, least) in new (string, double?, double)[]
        {
            ("evaluations", s.Evaluations, 1), ("population", s.Population, 2), ("retrainings", s.Retrainings, 1), ("validationImages", s.ValidationImages, 5),
            ("maximumImages", s.MaximumImages, 10), ("minimumShare", s.MinimumShare, 0), ("retrainingGain", s.RetrainingGain, 0), ("epochs.dense", s.Epochs?.Dense, 0),
            ("epochs.brief", s.Epochs?.Brief, 1), ("learningRate", s.LearningRate, 1e-6), ("epochs.retraining", s.Epochs?.Retraining, 1),
        })
        {
            Require(value is null || value >= least, FormattableString.Invariant($"\"{name}\" is {value}, less than {least}."));
        }

        _ = Schedule(s);
        _ = ControlNames.Parse(s.Controls ?? "none");

        static void Require(bool holds, string message)
        {
            if (!holds)
            {
                throw new FormatException(message);
            }
        }
    }

    private static GranularitySchedule Schedule(StudySettings s) =>
        new(s.Granularities is { } names ? GranularitiesText.Parse(names) : Granularities.All, s.Order == Staged);

    private static string NameOf(StudySettings s)
    {
        var schedule = Schedule(s);
        string?[] parts =
        [
            s.Network, s.Data ?? Datasets.Embedded,
            s.Method is null or NonDominatedEvolution.MethodName ? null : s.Method,
            schedule.Allowed == Granularities.All ? null : GranularitiesText.Format(schedule.Allowed).Replace(',', '-'),
            schedule.IsStaged ? Staged : null,
        ];
        return string.Join('-', parts.OfType<string>());
    }
}

using System.Globalization;
using System.Text.Json.Serialization;
using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search;

/// <summary>What <see cref="PruneJob"/> shall do. The defaults are the main job: five to six minutes on two cores.</summary>
public sealed record PruneOptions
{
    /// <summary>Epochs of a network that is trained from scratch.</summary>
    public const int DefaultEpochs = 10;

    /// <summary>A name of the network catalogue.</summary>
    public string Network { get; init; } = "lenet-20-50-500";

    /// <summary>A network of one's own instead of <see cref="Network"/>; null: that of the catalogue.</summary>
    [JsonIgnore]
    public ModelSource? Model { get; init; }

    /// <summary>Whether the job is refused unless <see cref="Model"/> says of itself that it never learnt from the images that the job holds back.</summary>
    [JsonIgnore]
    public bool RequireHeldBack { get; init; }

    /// <summary>
    /// Takes only the architecture of <see cref="Model"/>: weights are drawn anew by the seed, and layers whose batch norm was
    /// folded away get one again, as training from scratch needs it. The network is then trained as those of the catalogue are.
    /// </summary>
    public bool Initialize { get; init; }

    /// <summary>What pixels become before they enter the network (see <see cref="Training.PreprocessingText"/>); null: as the network says, or by the training images.</summary>
    public string? Preprocess { get; init; }

    /// <summary>A directory with images, or the name of a dataset; null: the embedded images.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>
    /// Percentage points of misclassification that pruned networks may lose, after retraining, on the select images; ascending. There
    /// is one network for each.
    /// </summary>
    public EquatableArray<double> Tolerances { get; init; } = [1.0];

    /// <summary>
    /// Percentage points that a candidate may lose before retraining and survive the search, beyond the largest tolerance: what
    /// retraining is expected to win back.
    /// </summary>
    public double RetrainingGain { get; init; } = 20.0;

    /// <summary>Whether the paper's particle filter searches instead of the non-dominated evolution.</summary>
    public bool UseParticleFilter { get; init; }

    /// <summary>What may be taken away, and in which order.</summary>
    public GranularitySchedule Granularities { get; init; } = new(Pruning.Granularities.All, IsStaged: false);

    /// <summary>The controls that search and retrain as well, by name, for comparison.</summary>
    public EquatableArray<string> Controls { get; init; } = [];

    /// <summary>A file with measured times of kernels, read if it exists, else written; null: the user's cache.</summary>
    [JsonIgnore]
    public string? LatencyTable { get; init; }

    public long Seed { get; init; } = 1;

    /// <summary>
    /// Of the choice of held-back images; null: <see cref="Seed"/>. A dense network that was trained before has seen the images that
    /// were not held back then: its seed belongs here.
    /// </summary>
    public long? DataSeed { get; init; }

    internal long SplitSeed => DataSeed ?? Seed;

    /// <summary>Directory of the results; its <c>.checkpoint</c> holds what a resumed run needs.</summary>
    public string Output { get; init; } = "out";

    /// <summary>Continue an interrupted run of the same options in <see cref="Output"/>; without it, start anew.</summary>
    public bool Resume { get; init; }

    /// <summary>Epochs of dense training; null: <see cref="DefaultEpochs"/>, but none for a model whose weights are kept.</summary>
    public int? Epochs { get; init; }

    /// <summary>The highest learning rate, of training and retraining.</summary>
    public double LearningRate { get; init; } = new Training.TrainingOptions().PeakLearningRate;

    /// <summary>Of training and of candidates' scores; retrained networks are judged in single precision.</summary>
    public Training.Precision Precision { get; init; } = Training.TorchRuntime.FastestPrecision;

    /// <summary>Epochs of each full retraining.</summary>
    public int RetrainingEpochs { get; init; } = 18;

    /// <summary>Candidates that are retrained fully for each tolerance at most, beyond those retrained for other tolerances.</summary>
    public int Retrainings { get; init; } = 4;

    /// <summary>Epochs of the brief fine-tuning of finalists, by which the one to be retrained is chosen.</summary>
    public int BriefEpochs { get; init; } = 1;

    /// <summary>Candidates that each method scores.</summary>
    public int Evaluations { get; init; } = 600;

    /// <summary>Candidates per generation.</summary>
    public int Population { get; init; } = 24;

    /// <summary>Training images that are held back: three tenths of them, at most 3,000, to score candidates, the others to choose among retrained networks.</summary>
    public int ValidationImages { get; init; } = 2000;

    /// <summary>
    /// Training images on which importance is measured, and by which finalists are repaired and their batch norms measured anew: of a large network on the first of them, as
    /// many as memory and effort allow. Candidates of the search are repaired on fewer, as many as 4·10⁹ multiply-adds of the dense network allow.
    /// </summary>
    public int CalibrationImages { get; init; } = 1000;

    /// <summary>
    /// Share of all convolution weights that each granularity removes at least, in percent. It binds the search, not the controls; in the
    /// staged order no candidate has its share before the last stage.
    /// </summary>
    public double MinimumShare { get; init; }

    /// <summary>Uses only so many training images, and a fifth as many test images; null: all. For trying things out.</summary>
    public int? MaximumImages { get; init; }

    /// <summary>The name of the network, whether of the catalogue or one's own.</summary>
    [JsonIgnore]
    public string NetworkName => Model?.Description.Name ?? Network;

    /// <summary>The command line that does the same, other options at their defaults.</summary>
    public string CommandLine()
    {
        var defaults = new PruneOptions();
        var words = new List<string> { "kernelgen prune" };
        words.AddRange(Model is { } own ? ["--model", Quoted(own.File)] : ["--network", Network]);
        foreach (var shape in Model?.Shapes ?? [])
        {
            Add("--shape", true, Quoted(shape));
        }

        Add("--initialize", Initialize, "");
        Add("--preprocess", Preprocess is not null, Quoted(Preprocess ?? ""));
        Add("--data", DataDirectory is not null, Quoted(DataDirectory ?? ""));
        Add("--tolerance", true, string.Join(',', Tolerances.Select(t => t.ToString(CultureInfo.InvariantCulture))));
        Add("--seed", true, Seed);
        Add("--data-seed", DataSeed is not null, DataSeed ?? 0);
        Add("--epochs", Epochs is not null, Epochs ?? 0);
        Add("--retraining-gain", RetrainingGain != defaults.RetrainingGain, RetrainingGain);
        Add("--learning-rate", LearningRate != defaults.LearningRate, LearningRate);
        Add("--precision", true, Precision.ToString().ToLowerInvariant());
        Add("--retraining-epochs", RetrainingEpochs != defaults.RetrainingEpochs, RetrainingEpochs);
        Add("--retrainings", Retrainings != defaults.Retrainings, Retrainings);
        Add("--brief-epochs", BriefEpochs != defaults.BriefEpochs, BriefEpochs);
        Add("--evaluations", Evaluations != defaults.Evaluations, Evaluations);
        Add("--population", Population != defaults.Population, Population);
        Add("--method particle-filter", UseParticleFilter, "");
        Add("--granularities", Granularities.Allowed != Pruning.Granularities.All, GranularitiesText.Format(Granularities.Allowed));
        Add("--order staged", Granularities.IsStaged, "");
        Add("--minimum-share", MinimumShare != defaults.MinimumShare, MinimumShare);
        Add("--controls", !Controls.IsEmpty, string.Join(',', Controls));
        Add("--latency-table", LatencyTable is not null, Quoted(LatencyTable ?? ""));
        Add("--validation-images", ValidationImages != defaults.ValidationImages, ValidationImages);
        Add("--max-images", MaximumImages is not null, MaximumImages ?? 0);
        return string.Join(' ', words);

        void Add(string option, bool isGiven, object value)
        {
            if (isGiven)
            {
                words.Add(FormattableString.Invariant($"{option} {value}").TrimEnd());
            }
        }

        static string Quoted(string text) => text.Any(c => char.IsWhiteSpace(c) || c is '\'' or '"' or '$') ? $"'{text}'" : text;
    }
}

/// <summary>The parts of <see cref="PruneJob"/>, in order.</summary>
public enum PruneStage
{
    Training,
    Latency,
    Search,
    Controls,
    Retraining,
    Export,
}

/// <summary>How far the job is.</summary>
/// <param name="Fraction">Of this stage, 0 to 1.</param>
/// <param name="Message">What was just done, with the latest numbers.</param>
public sealed record PruneProgress(PruneStage Stage, double Fraction, string Message);

/// <summary>The job cannot be done as asked; the message says why and what would help.</summary>
public sealed class PruneException(string message) : Exception(message)
{
    /// <summary>Whether another run is at it.</summary>
    public bool IsBusy { get; init; }

    /// <summary>Whether the loss of a network in training is no number any more.</summary>
    public bool IsDivergence { get; init; }
}

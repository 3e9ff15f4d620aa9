using System.Security.Cryptography;
using System.Text;
using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Networks;
using KernelGen.Search.Training;

namespace KernelGen.Search;

/// <summary>A network of the user's own to prune.</summary>
/// <param name="Description">As it was read or imported.</param>
/// <param name="File">The file's name, for messages and reports.</param>
public sealed record ModelSource(NetworkDescription Description, string File)
{
    /// <summary>The shapes of inputs that were given to import it, e.g. <c>input=1x3x32x32</c>, for the report's command line.</summary>
    public IReadOnlyList<string> Shapes { get; init; } = [];

    /// <summary>Of everything that the description says.</summary>
    internal string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DescriptionWriter.Write(Description))).AsSpan(0, 8));
}

/// <summary>The dense network that a job starts with: one of the catalogue, or the user's own with its weights or new ones.</summary>
internal static class PruneJobModel
{
    /// <summary>The options, with the user's own network made to take the images.</summary>
    /// <exception cref="PruneException">It is no classifier of them, or not dense.</exception>
    public static PruneOptions Fit(PruneOptions options, ImageSet images)
    {
        if (options.Model is not { } own)
        {
            return options;
        }

        if (own.Description.Layers.FirstOrDefault(l => l.Operator is Conv { Weights: var w } && (w.Kernels is not null || !w.Taps.IsEmpty)) is { } sparse)
        {
            throw new PruneException($"The convolution '{sparse.Name}' of {own.File} is sparse already; pruning starts from a dense network.");
        }

        var fitted = BiasMerging.Run(ImageClassifier.For(own.Description, images, own.File));
        return fitted.Layers.Any(l => l.Operator is Conv)
            ? options with { Model = own with { Description = fitted } }
            : throw new PruneException($"{own.File} has no convolutions; there is nothing that the search could take away.");
    }

    /// <summary>
    /// What pixels become: as given; or as the user's own network says if its weights are kept; or else such that the training
    /// images have mean 0 and standard deviation 1.
    /// </summary>
    /// <exception cref="PruneException">Nothing says it.</exception>
    public static Preprocessing Preprocessing(PruneOptions options, ImageSet training)
    {
        if (options.Preprocess is { } text)
        {
            try
            {
                return PreprocessingText.Parse(text, training.Shape.Maps);
            }
            catch (FormatException e)
            {
                throw new PruneException("--preprocess: " + e.Message);
            }
        }

        return options.Model is { } own && !options.Initialize
            ? own.Description.Inputs[0].Preprocessing ?? throw new PruneException(
                $"{own.File} does not say what its weights expect of pixels. Give --preprocess, e.g. 0..1, -1..1 or 0..255, as the network was trained, or --initialize to train it anew.")
            : ImagePreprocessing.FromImages(training);
    }

    /// <summary>The dense network before any training here.</summary>
    /// <exception cref="PruneException">There is no such network, or it does not take images of this size.</exception>
    public static NetworkDescription Create(PruneOptions options, PruneJobData data)
    {
        if (options.Model is not { } own)
        {
            try
            {
                return NetworkCatalog.Create(options.Network, data.Training.Shape, data.Training.ClassNames, options.Seed)
                    .WithPreprocessing(data.Preprocessing);
            }
            catch (ArgumentException e)
            {
                throw new PruneException(e.Message);
            }
        }

        var network = own.Description.WithPreprocessing(data.Preprocessing) with { Provenance = null };
        if (options.Initialize)
        {
            return Initialization.Draw(BatchNormInsertion.Fresh(network), options.Seed) with { Labels = data.Training.ClassNames };
        }

        using var calibration = data.Calibration();
        return BatchNormInsertion.Neutral(network, calibration.Images);
    }

    /// <summary>Whether the dense network surely never learnt from the images that this job holds back: it is trained here, or its description says that the same ones were held back.</summary>
    public static bool IsHeldBack(PruneOptions options, string dataset) =>
        options.Model is not { } own || options.Initialize
        || (own.Description.Provenance is { Split: Datasets.ValidationSplit } trained && trained.Dataset == dataset && trained.TestImages == options.ValidationImages && trained.Seed == options.SplitSeed);

    /// <summary>Refuses a dense network that may have learnt from the images that this job holds back, where it must not.</summary>
    /// <exception cref="PruneException">What the network says of its training.</exception>
    public static void CheckHeldBack(PruneOptions options, string dataset)
    {
        if (options.RequireHeldBack && !IsHeldBack(options, dataset))
        {
            var (own, said) = (options.Model!, options.Model!.Description.Provenance);
            throw new PruneException(FormattableString.Invariant(
                $"{own.File} may have learnt from the {options.ValidationImages} training images of {dataset}, drawn by seed {options.SplitSeed}, that choose and judge here: ")
                + (said is null ? "it does not say how it was trained. " : FormattableString.Invariant($"it was held to {said.TestImages} images of the split '{said.Split}' of {said.Dataset}, seed {said.Seed}. "))
                + FormattableString.Invariant($"Train it with --validation-images {options.ValidationImages} on that data set, or hold back as many as it was trained without (a plan's \"validationImages\")."));
        }
    }

    /// <summary>Epochs of dense training: as given, else none for weights that are kept.</summary>
    public static int Epochs(PruneOptions options) =>
        options.Epochs ?? (options.Model is null || options.Initialize ? PruneOptions.DefaultEpochs : 0);
}

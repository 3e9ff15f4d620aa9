using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search;

/// <summary>The images of a job: to train on, to search and select with, and to test with once.</summary>
internal sealed class PruneJobData : IDisposable
{
    private readonly int calibrationImages;

    private PruneJobData(Dataset dataset, ImageSet training, ImageSet validation, Preprocessing preprocessing, int calibrationImages)
    {
        Name = dataset.Name;
        TestSplit = dataset.TestSplit;
        Training = training;
        Test = dataset.Test;
        Preprocessing = preprocessing;
        Validation = ImageTensors.Create(validation, Preprocessing);
        this.calibrationImages = Math.Min(calibrationImages, training.Count);
    }

    public string Name { get; }

    /// <summary>Which of the data set's images <see cref="Test"/> is.</summary>
    public string TestSplit { get; }

    public ImageSet Training { get; }

    public ImageSet Test { get; }

    public Preprocessing Preprocessing { get; }

    /// <summary>Training images that are not trained on.</summary>
    public ImageTensors Validation { get; }

    /// <exception cref="DataException">The images cannot be read.</exception>
    public static Dataset LoadDataset(PruneOptions options)
    {
        var dataset = Datasets.Load(options.DataDirectory);
        return options.MaximumImages is { } most
            ? dataset with { Training = Fewer(dataset.Training, most, options.Seed), Test = Fewer(dataset.Test, most / 5, options.Seed) }
            : dataset;
    }

    /// <exception cref="PruneException">There are too few training images, or nothing says what the network expects of pixels.</exception>
    public static PruneJobData Create(PruneOptions options, Dataset dataset)
    {
        if (options.ValidationImages < 1 || options.ValidationImages > dataset.Training.Count / 2)
        {
            throw new PruneException(
                $"{options.ValidationImages} of {dataset.Training.Count} training images cannot be held back for the search: at least 1 and at most half of them.");
        }

        var (training, validation) = dataset.Training.Split(options.ValidationImages, options.Seed);
        return new PruneJobData(dataset, training, validation, PruneJobModel.Preprocessing(options, training), options.CalibrationImages);
    }

    /// <summary>Some training images, preprocessed, as one batch; the caller disposes of them.</summary>
    public torch.Tensor Calibration()
    {
        var chosen = Training.Select(Training.BalancedOrder(0).Take(calibrationImages).ToList());
        using var tensors = ImageTensors.Create(chosen, Preprocessing);
        return tensors.Images.clone();
    }

    public void Dispose() => Validation.Dispose();

    private static ImageSet Fewer(ImageSet images, int most, long seed) =>
        images.Select(images.BalancedOrder(seed).Take(Math.Max(1, most)).ToList());
}

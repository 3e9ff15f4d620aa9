using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;

namespace KernelGen.Search;

/// <summary>The images of a job: to train on, to search and select with, and to test with once.</summary>
internal sealed class PruneJobData : IDisposable
{
    private const int MostSearchImages = 3000;

    private readonly int calibrationImages;

    private PruneJobData(
        Dataset dataset, ImageSet training, ImageSet select, ImageSet search, Preprocessing preprocessing, int calibrationImages)
    {
        Name = dataset.Name;
        TestSplit = dataset.TestSplit;
        Training = training;
        Test = dataset.Test;
        Preprocessing = preprocessing;
        Select = ImageTensors.Create(select, Preprocessing);
        Search = ImageTensors.Create(search, Preprocessing);
        this.calibrationImages = Math.Min(calibrationImages, training.Count);
    }

    public string Name { get; }

    /// <summary>Which of the data set's images <see cref="Test"/> is.</summary>
    public string TestSplit { get; }

    public ImageSet Training { get; }

    public ImageSet Test { get; }

    public Preprocessing Preprocessing { get; }

    /// <summary>Held-back training images that candidates are scored on.</summary>
    public ImageTensors Search { get; }

    /// <summary>Held-back training images by which the best candidates are compared and retrained networks are chosen.</summary>
    public ImageTensors Select { get; }

    /// <exception cref="DataException">The images cannot be read.</exception>
    public static Dataset LoadDataset(PruneOptions options)
    {
        var dataset = Datasets.Load(options.DataDirectory);
        return options.MaximumImages is { } most
            ? dataset with { Training = Fewer(dataset.Training, most, options.SplitSeed), Test = Fewer(dataset.Test, most / 5, options.SplitSeed) }
            : dataset;
    }

    /// <exception cref="PruneException">There are too few training images, or nothing says what the network expects of pixels.</exception>
    public static PruneJobData Create(PruneOptions options, Dataset dataset)
    {
        if (options.ValidationImages < 5 || options.ValidationImages > dataset.Training.Count / 2)
        {
            throw new PruneException(
                $"{options.ValidationImages} of {dataset.Training.Count} training images cannot be held back for the search: at least 5 and at most half of them.");
        }

        var (training, held) = dataset.Training.Split(options.ValidationImages, options.SplitSeed);
        var (select, search) = held.Split(Math.Min(MostSearchImages, options.ValidationImages * 3 / 10), options.SplitSeed);
        return new PruneJobData(dataset, training, select, search, PruneJobModel.Preprocessing(options, training), options.CalibrationImages);
    }

    /// <summary>Some training images, preprocessed, as one batch; the caller disposes of them.</summary>
    public ImageTensors Calibration() =>
        ImageTensors.Create(Training.Select(Training.BalancedOrder(0).Take(calibrationImages).ToList()), Preprocessing);

    public void Dispose()
    {
        Search.Dispose();
        Select.Dispose();
    }

    private static ImageSet Fewer(ImageSet images, int most, long seed) =>
        images.Select(images.BalancedOrder(seed).Take(Math.Max(1, most)).ToList());
}

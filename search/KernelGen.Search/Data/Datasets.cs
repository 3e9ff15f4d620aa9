using KernelGen.Model;

namespace KernelGen.Search.Data;

/// <summary>A dataset that has a name.</summary>
/// <param name="Location">The directory it is read from; null: it is part of this program.</param>
public sealed record DatasetInfo(string Name, string Description, string? Location)
{
    public bool Available => Location is null || Directory.Exists(Location);
}

/// <summary>All ways to get at images.</summary>
public static class Datasets
{
    /// <summary>The name of the embedded images.</summary>
    public const string Embedded = FashionSubset.Name;

    /// <summary>The test split of a data set whose own test images are kept for later: training images held back.</summary>
    public const string ValidationSplit = "validation";

    private const string FashionMnist = "fashion-mnist";
    private const string FashionMnistDirectory = "/usr/share/datasets/fashion-mnist";

    internal static readonly EquatableArray<string> FashionClasses =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>The names that <see cref="Load"/> takes beside directories.</summary>
    public static IReadOnlyList<DatasetInfo> List() =>
    [
        new(Embedded, $"{FashionSubset.TrainingImages:N0} + {FashionSubset.TestImages:N0} images of Fashion-MNIST, 28×28 grey, 10 classes, embedded", null),
        new(FashionMnist, "60,000 + 10,000 images, 28×28 grey, 10 classes (Debian: apt-get install dataset-fashion-mnist)", FashionMnistDirectory),
    ];

    /// <summary>Reads a dataset.</summary>
    /// <param name="nameOrDirectory">
    /// Null: the embedded subset of Fashion-MNIST; a name of <see cref="List"/>; or a directory with IDX files, binary CIFAR-10
    /// batches (either also .gz) or one folder of PNG/JPEG files per class.
    /// </param>
    /// <exception cref="DataException">There is no such dataset, or it is damaged.</exception>
    public static Dataset Load(string? nameOrDirectory)
    {
        if (nameOrDirectory is null or Embedded)
        {
            return FashionSubset.Load();
        }

        if (nameOrDirectory == FashionMnist && !Directory.Exists(FashionMnist))
        {
            return Directory.Exists(FashionMnistDirectory)
                ? IdxReader.Read(FashionMnistDirectory, FashionMnist, FashionClasses)
                : throw new DataException(
                    $"{FashionMnist} is read from {FashionMnistDirectory}, which is not there. Install Debian's package dataset-fashion-mnist or give a directory with the four IDX files.");
        }

        return LoadDirectory(nameOrDirectory);
    }

    private static Dataset LoadDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            var names = string.Join(", ", List().Select(d => d.Name));
            throw new DataException($"{directory} is neither a directory nor a known dataset ({names}).");
        }

        try
        {
            if (IdxReader.IsPresent(directory))
            {
                // MNIST, Fashion-MNIST and their relatives share file names; only the directory's name tells them apart.
                var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
                var fashion = name.Contains("fashion", StringComparison.OrdinalIgnoreCase);
                return IdxReader.Read(directory, name, fashion ? FashionClasses : []);
            }

            return CifarReader.IsPresent(directory) ? CifarReader.Read(directory)
                : ImageFolderReader.IsPresent(directory) ? ImageFolderReader.Read(directory)
                : throw new DataException(
                    $"{directory} holds no images that are understood: IDX files (train-images-idx3-ubyte…), CIFAR-10 batches (data_batch_1.bin…), or one folder of PNG/JPEG files per class.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{directory} cannot be read: {e.Message}", e);
        }
    }
}

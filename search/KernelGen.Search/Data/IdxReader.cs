using System.Buffers.Binary;
using KernelGen.Model;

namespace KernelGen.Search.Data;

/// <summary>
/// The IDX format of MNIST and its relatives (http://yann.lecun.com/exdb/mnist/): big-endian; two zero bytes, element type 8
/// (bytes), number of axes, the length of each axis, then the elements.
/// </summary>
internal static class IdxReader
{
    private const string TrainingImages = "train-images-idx3-ubyte";
    private const string TrainingLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte";
    private const string TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>Whether the directory holds at least one of the four files, so that a missing one can be named.</summary>
    public static bool IsPresent(string directory) =>
        Array.Exists([TrainingImages, TrainingLabels, TestImages, TestLabels], n => DataFile.Find(directory, n) is not null);

    /// <param name="classNames">The names of the classes; empty: the labels' numbers.</param>
    /// <exception cref="DataException">A file is missing or damaged.</exception>
    public static Dataset Read(string directory, string name, EquatableArray<string> classNames)
    {
        var training = ReadPart(directory, name, TrainingImages, TrainingLabels);
        var test = ReadPart(directory, name, TestImages, TestLabels);
        if (test.Shape != training.Shape)
        {
            throw new DataException($"{directory}: the test images are {test.Shape}, the training images {training.Shape}; they must have one size.");
        }

        var classes = Math.Max(training.Labels.Max(), test.Labels.Max()) + 1;
        if (classNames.IsEmpty)
        {
            classNames = Enumerable.Range(0, classes).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToEquatableArray();
        }
        else if (classes > classNames.Count)
        {
            throw new DataException($"{directory}: label {classes - 1} was found, but {name} has {classNames.Count} classes.");
        }

        return new Dataset(name, training with { ClassNames = classNames }, test with { ClassNames = classNames });
    }

    private static ImageSet ReadPart(string directory, string name, string imagesFile, string labelsFile)
    {
        var imagesPath = Require(directory, imagesFile);
        var labelsPath = Require(directory, labelsFile);
        var (axes, pixels) = ReadFile(imagesPath, 3);
        var (labelAxes, labels) = ReadFile(labelsPath, 1);
        return labelAxes[0] == axes[0]
            ? new ImageSet(name, new Shape(1, axes[1], axes[2]), pixels, Array.ConvertAll(labels, b => (int)b), [])
            : throw new DataException($"{labelsPath} holds {labelAxes[0]} labels for the {axes[0]} images of {imagesPath}; use two files of one download.");
    }

    private static string Require(string directory, string file) =>
        DataFile.Find(directory, file)
        ?? throw new DataException($"{directory} holds no {file} or {file}.gz. All four files (train and t10k, images and labels) are needed.");

    private static (int[] Axes, byte[] Elements) ReadFile(string path, int rank)
    {
        var bytes = DataFile.ReadAll(path);
        var header = 4 + (4 * rank);
        if (bytes.Length < header || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 8 || bytes[3] != rank)
        {
            throw new DataException($"{path} is not an IDX file of bytes with {rank} ax{(rank == 1 ? "is" : "es")}: its header does not begin with 0, 0, 8, {rank}.");
        }

        var axes = new int[rank];
        long length = 1;
        for (var i = 0; i < rank; i++)
        {
            axes[i] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + (4 * i)));
            if (axes[i] < 1 || (length *= axes[i]) > int.MaxValue)
            {
                throw new DataException($"{path}: axis {i} has the impossible length {axes[i]}; the header is damaged.");
            }
        }

        return bytes.Length - header == length
            ? (axes, bytes[header..])
            : throw new DataException($"{path} holds {bytes.Length - header} bytes after its header, which promises {length}. The file is truncated or damaged.");
    }
}

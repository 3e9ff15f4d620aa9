using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Search.Data;

/// <summary>
/// The embedded subset of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017; MIT licence beside the file), in the format of
/// <see cref="SubsetFile"/>. <see cref="Create"/> makes it.
/// </summary>
public static class FashionSubset
{
    public const string Name = "fashion-mnist-subset";
    public const int TrainingImages = 10_000;
    public const int TestImages = 2_000;

    private const string ResourceName = "KernelGen.Search.Data.fashion-mnist.subset.br";
    private const int Side = SubsetFile.Side;
    private const int Classes = 10;

    /// <summary>Decodes the embedded images.</summary>
    /// <exception cref="DataException">This program's file is damaged.</exception>
    public static Dataset Load()
    {
        using var resource = typeof(FashionSubset).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new DataException($"The embedded images ({ResourceName}) are missing from this build.");
        return Decode(resource);
    }

    /// <summary>
    /// Makes the file of the subset anew: from each class the same number of images, chosen by a fixed seed and kept in
    /// their order. The result is the same on every machine with the same .NET Brotli.
    /// </summary>
    /// <param name="directory">Holds the four IDX files of the full set.</param>
    /// <param name="outputPath">Where to write, e.g. <c>search/KernelGen.Search/Data/fashion-mnist/subset.br</c>.</param>
    /// <exception cref="DataException">The full set is missing, damaged or too small.</exception>
    public static void Create(string directory, string outputPath) => AtomicFile.WriteAllBytes(outputPath, Encode(Choose(directory)));

    /// <summary>The images of the subset, out of the full set.</summary>
    internal static Dataset Choose(string directory)
    {
        var full = IdxReader.Read(directory, Name, Datasets.FashionClasses);
        if (full.Training.Shape != new Shape(1, Side, Side))
        {
            throw new DataException($"{directory} holds images of {full.Training.Shape}; Fashion-MNIST has 1×{Side}×{Side}.");
        }

        return new Dataset(Name, Choose(full.Training, TrainingImages), Choose(full.Test, TestImages));
    }

    internal static byte[] Encode(Dataset dataset) => SubsetFile.Write(ToPart(dataset.Training), ToPart(dataset.Test));

    internal static Dataset Decode(Stream packed)
    {
        try
        {
            var (training, test) = SubsetFile.Read(packed);
            return new Dataset(Name, ToImages(training), ToImages(test));
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException)
        {
            throw new DataException($"The embedded images are damaged: {e.Message}. Reinstall or rebuild.", e);
        }
    }

    private static SubsetPart ToPart(ImageSet images) => new(Array.ConvertAll(images.Labels, l => (byte)l), images.Pixels);

    private static ImageSet ToImages(SubsetPart part) =>
        Array.TrueForAll(part.Labels, l => l < Classes)
            ? new ImageSet(Name, new Shape(1, Side, Side), part.Pixels, Array.ConvertAll(part.Labels, l => (int)l), Datasets.FashionClasses)
            : throw new DataException("The embedded images are damaged: impossible label. Reinstall or rebuild.");

    private static ImageSet Choose(ImageSet full, int count)
    {
        var perClass = count / Classes;
        var chosen = new List<int>(count);
        for (var label = 0; label < Classes; label++)
        {
            var members = Enumerable.Range(0, full.Count).Where(i => full.Labels[i] == label).ToArray();
            if (members.Length < perClass)
            {
                throw new DataException($"The full set has {members.Length} images of class {label}; {perClass} are needed.");
            }

            new DeterministicRandom(1, label).Shuffle<int>(members);
            chosen.AddRange(members.Take(perClass));
        }

        chosen.Sort();
        return full.Select(chosen);
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using KernelGen.Model;

namespace KernelGen.Search.Data;

/// <summary>
/// The embedded subset of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017; MIT licence beside the file): labels, then pixels as
/// differences from PNG's Paeth prediction, all in one Brotli stream. <see cref="Create"/> makes it.
/// </summary>
public static class FashionSubset
{
    public const string Name = "fashion-mnist-subset";
    public const int TrainingImages = 10_000;
    public const int TestImages = 2_000;

    private const string ResourceName = "KernelGen.Search.Data.fashion-mnist.subset.br";
    private const uint Magic = 0x31464B47; // "GKF1"
    private const int Side = 28;
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
    public static void Create(string directory, string outputPath)
    {
        var full = IdxReader.Read(directory, Name, Datasets.FashionClasses);
        if (full.Training.Shape != new Shape(1, Side, Side))
        {
            throw new DataException($"{directory} holds images of {full.Training.Shape}; Fashion-MNIST has 1×{Side}×{Side}.");
        }

        var dataset = new Dataset(Name, Choose(full.Training, TrainingImages), Choose(full.Test, TestImages));
        var temporary = outputPath + ".tmp";
        File.WriteAllBytes(temporary, Encode(dataset));
        File.Move(temporary, outputPath, overwrite: true);
    }

    internal static byte[] Encode(Dataset dataset)
    {
        var plain = new MemoryStream();
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], dataset.Training.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], dataset.Test.Count);
        plain.Write(header);
        foreach (var part in new[] { dataset.Training, dataset.Test })
        {
            plain.Write(Array.ConvertAll(part.Labels, l => (byte)l));
            plain.Write(ToDifferences(part.Pixels));
        }

        var packed = new byte[BrotliEncoder.GetMaxCompressedLength((int)plain.Length)];
        return BrotliEncoder.TryCompress(plain.GetBuffer().AsSpan(0, (int)plain.Length), packed, out var written, quality: 11, window: 24)
            ? packed[..written]
            : throw new InvalidOperationException("Brotli did not keep to its own bound.");
    }

    internal static Dataset Decode(Stream packed)
    {
        try
        {
            using var plain = new BrotliStream(packed, CompressionMode.Decompress);
            Span<byte> header = stackalloc byte[12];
            plain.ReadExactly(header);
            var training = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
            var test = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            return BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic && training is > 0 and <= 70_000 && test is > 0 and <= 70_000
                ? new Dataset(Name, ReadPart(plain, training), ReadPart(plain, test))
                : throw new DataException("The embedded images are damaged: wrong header. Reinstall or rebuild.");
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException)
        {
            throw new DataException($"The embedded images are damaged: {e.Message}. Reinstall or rebuild.", e);
        }
    }

    private static ImageSet ReadPart(Stream plain, int count)
    {
        var labels = new byte[count];
        plain.ReadExactly(labels);
        var pixels = new byte[count * Side * Side];
        plain.ReadExactly(pixels);
        FromDifferences(pixels);
        return Array.TrueForAll(labels, l => l < Classes)
            ? new ImageSet(Name, new Shape(1, Side, Side), pixels, Array.ConvertAll(labels, l => (int)l), Datasets.FashionClasses)
            : throw new DataException("The embedded images are damaged: impossible label. Reinstall or rebuild.");
    }

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

    private static byte[] ToDifferences(byte[] pixels)
    {
        var differences = new byte[pixels.Length];
        for (var p = 0; p < pixels.Length; p++)
        {
            differences[p] = (byte)(pixels[p] - Predict(pixels, p));
        }

        return differences;
    }

    private static void FromDifferences(byte[] pixels)
    {
        for (var p = 0; p < pixels.Length; p++)
        {
            pixels[p] += Predict(pixels, p);
        }
    }

    /// <summary>PNG's Paeth predictor: of left, above and above left, the one nearest to left + above − above left.</summary>
    private static byte Predict(byte[] pixels, int p)
    {
        var row = p / Side % Side;
        var column = p % Side;
        int left = column > 0 ? pixels[p - 1] : 0;
        int above = row > 0 ? pixels[p - Side] : 0;
        int corner = column > 0 && row > 0 ? pixels[p - Side - 1] : 0;
        var estimate = left + above - corner;
        var (a, b, c) = (Math.Abs(estimate - left), Math.Abs(estimate - above), Math.Abs(estimate - corner));
        return (byte)(a <= b && a <= c ? left : b <= c ? above : corner);
    }
}

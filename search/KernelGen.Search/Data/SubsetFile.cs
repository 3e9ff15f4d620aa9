using System.Buffers.Binary;
using System.IO.Compression;

namespace KernelGen.Search.Data;

/// <summary>
/// The file format of the embedded images: labels, then pixels as differences from PNG's Paeth prediction, all in one Brotli
/// stream. It needs nothing but the framework, so that samples can link this file.
/// </summary>
internal static class SubsetFile
{
    /// <summary>Rows and columns of every image.</summary>
    public const int Side = 28;

    private const uint Magic = 0x31464B47; // "GKF1"

    public static byte[] Write(SubsetPart training, SubsetPart test)
    {
        var plain = new MemoryStream();
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], training.Labels.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], test.Labels.Length);
        plain.Write(header);
        foreach (var part in new[] { training, test })
        {
            plain.Write(part.Labels);
            plain.Write(ToDifferences(part.Pixels));
        }

        var packed = new byte[BrotliEncoder.GetMaxCompressedLength((int)plain.Length)];
        return BrotliEncoder.TryCompress(plain.GetBuffer().AsSpan(0, (int)plain.Length), packed, out var written, quality: 11, window: 24)
            ? packed[..written]
            : throw new InvalidOperationException("Brotli did not keep to its own bound.");
    }

    /// <exception cref="InvalidDataException">The stream is not of this format, or damaged.</exception>
    /// <exception cref="InvalidOperationException">The compressed data is damaged.</exception>
    /// <exception cref="EndOfStreamException">The stream is truncated.</exception>
    public static (SubsetPart Training, SubsetPart Test) Read(Stream packed)
    {
        using var plain = new BrotliStream(packed, CompressionMode.Decompress);
        Span<byte> header = stackalloc byte[12];
        plain.ReadExactly(header);
        var training = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var test = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic && training is > 0 and <= 70_000 && test is > 0 and <= 70_000
            ? (ReadPart(plain, training), ReadPart(plain, test))
            : throw new InvalidDataException("wrong header");
    }

    private static SubsetPart ReadPart(Stream plain, int count)
    {
        var part = new SubsetPart(new byte[count], new byte[count * Side * Side]);
        plain.ReadExactly(part.Labels);
        plain.ReadExactly(part.Pixels);
        FromDifferences(part.Pixels);
        return part;
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

/// <summary>Images and their classes.</summary>
/// <param name="Labels">One class index per image.</param>
/// <param name="Pixels">28 × 28 bytes per image, row by row.</param>
internal sealed record SubsetPart(byte[] Labels, byte[] Pixels);

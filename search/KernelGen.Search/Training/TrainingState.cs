using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KernelGen.Search.Training;

/// <summary>
/// All that a training run needs to go on from the end of an epoch: the network's weights and running statistics and the
/// optimiser's momentum. Order and augmentation of the images follow from the seed and the epoch.
/// </summary>
/// <param name="Epochs">Epochs that are complete.</param>
/// <param name="Values">The network's tensors in their fixed order, then the momentum of each trained one.</param>
public sealed record TrainingState(int Epochs, IReadOnlyList<float[]> Values)
{
    private static readonly byte[] Magic = "KGTRAIN1"u8.ToArray();

    /// <summary>Little-endian, with a SHA-256 of everything at the end, so that a damaged file is known as such.</summary>
    public byte[] ToBytes()
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Epochs);
        writer.Write(Values.Count);
        foreach (var values in Values)
        {
            writer.Write(values.Length);
            foreach (var value in values)
            {
                writer.Write(value);
            }
        }

        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not a complete state.</exception>
    public static TrainingState FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Magic.Length + 8 + SHA256.HashSizeInBytes || !bytes.StartsWith(Magic)
            || !SHA256.HashData(bytes[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
        {
            throw new InvalidDataException("The training checkpoint is damaged or of another version.");
        }

        var rest = bytes[Magic.Length..^SHA256.HashSizeInBytes];
        var epochs = ReadInt32(ref rest);
        var values = new float[ReadInt32(ref rest)][];
        for (var i = 0; i < values.Length; i++)
        {
            var length = ReadInt32(ref rest);
            values[i] = ReadSingles(ref rest, length);
        }

        return new TrainingState(epochs, values);
    }

    private static int ReadInt32(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[4..];
        return value;
    }

    private static float[] ReadSingles(ref ReadOnlySpan<byte> rest, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(rest[(4 * i)..]);
        }

        rest = rest[(4 * count)..];
        return values;
    }
}

using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelGen.Cli;

/// <summary>NumPy's <c>.npy</c> files (format versions 1 to 3) with little-endian floats of 32 or 64 bits in C order.</summary>
internal static partial class NumpyFile
{
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <exception cref="InvalidDataException">The file is damaged or holds something else.</exception>
    public static float[] Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < 12 || !bytes.AsSpan().StartsWith(Magic))
        {
            throw new InvalidDataException($"{path} is no .npy file.");
        }

        var start = bytes[6] == 1 ? 10 : 12;
        long length = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (start + length > bytes.Length)
        {
            throw new InvalidDataException($"{path} is truncated.");
        }

        var header = Encoding.Latin1.GetString(bytes, start, (int)length);
        var data = bytes.AsSpan(start + (int)length);
        var type = TypePattern().Match(header).Groups[1].Value;
        if (type is not ("<f4" or "<f8") || !header.Contains("'fortran_order': False", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} does not hold little-endian floats in C order. Save it with numpy.ascontiguousarray(x, dtype='<f4').");
        }

        var size = type == "<f4" ? 4 : 8;
        var count = ShapePattern().Match(header).Groups[1].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Aggregate(1.0, (product, d) => product * (uint.TryParse(d, out var axis) ? axis : double.NaN));
        if (count * size != data.Length)
        {
            throw new InvalidDataException($"{path} is truncated or damaged: its length is not that of its shape.");
        }

        var values = new float[data.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = size == 4
                ? BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..])
                : (float)BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]);
        }

        return values;
    }

    [GeneratedRegex(@"'descr':\s*'([^']*)'")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"'shape':\s*\(([^)]*)\)")]
    private static partial Regex ShapePattern();
}

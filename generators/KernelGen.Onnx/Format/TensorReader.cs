using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Format;

/// <summary>Reads tensors. Nothing is allocated before the file has shown as many elements as the tensor claims to have.</summary>
internal static class TensorReader
{
    /// <summary>Axes of a tensor: those of the description and the batch.</summary>
    private const int MaximumRank = Limits.Rank + 1;

    /// <param name="external">Where external data are read from; null: nowhere.</param>
    /// <exception cref="OnnxFileException">The type is not supported, or shape and data do not fit.</exception>
    public static TensorData Read(TensorProto tensor, ExternalData? external)
    {
        var type = (ElementType)tensor.DataType;
        if (type.Bits() == 0)
        {
            throw Wrong(tensor, $"has elements of {type.Describe()}; floats, integers and booleans are supported");
        }

        var (shape, count) = Shape(tensor);
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
        {
            var bytes = external?.Read(tensor, Bytes(count, type))
                ?? throw Wrong(tensor, "has its data in another file, which is supported for a model's initializers only");
            return FromBytes(shape, type, count, bytes);
        }

        if (tensor.RawData.Length > 0)
        {
            return tensor.RawData.Length == Bytes(count, type)
                ? FromBytes(shape, type, count, tensor.RawData.Span)
                : throw Lengths(tensor, count, $"{tensor.RawData.Length} bytes", $"{Bytes(count, type)} bytes");
        }

        return FromFields(tensor, shape, type, count);
    }

    private static (int[] Shape, int Count) Shape(TensorProto tensor)
    {
        if (tensor.Dims.Count > MaximumRank)
        {
            throw Wrong(tensor, FormattableString.Invariant($"has {tensor.Dims.Count} axes; at most {MaximumRank} are supported"));
        }

        long count = 1;
        long positive = 1;
        foreach (var d in tensor.Dims)
        {
            if (d < 0 || d > Limits.Elements)
            {
                throw Wrong(tensor, FormattableString.Invariant($"has an axis of {d}; axes have 0 to {Limits.Elements} indices"));
            }

            count *= d;
            positive *= Math.Max(d, 1);
            if (positive > Limits.Elements)
            {
                throw Wrong(tensor, FormattableString.Invariant($"has more than {Limits.Elements} elements"));
            }
        }

        return (tensor.Dims.Select(d => (int)d).ToArray(), (int)count);
    }

    private static long Bytes(int count, ElementType type) => (((long)count * type.Bits()) + 7) / 8;

    private static TensorData FromFields(TensorProto tensor, int[] shape, ElementType type, int count)
    {
        switch (type)
        {
            case ElementType.Float:
                Expect(tensor.FloatData.Count, count);
                return new(shape, type, tensor.FloatData.ToArray(), null);
            case ElementType.Double:
                Expect(tensor.DoubleData.Count, count);
                return new(shape, type, tensor.DoubleData.Select(v => (float)v).ToArray(), null);
            case ElementType.Float16:
                Expect(tensor.Int32Data.Count, count);
                return new(shape, type, tensor.Int32Data.Select(v => FromHalf((ushort)v)).ToArray(), null);
            case ElementType.BFloat16:
                Expect(tensor.Int32Data.Count, count);
                return new(shape, type, tensor.Int32Data.Select(v => FromBits(v << 16)).ToArray(), null);
            case ElementType.Int64:
                Expect(tensor.Int64Data.Count, count);
                return new(shape, type, null, tensor.Int64Data.ToArray());
            case ElementType.UInt32 or ElementType.UInt64:
                Expect(tensor.Uint64Data.Count, count);
                return new(shape, type, null, tensor.Uint64Data.Select(v => type.Wrap(unchecked((long)v))).ToArray());
            case ElementType.Int4 or ElementType.UInt4:
                Expect(tensor.Int32Data.Count, (count + 1) / 2);
                return FromBytes(shape, type, count, tensor.Int32Data.Select(v => (byte)v).ToArray());
            default:
                Expect(tensor.Int32Data.Count, count);
                return new(shape, type, null, tensor.Int32Data.Select(v => type.Wrap(v)).ToArray());
        }

        void Expect(int has, int expected)
        {
            if (has != expected)
            {
                throw Lengths(tensor, count, FormattableString.Invariant($"{has} values"), FormattableString.Invariant($"{expected}"));
            }
        }
    }

    private static TensorData FromBytes(int[] shape, ElementType type, int count, ReadOnlySpan<byte> bytes)
    {
        var size = type.Bits() / 8;
        if (type.IsFloat())
        {
            var floats = new float[count];
            for (var i = 0; i < count; i++)
            {
                var element = bytes.Slice(i * size, size);
                floats[i] = type switch
                {
                    ElementType.Float16 => FromHalf(BinaryPrimitives.ReadUInt16LittleEndian(element)),
                    ElementType.BFloat16 => FromBits(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
                    ElementType.Double => (float)BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64LittleEndian(element)),
                    _ => FromBits(BinaryPrimitives.ReadInt32LittleEndian(element)),
                };
            }

            return new TensorData(shape, type, floats, null);
        }

        var integers = new long[count];
        for (var i = 0; i < count; i++)
        {
            // Two four-bit integers stand in a byte, the first one in its lower half.
            integers[i] = type.Wrap(size switch
            {
                0 => bytes[i / 2] >> (4 * (i % 2)),
                1 => bytes[i],
                2 => BinaryPrimitives.ReadInt16LittleEndian(bytes.Slice(i * 2)),
                4 => BinaryPrimitives.ReadInt32LittleEndian(bytes.Slice(i * 4)),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(i * 8)),
            });
        }

        return new TensorData(shape, type, null, integers);
    }

    /// <summary>A half (IEEE 754 binary16) as a float: its bits moved to the wider fields, the exponent's bias corrected by a product.</summary>
    private static float FromHalf(ushort half)
    {
        const int ToSinglesBias = 0x77800000; // 2^112
        var magnitude = (half & 0x7fff) << 13;
        var value = (half & 0x7c00) == 0x7c00
            ? FromBits(magnitude | 0x7f800000)
            : FromBits(magnitude) * FromBits(ToSinglesBias);
        return (half & 0x8000) != 0 ? -value : value;
    }

    private static float FromBits(int bits)
    {
        Span<int> one = [bits];
        return MemoryMarshal.Cast<int, float>(one)[0];
    }

    private static OnnxFileException Lengths(TensorProto tensor, int count, string has, string expected) =>
        Wrong(tensor, FormattableString.Invariant($"has {has} of data, but its shape ({count} elements) needs {expected}"));

    private static OnnxFileException Wrong(TensorProto tensor, string what) =>
        new(ImportErrorId.Data, $"The tensor {Text.Quote(tensor.Name)} {what}.");
}

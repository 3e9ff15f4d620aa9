namespace KernelGen.Onnx.Format;

/// <summary>The types of tensor elements, numbered as in the standard's <c>TensorProto.DataType</c>. Those not listed cannot be read.</summary>
internal enum ElementType
{
    Undefined = 0,
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    UInt32 = 12,
    UInt64 = 13,
    Complex64 = 14,
    Complex128 = 15,
    BFloat16 = 16,
    UInt4 = 21,
    Int4 = 22,
}

/// <summary>What the importer needs to know about element types.</summary>
internal static class ElementTypes
{
    /// <summary>Floats; all are computed with as 32-bit ones.</summary>
    public static bool IsFloat(this ElementType type) =>
        type is ElementType.Float or ElementType.Float16 or ElementType.BFloat16 or ElementType.Double;

    /// <summary>Integers and booleans.</summary>
    public static bool IsInteger(this ElementType type) => Bits(type) > 0 && !IsFloat(type);

    /// <summary>Bits of one element in raw data; 0: the type cannot be read.</summary>
    public static int Bits(this ElementType type) => type switch
    {
        ElementType.UInt4 or ElementType.Int4 => 4,
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 8,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 16,
        ElementType.Float or ElementType.Int32 or ElementType.UInt32 => 32,
        ElementType.Double or ElementType.Int64 or ElementType.UInt64 => 64,
        _ => 0,
    };

    /// <summary>The type's name for a message, as the standard writes it.</summary>
    public static string Describe(this ElementType type) =>
        Enum.IsDefined(typeof(ElementType), type)
            ? type.ToString().ToLowerInvariant()
            : FormattableString.Invariant($"element type {(int)type}");

    /// <summary>The range of an integer type of at most 32 bits.</summary>
    public static (long Minimum, long Maximum) Range(this ElementType type)
    {
        var bits = Bits(type);
        return type is ElementType.Int4 or ElementType.Int8 or ElementType.Int16 or ElementType.Int32
            ? (-(1L << (bits - 1)), (1L << (bits - 1)) - 1)
            : (0, (1L << bits) - 1);
    }

    /// <summary>An integer as a type holds it: booleans are 0 or 1, others keep their lowest bits, as a conversion in C does.</summary>
    public static long Wrap(this ElementType type, long value) => unchecked(type switch
    {
        ElementType.Bool => value == 0 ? 0 : 1,
        ElementType.UInt4 => value & 15,
        ElementType.Int4 => (value << 60) >> 60,
        ElementType.UInt8 => (byte)value,
        ElementType.Int8 => (sbyte)value,
        ElementType.UInt16 => (ushort)value,
        ElementType.Int16 => (short)value,
        ElementType.UInt32 => (uint)value,
        ElementType.Int32 => (int)value,
        _ => value,
    });
}

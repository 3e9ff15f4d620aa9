using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>How the maps of a tensor lie in memory.</summary>
internal enum MapOrder
{
    /// <summary>Map after map, row after row (CHW).</summary>
    Planar,

    /// <summary>All maps of a pixel side by side (HWC), padded to whole vectors of the widest target.</summary>
    Interleaved,
}

/// <summary>
/// Where the elements of a tensor are: element (map, y, x) is at Origin + map·MapStride + y·RowStride + x·PixelStride, all in floats.
/// What pads the maps of an interleaved pixel is anything, not-a-number included: no kernel may let it into the lane of a map.
/// </summary>
/// <param name="Length">Floats to reserve, borders and room for whole vectors included.</param>
internal sealed record TensorLayout(
    MapOrder Order,
    int Maps,
    int Height,
    int Width,
    int MapStride,
    int RowStride,
    int PixelStride,
    int Origin,
    int Length)
{
    /// <summary>Lanes of the widest target: interleaved pixels are padded to a multiple of it.</summary>
    public const int Block = 16;

    /// <summary>The layout of the caller's spans: CHW without gaps.</summary>
    public static TensorLayout Compact(int maps, int height, int width) =>
        new(MapOrder.Planar, maps, height, width, height * width, width, 1, 0, maps * height * width);

    /// <summary>The layout of the caller's spans for any shape.</summary>
    public static TensorLayout Compact(Shape shape) => Compact(shape.Maps, shape.Height, shape.Width);

    /// <summary>Whether the elements lie without gaps in CHW order.</summary>
    public bool IsCompact =>
        (PixelStride == 1 || Width == 1)
        && (RowStride == Width || Height == 1)
        && (MapStride == Height * Width || Maps == 1);

    /// <summary>Floats between neighbours along each axis of a tensor of this shape.</summary>
    public int[] Strides(Shape shape)
    {
        var strides = new int[shape.Rank];
        for (var (axis, stride) = (shape.Rank - 2, RowStride); axis > 0; axis--)
        {
            // The axes between the first and the last are one axis of rows to the layout.
            strides[axis] = stride;
            stride *= shape[axis];
        }

        strides[shape.Rank - 1] = PixelStride;
        strides[0] = MapStride;
        return strides;
    }

    /// <summary>Steps of this length that cover a length.</summary>
    public static int Steps(int length, int step) => (length + step - 1) / step;

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

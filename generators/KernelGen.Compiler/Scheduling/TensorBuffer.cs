using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// A tensor in the workspace while the plan is made: what its readers ask of its borders, when it lives, and in the end its
/// layout and place.
/// </summary>
internal sealed class TensorBuffer(string name, Shape shape, MapOrder order)
{
    public string Name { get; } = name;

    public int Maps { get; } = shape.Maps;

    public int Height { get; } = shape.Height;

    public int Width { get; } = shape.Width;

    public MapOrder Order { get; } = order;

    /// <summary>Zero rows above the first, and below the last.</summary>
    public int PadTop { get; private set; }

    public int PadBottom { get; private set; }

    /// <summary>Zero columns before the first. Planar rows share one gap: the padding right of a row is the one left of the next.</summary>
    public int PadLeft { get; private set; }

    public int PadRight { get; private set; }

    public bool HasBorder => PadTop + PadBottom + PadLeft + PadRight > 0;

    /// <summary>Floats between the starts of two rows, planar only. Tensors that must agree share one object.</summary>
    public Pitch Pitch { get; set; } = new();

    /// <summary>Floats after the first of a map that writers may touch, planar only.</summary>
    public int WrittenPerMap { get; set; }

    /// <summary>Floats after the origin of the last map that readers may touch, planar only.</summary>
    public int ReadPerMap { get; set; }

    /// <summary>Interleaved: floats per pixel that writers may touch.</summary>
    public int WrittenPerPixel { get; set; }

    /// <summary>Interleaved: floats from the start of a pixel that readers may touch.</summary>
    public int ReadPerPixel { get; set; }

    public TensorLayout Layout { get; set; } = null!;

    public int FirstStep { get; set; } = -1;

    public int LastStep { get; set; } = -1;

    /// <summary>Place in the workspace, in floats.</summary>
    public int Offset { get; set; }

    public void RequirePadding(Window window)
    {
        PadTop = Math.Max(PadTop, window.PadTop);
        PadBottom = Math.Max(PadBottom, window.PadBottom);
        PadLeft = Math.Max(PadLeft, window.PadLeft);
        PadRight = Math.Max(PadRight, window.PadRight);
    }

    public TensorLayout MakeLayout() => Order == MapOrder.Planar ? MakePlanar() : MakeInterleaved();

    private TensorLayout MakePlanar()
    {
        var pitch = Pitch.Value;
        var origin = (PadTop * pitch) + TensorLayout.RoundUp(PadLeft, Pitch.Alignment);
        var body = Math.Max((Height * pitch) + (PadBottom * pitch), WrittenPerMap);
        var mapStride = HasBorder || WrittenPerMap > Height * Width || pitch > Width ? TensorLayout.RoundUp(origin + body, Pitch.Alignment) : Height * Width;
        var length = Math.Max(Maps * mapStride, ((Maps - 1) * mapStride) + origin + ReadPerMap);
        return new TensorLayout(MapOrder.Planar, Maps, Height, Width, mapStride, pitch, 1, origin, length + TensorLayout.Block);
    }

    private TensorLayout MakeInterleaved()
    {
        var pixel = TensorLayout.RoundUp(Math.Max(Maps, WrittenPerPixel), TensorLayout.Block);
        var row = (PadLeft + Width + PadRight) * pixel;
        var origin = (PadTop * row) + (PadLeft * pixel);
        var length = ((PadTop + Height + PadBottom) * row) + Math.Max(0, ReadPerPixel - pixel);
        return new TensorLayout(MapOrder.Interleaved, Maps, Height, Width, 1, row, pixel, origin, length);
    }
}

/// <summary>The row pitch of a planar tensor, or of several that share it because a kernel walks over them with one index, the gaps between rows included.</summary>
internal sealed class Pitch
{
    private Pitch? parent;
    private int value;
    private bool isShared;
    private bool prefersAligned;

    public int Value => Root.value;

    /// <summary>Floats that the starts of rows are a multiple of: 1 where the pitch is shared.</summary>
    public int Alignment { get; private set; } = 1;

    private Pitch Root => parent is null ? this : parent.Root;

    public void AtLeast(int width) => Root.value = Math.Max(Root.value, width);

    /// <summary>Asks for rows whose vectors do not straddle cache lines.</summary>
    public void PreferAligned() => prefersAligned = true;

    /// <summary>
    /// Widens the pitch so that rows start where the widest vector that fits into one does not straddle cache lines. That takes a reader or writer that
    /// asks for it, and none that computes the gaps between rows; and all vectors of a row must be aligned by it, or the pitch grow by a quarter at most.
    /// The vectors are those of the widest target for all, which then share tables of places.
    /// </summary>
    /// <param name="width">Floats of a row.</param>
    public void Align(int width)
    {
        var lanes = Vector512Target.Instance.AtMost(width).Lanes;
        var aligned = TensorLayout.RoundUp(Value, lanes);
        if (prefersAligned && !Root.isShared && Value > width && (width % lanes == 0 || aligned * 4 <= Value * 5))
        {
            (value, Alignment) = (aligned, lanes);
        }
    }

    public static void Unite(Pitch a, Pitch b)
    {
        var (first, second) = (a.Root, b.Root);
        first.isShared = true;
        if (first != second)
        {
            first.value = Math.Max(first.value, second.value);
            second.parent = first;
        }
    }
}

using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a convolution as a loop over its taps: a table says where each tap reads, the weights lie in the order of use, and a
/// tile of pixels times vectors of output maps stays in registers.
/// </summary>
internal sealed class LoopConvEmitter(KernelClass kernels, LoopConvStep step, string id)
{
    private const int Block = TensorLayout.Block;
    private readonly ConvTerms conv = step.Conv;
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;
    private readonly int taps = CostModel.LongestGroup(step.Conv);
    private readonly int sourcesPerGroup = step.Conv.SourcesPerGroup;

    /// <summary>Floats of one block of 16 output maps: biases, then weights tap by tap.</summary>
    private int BlockLength => (taps + 1) * Block;

    private int BlocksPerGroup => TensorLayout.RoundUp(step.MapsPerGroup, Block) / Block;

    /// <summary>Rows and columns of the output, as one row where the window is a pixel and nothing lies between the rows.</summary>
    private (int Height, int Width) Map => IsLine ? (1, to.Height * to.Width) : (to.Height, to.Width);

    private bool IsLine =>
        conv.Conv.Window is { Area: 1, StrideY: 1, StrideX: 1 }
        && from.RowStride == from.Width * from.PixelStride
        && to.RowStride == to.Width * to.PixelStride
        && from.Width == to.Width
        && (step.Addend is null || step.Addend.Layout.RowStride == step.Addend.Width * step.Addend.Layout.PixelStride);

    public void Emit()
    {
        var methods = new Dictionary<LoopTile, string>();
        var tiles = LoopTile.Cover(kernels.Target, Map.Height, Map.Width, step.MapsPerGroup, taps);
        var (weights, offsets) = (kernels.Constants.Floats(id + "_loop_weights", Weights), kernels.Constants.Ints(id + "_loop_offsets", Offsets));

        // Group by group: the lanes that fill up a group's last vector are where the next group's maps will be.
        for (var g = 0; g < conv.Conv.Groups; g++)
        {
            foreach (var tile in tiles)
            {
                // Where in the maps it works is in the references that the method is called with.
                var shape = tile with { FirstMap = 0, Column = 0 };
                if (!methods.TryGetValue(shape, out var name))
                {
                    name = kernels.Unique($"{id}_loop_{tile.Height}x{tile.Width}x{tile.Name}");
                    methods.Add(shape, name);
                    EmitMethod(name, tile);
                }

                var (x, w, y) = Places(g, tile);
                kernels.Call(
                    $"{name}({KernelClass.Ref(step.From, x)}, ref Unsafe.Add({weights}, {w}), ref Unsafe.Add({offsets}, {g * taps}), {KernelClass.Ref(step.To, y)}{AddendAt(g, tile)});");
            }
        }
    }

    /// <summary>Where a tile's input, weights and output begin.</summary>
    private (int Input, int Weights, int Output) Places(int group, LoopTile tile)
    {
        var window = conv.Conv.Window;
        var column = ((tile.Column * window.StrideX) - window.PadLeft) * from.PixelStride;
        return (
            from.Origin + (group * sourcesPerGroup * from.MapStride) - (window.PadTop * from.RowStride) + column,
            (((group * BlocksPerGroup) + (tile.FirstMap / Block)) * BlockLength) + (tile.FirstMap % Block),
            to.Origin + (group * step.MapsPerGroup) + tile.FirstMap + (tile.Column * to.PixelStride));
    }

    private string AddendAt(int group, LoopTile tile) => step.Addend is { } added
        ? ", " + KernelClass.Ref(added, added.Layout.Origin + (group * step.MapsPerGroup) + tile.FirstMap + (tile.Column * added.Layout.PixelStride))
        : string.Empty;

    private void EmitMethod(string name, LoopTile tile)
    {
        var (target, body, window) = (tile.Target, kernels.Body, conv.Conv.Window);
        using var method = kernels.Method(
            name,
            $"ref float x, ref float weights, ref int offsets, ref float y{Addend.Parameter(step.Addend)}",
            $"{step.Name}: {tile.Height} × {tile.Width} pixels × {tile.Maps} maps, {taps} taps");
        using var rows = body.Open($"for (var i = 0; i < {tile.RowSteps(Map.Height)}; i++)");
        body.Line(Start("row", "i", Map.Height, tile.Height));
        using var columns = body.Open($"for (var j = 0; j < {tile.ColumnSteps}; j++)");
        body.Line(Start("column", "j", tile.Columns, tile.Width));
        body.Line($"ref var s = ref Unsafe.Add(ref x, (row * {window.StrideY * from.RowStride}) + (column * {window.StrideX * from.PixelStride}));");
        body.Line($"ref var d = ref Unsafe.Add(ref y, (row * {to.RowStride}) + (column * {to.PixelStride}));");
        RegisterTile.Start(body, tile, v => VectorOffset(target, v));
        body.Line($"ref var w = ref Unsafe.Add(ref weights, {Block});");
        using (body.Open($"for (var tap = 0; tap < {taps}; tap++)"))
        {
            body.Line("ref var q = ref Unsafe.Add(ref s, Unsafe.Add(ref offsets, tap));");
            RegisterTile.MultiplyAdd(body, tile, p => Input(tile, p), v => VectorOffset(target, v));
            body.Line($"w = ref Unsafe.Add(ref w, {Block});");
        }

        Addend.Add(body, step.Addend, $"(row * {step.Addend?.Layout.RowStride}) + (column * {step.Addend?.Layout.PixelStride})", add =>
            RegisterTile.Each(tile, (p, v) => add(tile.TargetOf(v), $"a{p}_{v}", Pixel(step.Addend!.Layout, p) + (v * target.Lanes))));
        RegisterTile.Each(tile, (p, v) => body.Line(
            $"S{tile.TargetOf(v).Suffix}({tile.TargetOf(v).Activate(step.Activation, $"a{p}_{v}")}, ref d, {Pixel(to, p) + (v * target.Lanes)});"));

        int Pixel(TensorLayout layout, int p) => (p / tile.Width * layout.RowStride) + (p % tile.Width * layout.PixelStride);
    }

    /// <summary>The first row or column of a tile. The last one starts early where they do not divide.</summary>
    public static string Start(string name, string index, int length, int step) => length % step == 0
        ? $"var {name} = {index}{(step == 1 ? string.Empty : $" * {step}")};"
        : $"var {name} = Math.Min({index} * {step}, {length - step});";

    /// <summary>Floats from the input that a tap reads for the tile's first pixel to that for another.</summary>
    private int Input(LoopTile tile, int pixel)
    {
        var window = conv.Conv.Window;
        return (pixel / tile.Width * window.StrideY * from.RowStride) + (pixel % tile.Width * window.StrideX * from.PixelStride);
    }

    private int VectorOffset(Target target, int vector)
    {
        var lane = vector * target.Lanes;
        return (lane / Block * BlockLength) + (lane % Block);
    }

    /// <summary>Per group and block of 16 output maps: 16 biases, then 16 weights per tap.</summary>
    private float[] Weights()
    {
        var table = new float[conv.Conv.Groups * BlocksPerGroup * BlockLength];
        for (var o = 0; o < conv.Output.Maps; o++)
        {
            table[Place(o)] = conv.Bias(o);
        }

        foreach (var group in conv.Taps.GroupBy(t => t.Source / sourcesPerGroup))
        {
            var number = group.Select((tap, i) => (tap, i)).ToDictionary(p => p.tap, p => p.i);
            foreach (var term in conv.Terms.Where(t => t.Source / sourcesPerGroup == group.Key))
            {
                table[Place(term.Output) + ((number[(term.Source, term.Tap)] + 1) * Block)] = term.Weight;
            }
        }

        return table;

        int Place(int output)
        {
            var (group, map) = (output / step.MapsPerGroup, output % step.MapsPerGroup);
            return (((group * BlocksPerGroup) + (map / Block)) * BlockLength) + (map % Block);
        }
    }

    /// <summary>Per group and tap, where it reads relative to the group's first map at the top left of the window.</summary>
    private int[] Offsets()
    {
        var window = conv.Conv.Window;
        var table = new int[Math.Max(1, conv.Conv.Groups * taps)];
        foreach (var group in conv.Taps.GroupBy(t => t.Source / sourcesPerGroup))
        {
            var i = group.Key * taps;
            foreach (var (source, tap) in group)
            {
                table[i++] = (source % sourcesPerGroup * from.MapStride)
                    + (tap / window.KernelWidth * window.DilationY * from.RowStride)
                    + (tap % window.KernelWidth * window.DilationX * from.PixelStride);
            }
        }

        return table;
    }
}

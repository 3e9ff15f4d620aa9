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

    public void Emit()
    {
        var methods = new Dictionary<(Target Target, int Pixels, int Vectors), string>();
        var tiles = LoopTile.Cover(kernels.Target, to.Width, step.MapsPerGroup);
        for (var g = 0; g < conv.Conv.Groups; g++)
        {
            foreach (var tile in tiles)
            {
                var key = (tile.Target, tile.Pixels, tile.Vectors);
                if (!methods.TryGetValue(key, out var name))
                {
                    name = kernels.Unique($"{id}_loop_{tile.Pixels}x{tile.Vectors}{tile.Target.Suffix}");
                    methods.Add(key, name);
                    EmitMethod(name, tile);
                }

                Call(name, g, tile);
            }
        }
    }

    private void Call(string name, int group, LoopTile tile)
    {
        var window = conv.Conv.Window;
        var x = from.Origin + (group * sourcesPerGroup * from.MapStride) - (window.PadTop * from.RowStride) - (window.PadLeft * from.PixelStride);
        var w = (((group * BlocksPerGroup) + (tile.FirstMap / Block)) * BlockLength) + (tile.FirstMap % Block);
        var weights = kernels.Constants.Floats(id + "_loop_weights", Weights);
        var offsets = kernels.Constants.Ints(id + "_loop_offsets", Offsets);
        var y = to.Origin + (group * step.MapsPerGroup) + tile.FirstMap;
        var addend = step.Addend is { } added
            ? ", " + KernelClass.Ref(added, added.Layout.Origin + (group * step.MapsPerGroup) + tile.FirstMap)
            : string.Empty;
        kernels.Call(
            $"{name}({KernelClass.Ref(step.From, x)}, ref Unsafe.Add({weights}, {w}), ref Unsafe.Add({offsets}, {group * taps}), {KernelClass.Ref(step.To, y)}{addend});");
    }

    private void EmitMethod(string name, LoopTile tile)
    {
        var (target, body, window) = (tile.Target, kernels.Body, conv.Conv.Window);
        using var method = kernels.Method(
            name, $"ref float x, ref float weights, ref int offsets, ref float y{Addend.Parameter(step.Addend)}", $"{step.Name}: {tile.Pixels} pixels × {tile.Vectors * target.Lanes} maps, {taps} taps");
        using var rows = body.Open($"for (var row = 0; row < {to.Height}; row++)");
        var tilesPerRow = (to.Width + tile.Pixels - 1) / tile.Pixels;
        using var columns = body.Open($"for (var tile = 0; tile < {tilesPerRow}; tile++)");

        body.Line(Column(to.Width, tile.Pixels));
        body.Line($"ref var s = ref Unsafe.Add(ref x, (row * {window.StrideY * from.RowStride}) + (column * {window.StrideX * from.PixelStride}));");
        body.Line($"ref var d = ref Unsafe.Add(ref y, (row * {to.RowStride}) + (column * {to.PixelStride}));");
        Each(tile, (p, v) => body.Line($"var a{p}_{v} = L{target.Suffix}(ref weights, {VectorOffset(target, v)});"));
        body.Line($"ref var w = ref Unsafe.Add(ref weights, {Block});");
        using (body.Open($"for (var tap = 0; tap < {taps}; tap++)"))
        {
            body.Line("ref var q = ref Unsafe.Add(ref s, Unsafe.Add(ref offsets, tap));");
            for (var v = 0; v < tile.Vectors; v++)
            {
                body.Line($"var w{v} = L{target.Suffix}(ref w, {VectorOffset(target, v)});");
            }

            for (var p = 0; p < tile.Pixels; p++)
            {
                body.Line($"var x{p} = B{target.Suffix}(ref q, {p * window.StrideX * from.PixelStride});");
                for (var v = 0; v < tile.Vectors; v++)
                {
                    body.Line($"a{p}_{v} = F{target.Suffix}(x{p}, w{v}, a{p}_{v});");
                }
            }

            body.Line($"w = ref Unsafe.Add(ref w, {Block});");
        }

        Addend.Add(body, step.Addend, $"(row * {step.Addend?.Layout.RowStride}) + (column * {step.Addend?.Layout.PixelStride})", add =>
            Each(tile, (p, v) => add(target, $"a{p}_{v}", (p * step.Addend!.Layout.PixelStride) + (v * target.Lanes))));
        Each(tile, (p, v) => body.Line(
            $"S{target.Suffix}({target.Activate(step.Activation, $"a{p}_{v}")}, ref d, {(p * to.PixelStride) + (v * target.Lanes)});"));
    }

    /// <summary>The first column of a tile. The last one of a row starts early where the row does not divide.</summary>
    public static string Column(int width, int pixels) => width % pixels == 0
        ? $"var column = tile * {pixels};"
        : $"var column = Math.Min(tile * {pixels}, {width - pixels});";

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

    private static void Each(LoopTile tile, Action<int, int> action)
    {
        for (var p = 0; p < tile.Pixels; p++)
        {
            for (var v = 0; v < tile.Vectors; v++)
            {
                action(p, v);
            }
        }
    }
}

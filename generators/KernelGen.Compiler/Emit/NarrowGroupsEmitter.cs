using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a convolution whose groups are narrower than a vector, as depthwise ones are: a vector of output maps is several whole
/// groups, and each of its lanes reads a source map of its own group. The taps are written out; an input vector is loaded once
/// for all pixels of a tile that use it.
/// </summary>
internal sealed class NarrowGroupsEmitter(KernelClass kernels, LoopConvStep step, string id)
{
    private const int Block = TensorLayout.Block;
    private const int Shift = 4; // 2⁴ is a block
    private readonly SourceWriter body = kernels.Body;
    private readonly ConvTerms conv = step.Conv;
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;
    private readonly int[] taps = step.Conv.Taps.Select(t => t.Tap).Distinct().OrderBy(t => t).ToArray();
    private readonly int sources = step.Conv.SourcesPerGroup;
    private readonly int targets = step.Conv.TargetsPerGroup;

    // A few maps need no wide vector.
    private readonly Target target = kernels.Target.Holding(step.Conv.Output.Maps);

    /// <summary>Floats of one block of 16 output maps: biases, then per tap the weights of each source map of the groups.</summary>
    private int BlockLength => ((taps.Length * sources) + 1) * Block;

    public void Emit()
    {
        var window = conv.Conv.Window;
        var pixels = LoopTile.EvenPixels(to.Width, Math.Min(Target.InFlight, Math.Max(1, KernelClass.MaxStatements / 2 / Math.Max(1, taps.Length * sources))));
        var name = kernels.Unique($"{id}_grouped_{pixels}x1{target.Suffix}");
        var x = from.Origin - (window.PadTop * from.RowStride) - (window.PadLeft * from.PixelStride);
        kernels.Call(
            $"{name}({KernelClass.Ref(step.From, x)}, {kernels.Constants.Floats(id + "_weights_by_lane", Weights)}, {KernelClass.Ref(step.To, to.Origin)}{(step.Addend is { } added ? ", " + KernelClass.Ref(added, added.Layout.Origin) : string.Empty)});");
        using var method = kernels.Method(
            name, $"ref float x, ref float weights, ref float y{Addend.Parameter(step.Addend)}", $"{step.Name}: {pixels} pixels × {target.Lanes} maps, {taps.Length * sources} taps");

        // Strips of rows: what a row of the window reads is still in the nearest cache when the next rows read it.
        using var columns = body.Open($"for (var tile = 0; tile < {(to.Width + pixels - 1) / pixels}; tile++)");
        body.Line(LoopConvEmitter.Start("column", "tile", to.Width, pixels));
        using var rows = body.Open($"for (var row = 0; row < {to.Height}; row++)");
        body.Line($"ref var s = ref Unsafe.Add(ref x, (row * {window.StrideY * from.RowStride}) + (column * {window.StrideX * from.PixelStride}));");
        body.Line($"ref var d = ref Unsafe.Add(ref y, (row * {to.RowStride}) + (column * {to.PixelStride}));");
        using var maps = body.Open($"for (var m = 0; m < {conv.Output.Maps}; m += {target.Lanes})");
        body.Line($"ref var q = ref Unsafe.Add(ref s, {(sources == targets ? "m" : $"m / {targets} * {sources}")});");
        body.Line($"ref var w = ref Unsafe.Add(ref weights, ((m >> {Shift}) * {BlockLength}) + (m & {Block - 1}));");
        body.Line($"ref var e = ref Unsafe.Add(ref d, m);");
        for (var p = 0; p < pixels; p++)
        {
            body.Line($"var a{p} = {Load("w", 0)};");
        }

        EmitTaps(pixels);
        Addend.Add(body, step.Addend, $"(row * {step.Addend?.Layout.RowStride}) + (column * {step.Addend?.Layout.PixelStride}) + m", add =>
        {
            for (var p = 0; p < pixels; p++)
            {
                add(target, $"a{p}", p * step.Addend!.Layout.PixelStride);
            }
        });
        for (var p = 0; p < pixels; p++)
        {
            body.Line($"S{target.Suffix}({target.Activate(step.Activation, $"a{p}")}, ref e, {p * to.PixelStride});");
        }
    }

    private void EmitTaps(int pixels)
    {
        var window = conv.Conv.Window;
        if (taps.Length == 0)
        {
            return;
        }

        // Locals that are assigned again and again: the JIT stops inlining in a method that has more than 512 of them.
        var used = taps.Select(t => t % window.KernelWidth).Distinct().ToList();
        var locals = used.SelectMany(kx => Enumerable.Range(0, sources).Select(j => $"k{kx}_{j}"))
            .Concat(Enumerable.Range(0, sources).Select(j => $"x{j}"))
            .Concat(targets > 1 ? ["own"] : []);
        body.Line($"{target.Type} {string.Join(", ", locals)};");
        var lastUse = new int[pixels];
        var time = 0;
        foreach (var row in taps.Select((tap, i) => (Ky: tap / window.KernelWidth, Kx: tap % window.KernelWidth, i)).GroupBy(t => t.Ky))
        {
            foreach (var tap in row)
            {
                Each(j => body.Line($"k{tap.Kx}_{j} = {Load("w", ((tap.i * sources) + j + 1) * Block)};"));
            }

            // Which pixels and taps use each column of the input.
            var uses = row.SelectMany(tap => Enumerable.Range(0, pixels).Select(p => (Column: (p * window.StrideX) + (tap.Kx * window.DilationX), Pixel: p, tap.Kx)));
            var left = uses.GroupBy(u => u.Column).OrderBy(c => c.Key).ToList();
            while (left.Count > 0)
            {
                // Next is the column whose sums have waited longest: a sum that was just added to is not ready yet.
                var column = left.OrderBy(c => c.Max(u => lastUse[u.Pixel])).First();
                left.Remove(column);
                EmitInput((row.Key * window.DilationY * from.RowStride) + (column.Key * from.PixelStride));
                foreach (var use in column.OrderBy(u => lastUse[u.Pixel]).ToList())
                {
                    lastUse[use.Pixel] = ++time;
                    Each(j => body.Line($"a{use.Pixel} = F{target.Suffix}(x{j}, k{use.Kx}_{j}, a{use.Pixel});"));
                }
            }
        }
    }

    /// <summary>Brings source map j of each lane's group into that lane of x{j}.</summary>
    private void EmitInput(int offset)
    {
        if (targets == 1)
        {
            body.Line($"x0 = {Load("q", offset)};");
            return;
        }

        body.Line($"own = {Load("q", offset)};");
        Each(j =>
        {
            var lanes = string.Join(", ", Enumerable.Range(0, target.Lanes).Select(lane => (lane / targets * sources) + j));
            body.Line($"x{j} = Vector{target.Name}.Shuffle(own, Vector{target.Name}.Create({lanes}));");
        });
    }

    private void Each(Action<int> action)
    {
        for (var j = 0; j < sources; j++)
        {
            action(j);
        }
    }

    private string Load(string pointer, int offset) => $"L{target.Suffix}(ref {pointer}, {offset})";

    private float[] Weights()
    {
        var table = new float[TensorLayout.RoundUp(conv.Output.Maps, Block) / Block * BlockLength];
        var number = taps.Select((tap, i) => (tap, i)).ToDictionary(p => p.tap, p => p.i);
        for (var o = 0; o < conv.Output.Maps; o++)
        {
            table[Place(o)] = conv.Bias(o);
        }

        foreach (var term in conv.Terms)
        {
            table[Place(term.Output) + (((number[term.Tap] * sources) + (term.Source % sources) + 1) * Block)] = term.Weight;
        }

        return table;

        int Place(int output) => (output / Block * BlockLength) + (output % Block);
    }
}

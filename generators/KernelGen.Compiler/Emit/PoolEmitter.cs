using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes pooling: vectors over the columns of planar maps where the stride allows, over the maps of interleaved ones. Where the
/// window is padded, the rows and columns near the edge have loops of their own, over the taps that lie inside.
/// </summary>
internal sealed class PoolEmitter(KernelClass kernels, PoolStep step, string id)
{
    private const int LargeWindow = 16;
    private const int Chains = 4;

    private readonly SourceWriter body = kernels.Body;
    private readonly Window window = step.Pool.Window;
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;

    private bool IsMax => step.Pool.Kind == PoolKind.Max;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_{(IsMax ? "max" : "average")}_pool");
        kernels.Call($"{name}({KernelClass.Ref(step.From)}, {KernelClass.Ref(step.To)});");
        using var method = kernels.Method(
            name, "ref float x, ref float y", $"{step.Name}: {window.KernelHeight}×{window.KernelWidth}, stride {window.StrideY}×{window.StrideX}, {to.Maps}×{to.Height}×{to.Width}");
        var rows = Zones(window.KernelHeight, window.StrideY, window.DilationY, window.PadTop, from.Height, to.Height);
        var columns = Zones(window.KernelWidth, window.StrideX, window.DilationX, window.PadLeft, from.Width, to.Width);
        if (rows.Count * columns.Count * window.Area * 4 > KernelClass.MaxStatements || rows.Concat(columns).Any(z => z.Taps <= 0))
        {
            EmitPositions();
        }
        else if (from.Order == MapOrder.Interleaved)
        {
            EmitInterleaved(rows, columns);
        }
        else
        {
            EmitPlanar(rows, columns);
        }
    }

    private void EmitInterleaved(List<Zone> rows, List<Zone> columns)
    {
        foreach (var row in rows)
        {
            using var rowLoop = body.Open($"for (var r = {row.First}; r < {row.First + row.Count}; r++)");
            foreach (var column in columns)
            {
                using var columnLoop = body.Open($"for (var c = {column.First}; c < {column.First + column.Count}; c++)");
                body.Line($"ref var s = ref Unsafe.Add(ref x, {Literals.Int(Origin)} + (r * {window.StrideY * from.RowStride}) + (c * {window.StrideX * from.PixelStride}));");
                body.Line($"ref var d = ref Unsafe.Add(ref y, {Runs.Start(to)});");
                Runs.Loop(body, kernels.Target, TensorLayout.RoundUp(to.Maps, kernels.Target.Lanes), (target, i) =>
                {
                    EmitWindow(row, column, (ky, kx) => $"L{target.Suffix}(ref s, {i} + {Tap(ky, kx)})", target);
                    body.Line($"S{target.Suffix}({Finish(target, "v", row, column)}, ref d, {i});");
                });
            }
        }
    }

    private void EmitPlanar(List<Zone> rows, List<Zone> columns)
    {
        using var maps = body.Open($"for (var m = 0; m < {to.Maps}; m++)");
        foreach (var row in rows)
        {
            using var rowLoop = body.Open($"for (var r = {row.First}; r < {row.First + row.Count}; r++)");
            foreach (var column in columns)
            {
                using var zone = body.Open();
                body.Line($"ref var s = ref Unsafe.Add(ref x, {Literals.Int(Origin + (column.First * window.StrideX))} + (m * {from.MapStride}) + (r * {window.StrideY * from.RowStride}));");
                body.Line($"ref var d = ref Unsafe.Add(ref y, {Runs.Start(to)} + {column.First});");
                if (window.StrideX == 2 && column.Count >= 2 && kernels.Target.AtMost(2 * column.Count).Lanes > 1)
                {
                    EmitPairs(row, column);
                    continue;
                }

                // Without a vector form for the stride, one column at a time.
                Runs.Loop(body, window.StrideX == 1 ? kernels.Target : kernels.Target.AtMost(1), column.Count, (target, i) =>
                {
                    EmitWindow(row, column, (ky, kx) => $"L{target.Suffix}(ref s, ({i} * {window.StrideX}) + {Tap(ky, kx)})", target);
                    body.Line($"S{target.Suffix}({Finish(target, "v", row, column)}, ref d, {i});");
                });
            }
        }
    }

    /// <summary>Stride 2: a vector of input columns gives half a vector of results.</summary>
    private void EmitPairs(Zone row, Zone column) =>
        Runs.Pairs(body, kernels.Target.AtMost(2 * column.Count), column.Count, (target, i) =>
        {
            for (var kx = column.FirstTap; kx < column.FirstTap + column.Taps; kx++)
            {
                // Two neighbouring taps are the even and the odd elements of the same loads.
                var isFirst = kx == column.FirstTap;
                var isPair = window.DilationX == 1 && kx + 1 < column.FirstTap + column.Taps;
                body.Line($"var t{kx} = {Combine(target, Enumerable.Range(row.FirstTap, row.Taps).Select(ky => $"L{target.Suffix}(ref s, (2 * {i}) + {Tap(ky, kx)})"))};");
                var value = isPair ? Combine(target, [$"Even{target.Suffix}(t{kx})", $"Odd{target.Suffix}(t{kx})"]) : $"Even{target.Suffix}(t{kx})";
                body.Line(isFirst ? $"var v = {value};" : $"v = {Combine(target, ["v", value])};");
                kx += isPair ? 1 : 0;
            }

            body.Line($"StoreLower{target.Suffix}({Finish(target, "v", row, column)}, ref d, {i});");
        });

    /// <summary>The taps that lie inside, found and counted for each element (planar) or pixel (interleaved): for large or strange paddings.</summary>
    private void EmitPositions()
    {
        var isPlanar = from.Order == MapOrder.Planar;
        var target = isPlanar ? kernels.Target.AtMost(1) : kernels.Target;
        using var maps = body.Open(isPlanar ? $"for (var m = 0; m < {to.Maps}; m++)" : $"for (var m = 0; m < {to.Maps}; m += {target.Lanes})");
        using var rows = body.Open($"for (var r = 0; r < {to.Height}; r++)");
        using var columns = body.Open($"for (var c = 0; c < {to.Width}; c++)");
        body.Line($"var v = {(IsMax ? target.Constant(float.MinValue) : target.Zero)};");
        body.Line("var count = 0;");
        using (body.Open($"for (var ky = 0; ky < {window.KernelHeight}; ky++)"))
        using (body.Open($"for (var kx = 0; kx < {window.KernelWidth}; kx++)"))
        {
            body.Line($"var (iy, ix) = ((r * {window.StrideY}) + (ky * {window.DilationY}) - {window.PadTop}, (c * {window.StrideX}) + (kx * {window.DilationX}) - {window.PadLeft});");
            using (body.Open($"if ((uint)iy < {from.Height} && (uint)ix < {from.Width})"))
            {
                var at = $"{from.Origin} + (m * {from.MapStride}) + (iy * {from.RowStride}) + (ix * {from.PixelStride})";
                body.Line($"v = {Combine(target, ["v", $"L{target.Suffix}(ref x, {at})"])};");
                body.Line("count++;");
            }
        }

        var scale = step.Pool.CountPadding ? Literals.Float(1f / window.Area) : "1f / count";
        var value = IsMax ? "v" : target.Lanes == 1 ? $"v * ({scale})" : $"v * Vector{target.Name}.Create({scale})";
        body.Line($"S{target.Suffix}({value}, ref y, {to.Origin} + (m * {to.MapStride}) + (r * {to.RowStride}) + (c * {to.PixelStride}));");
    }

    /// <summary>Where the first tap of the first window would be, were it inside.</summary>
    private int Origin => from.Origin - (window.PadTop * from.RowStride) - (window.PadLeft * from.PixelStride);

    private int Tap(int ky, int kx) => (ky * window.DilationY * from.RowStride) + (kx * window.DilationX * from.PixelStride);

    /// <summary>The stretches of an output axis whose windows have the same taps inside the input.</summary>
    private static List<Zone> Zones(int taps, int stride, int dilation, int padding, int inputs, int outputs)
    {
        var zones = new List<Zone>();
        for (var o = 0; o < outputs; o++)
        {
            var inside = Enumerable.Range(0, taps).Where(k => (o * stride) + (k * dilation) - padding is var i && i >= 0 && i < inputs).ToList();
            var (first, count) = (inside.FirstOrDefault(), inside.Count);
            var last = zones.Count - 1;
            if (last >= 0 && zones[last].FirstTap == first && zones[last].Taps == count)
            {
                zones[last] = zones[last] with { Count = zones[last].Count + 1 };
            }
            else
            {
                zones.Add(new Zone(o, 1, first, count));
            }
        }

        return zones;
    }

    /// <summary>Writes variable v. The taps of large windows go round several sums or maxima, which need not wait for each other.</summary>
    private void EmitWindow(Zone row, Zone column, Func<int, int, string> load, Target target)
    {
        var loads = Enumerable.Range(row.FirstTap, row.Taps).SelectMany(ky => Enumerable.Range(column.FirstTap, column.Taps).Select(kx => load(ky, kx))).ToList();
        var chains = loads.Count < LargeWindow ? 1 : Chains;
        for (var i = 0; i < loads.Count; i++)
        {
            var v = chains == 1 ? "v" : $"v{i % chains}";
            body.Line(i < chains ? $"var {v} = {loads[i]};" : $"{v} = {Combine(target, [v, loads[i]])};");
        }

        if (chains > 1)
        {
            body.Line($"var v = {Combine(target, Enumerable.Range(0, chains).Select(c => $"v{c}"))};");
        }
    }

    private string Combine(Target target, IEnumerable<string> values) =>
        values.Aggregate((a, b) => IsMax ? $"Max{target.Suffix}({a}, {b})" : $"{a} + {b}");

    private string Finish(Target target, string value, Zone row, Zone column) =>
        IsMax ? value : $"{value} * {target.Constant(1f / (step.Pool.CountPadding ? window.Area : row.Taps * column.Taps))}";

    /// <summary>A stretch of an output axis, and which taps of its windows lie inside the input.</summary>
    private sealed record Zone(int First, int Count, int FirstTap, int Taps);
}

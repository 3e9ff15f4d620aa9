using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes pooling: vectors over the columns of planar maps where the stride allows, over the maps of interleaved ones.</summary>
internal sealed class PoolEmitter(KernelClass kernels, PoolStep step, string id)
{
    private readonly SourceWriter body = kernels.Body;
    private readonly Window window = step.Pool.Window;
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;

    private bool IsMax => step.Pool.Kind == PoolKind.Max;

    private bool IsPadded => window.PadTop + window.PadLeft + window.PadBottom + window.PadRight > 0;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_{(IsMax ? "max" : "average")}_pool");
        kernels.Call($"{name}({KernelClass.Ref(step.From)}, {KernelClass.Ref(step.To)});");
        using var method = kernels.Method(
            name, "ref float x, ref float y", $"{step.Name}: {window.KernelHeight}×{window.KernelWidth}, stride {window.StrideY}×{window.StrideX}, {to.Maps}×{to.Height}×{to.Width}");
        if (IsPadded)
        {
            EmitPadded();
        }
        else if (from.Order == MapOrder.Interleaved)
        {
            EmitInterleaved();
        }
        else
        {
            EmitPlanar();
        }
    }

    private void EmitInterleaved() =>
        Runs.Each(body, to, length =>
        {
            body.Line($"ref var s = ref Unsafe.Add(ref x, {from.Origin} + (r * {window.StrideY * from.RowStride}) + (c * {window.StrideX * from.PixelStride}));");
            body.Line($"ref var d = ref Unsafe.Add(ref y, {Runs.Start(to)});");
            Runs.Loop(body, kernels.Target, length, (target, i) =>
            {
                EmitWindow(target, (ky, kx) => $"L{target.Suffix}(ref s, {i} + {Tap(ky, kx)})");
                body.Line($"S{target.Suffix}({Finish(target, "v")}, ref d, {i});");
            });
        });

    private void EmitPlanar() =>
        Runs.Each(body, to, length =>
        {
            body.Line($"ref var s = ref Unsafe.Add(ref x, {from.Origin} + (m * {from.MapStride}) + (r * {window.StrideY * from.RowStride}));");
            body.Line($"ref var d = ref Unsafe.Add(ref y, {Runs.Start(to)});");
            if (window.StrideX == 2 && length >= 2 && kernels.Target.AtMost(2 * length).Lanes > 1)
            {
                EmitPairs(kernels.Target.AtMost(2 * length), length);
                return;
            }

            // Without a vector form for the stride, one column at a time.
            Runs.Loop(body, window.StrideX == 1 ? kernels.Target : kernels.Target.AtMost(1), length, (target, i) =>
            {
                EmitWindow(target, (ky, kx) => $"L{target.Suffix}(ref s, ({i} * {window.StrideX}) + {Tap(ky, kx)})");
                body.Line($"S{target.Suffix}({Finish(target, "v")}, ref d, {i});");
            });
        });

    /// <summary>Stride 2: a vector of input columns gives half a vector of results.</summary>
    private void EmitPairs(Target widest, int length) =>
        Runs.Pairs(body, widest, length, (target, i) =>
        {
            for (var kx = 0; kx < window.KernelWidth; kx++)
            {
                // Two neighbouring taps are the even and the odd elements of the same loads.
                var isPair = window.DilationX == 1 && kx + 1 < window.KernelWidth;
                var column = Combine(target, Enumerable.Range(0, window.KernelHeight).Select(ky => $"L{target.Suffix}(ref s, (2 * {i}) + {Tap(ky, kx)})"));
                body.Line($"var t{kx} = {column};");
                var value = isPair ? Combine(target, [$"Even{target.Suffix}(t{kx})", $"Odd{target.Suffix}(t{kx})"]) : $"Even{target.Suffix}(t{kx})";
                body.Line(kx == 0 ? $"var v = {value};" : $"v = {Combine(target, ["v", value])};");
                kx += isPair ? 1 : 0;
            }

            body.Line($"StoreLower{target.Suffix}({Finish(target, "v")}, ref d, {i});");
        });

    /// <summary>Padding: the taps that lie inside, counted; one element (planar) or pixel (interleaved) at a time.</summary>
    private void EmitPadded()
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

    private int Tap(int ky, int kx) => (ky * window.DilationY * from.RowStride) + (kx * window.DilationX * from.PixelStride);

    private void EmitWindow(Target target, Func<int, int, string> load)
    {
        for (var ky = 0; ky < window.KernelHeight; ky++)
        {
            for (var kx = 0; kx < window.KernelWidth; kx++)
            {
                body.Line(ky + kx == 0 ? $"var v = {load(ky, kx)};" : $"v = {Combine(target, ["v", load(ky, kx)])};");
            }
        }
    }

    private string Combine(Target target, IEnumerable<string> values) =>
        values.Aggregate((a, b) => IsMax ? $"Max{target.Suffix}({a}, {b})" : $"{a} + {b}");

    private string Finish(Target target, string value) => IsMax ? value : $"{value} * {target.Constant(1f / window.Area)}";
}

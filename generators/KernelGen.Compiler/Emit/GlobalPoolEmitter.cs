using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes the pooling of whole maps.</summary>
internal sealed class GlobalPoolEmitter(KernelClass kernels, GlobalPoolStep step, string id)
{
    private readonly SourceWriter body = kernels.Body;
    private readonly TensorLayout from = step.From.Layout;

    private bool IsMax => step.Kind == PoolKind.Max;

    private float Scale => 1f / (from.Height * from.Width);

    public void Emit()
    {
        var name = kernels.Unique($"{id}_global_{(IsMax ? "max" : "average")}_pool");
        kernels.Call($"{name}({KernelClass.Ref(step.From)}, {KernelClass.Ref(step.To, step.To.Layout.Origin)});");
        using var method = kernels.Method(name, "ref float x, ref float y", $"{step.Name}: {from.Maps} maps of {from.Height}×{from.Width}");
        if (from.Order == MapOrder.Planar)
        {
            EmitPlanar();
        }
        else
        {
            EmitInterleaved();
        }
    }

    /// <summary>Several vectors of maps at a time: their sums or maxima need not wait for each other.</summary>
    private void EmitInterleaved()
    {
        var target = kernels.Target;
        var whole = (from.Maps + target.Lanes - 1) / target.Lanes;
        var vectors = Enumerable.Range(1, Math.Min(Target.InFlight, whole)).Last(v => whole % v == 0);
        using var maps = body.Open($"for (var m = 0; m < {from.Maps}; m += {vectors * target.Lanes})");
        Each(v => body.Line($"var v{v} = {(IsMax ? target.Constant(float.MinValue) : target.Zero)};"));
        using (body.Open($"for (var r = 0; r < {from.Height}; r++)"))
        using (body.Open($"for (var c = 0; c < {from.Width}; c++)"))
        {
            body.Line($"ref var s = ref Unsafe.Add(ref x, {from.Origin} + (r * {from.RowStride}) + (c * {from.PixelStride}) + m);");
            Each(v => body.Line(IsMax ? $"v{v} = Max(v{v}, L(ref s, {v * target.Lanes}));" : $"v{v} += L(ref s, {v * target.Lanes});"));
        }

        body.Line("ref var d = ref Unsafe.Add(ref y, m);");
        Each(v => body.Line($"S({(IsMax ? $"v{v}" : $"v{v} * {target.Constant(Scale)}")}, ref d, {v * target.Lanes});"));

        void Each(Action<int> write)
        {
            for (var v = 0; v < vectors; v++)
            {
                write(v);
            }
        }
    }

    private void EmitPlanar()
    {
        var target = kernels.Target.AtMost(from.Width);
        var vectors = from.Width / target.Lanes * target.Lanes;
        using var maps = body.Open($"for (var m = 0; m < {from.Maps}; m++)");
        body.Line($"var v = {(IsMax ? target.Constant(float.MinValue) : target.Zero)};");
        body.Line($"var rest = {(IsMax ? Literals.Float(float.MinValue) : "0f")};");
        using (body.Open($"for (var r = 0; r < {from.Height}; r++)"))
        {
            body.Line($"ref var s = ref Unsafe.Add(ref x, {from.Origin} + (m * {from.MapStride}) + (r * {from.RowStride}));");
            using (body.Open($"for (var i = 0; i < {vectors}; i += {target.Lanes})"))
            {
                var load = $"L{target.Suffix}(ref s, i)";
                body.Line(IsMax ? $"v = Max{target.Suffix}(v, {load});" : $"v += {load};");
            }

            for (var i = vectors; i < from.Width; i++)
            {
                body.Line(IsMax ? $"rest = MathF.Max(rest, Unsafe.Add(ref s, {i}));" : $"rest += Unsafe.Add(ref s, {i});");
            }
        }

        body.Line(IsMax
            ? $"Unsafe.Add(ref y, m) = MathF.Max(rest, Largest{target.Suffix}(v));"
            : $"Unsafe.Add(ref y, m) = (rest + Sum{target.Suffix}(v)) * {Literals.Float(Scale)};");
    }
}

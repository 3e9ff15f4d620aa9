using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes sums, batch norms and activations: one pass over the elements.</summary>
internal sealed class ElementwiseEmitter(KernelClass kernels, ElementwiseStep step, string id)
{
    private readonly SourceWriter body = kernels.Body;
    private readonly TensorLayout to = step.To.Layout;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_simd");
        var inputs = Enumerable.Range(0, step.From.Count).Select(k => $"ref float x{k}");
        var norm = step.Norm is null ? [] : new[] { "ref float norm" };
        var arguments = step.From.Select(f => KernelClass.Ref(f)).Append(KernelClass.Ref(step.To));
        if (step.Norm is { } batchNorm)
        {
            arguments = arguments.Append(kernels.Constants.Floats(id + "_norm", () => Norm(batchNorm)));
        }

        kernels.Call($"{name}({string.Join(", ", arguments)});");
        using var method = kernels.Method(
            name, string.Join(", ", inputs.Append("ref float y").Concat(norm)), $"{step.Name}: {to.Maps}×{to.Height}×{to.Width}");
        if (step.Norm is null && to.IsCompact && step.From.All(f => f.Layout.IsCompact))
        {
            Runs.Loop(body, kernels.Target, to.Maps * to.Height * to.Width, (target, i) => Work(target, i, i));
            return;
        }

        Runs.Each(body, to, length =>
        {
            for (var k = 0; k < step.From.Count; k++)
            {
                body.Line($"ref var s{k} = ref Unsafe.Add(ref x{k}, {Runs.Start(step.From[k].Layout)});");
            }

            body.Line($"ref var d = ref Unsafe.Add(ref y, {Runs.Start(to)});");
            Runs.Loop(body, kernels.Target, length, (target, i) => Work(target, i, i, "s", "d"));
        });
    }

    /// <summary>Floats of padded maps: the stretch of the table of factors before the one of summands.</summary>
    private int NormStride => TensorLayout.RoundUp(to.Maps, TensorLayout.Block);

    private void Work(Target target, string i, string channel, string from = "x", string into = "y")
    {
        var value = string.Join(" + ", Enumerable.Range(0, step.From.Count).Select(k => $"L{target.Suffix}(ref {from}{k}, {i})"));
        if (step.Norm is not null)
        {
            var (load, at) = to.Order == MapOrder.Planar ? ("B", "m") : ("L", channel);
            value = $"F{target.Suffix}({value}, {load}{target.Suffix}(ref norm, {at}), {load}{target.Suffix}(ref norm, {at} + {NormStride}))";
        }

        value = step.From.Count > 1 && step.Norm is null ? $"({value})" : value;
        body.Line($"S{target.Suffix}({target.Activate(step.Activation, value)}, ref {into}, {i});");
    }

    /// <summary>One factor per map, then one summand per map, each padded to whole vectors.</summary>
    private float[] Norm(BatchNorm norm)
    {
        var table = new float[2 * NormStride];
        for (var m = 0; m < to.Maps; m++)
        {
            var scale = norm.Scale[m] / Math.Sqrt((double)norm.Variance[m] + norm.Epsilon);
            table[m] = (float)scale;
            table[NormStride + m] = (float)(norm.Shift[m] - (norm.Mean[m] * scale));
        }

        return table;
    }
}

using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes e^x / Σ e^x along one axis, the largest x subtracted first: vectors over the positions of the other axes where they
/// lie side by side, else along the axis itself.
/// </summary>
internal sealed class SoftmaxEmitter(KernelClass kernels, SoftmaxStep step, string id)
{
    private readonly SourceWriter body = kernels.Body;
    private readonly int length = step.Shape[step.Axis];
    private readonly int from = step.From.Layout.Strides(step.Shape)[step.Axis];
    private readonly int to = step.To.Layout.Strides(step.Shape)[step.Axis];

    public void Emit()
    {
        var name = kernels.Unique($"{id}_softmax");
        var (x, y) = (step.From.Layout, step.To.Layout);
        var nest = new LoopNest(Lanes.Others(step.Shape, [step.Axis], x, y), [x.Strides(step.Shape), y.Strides(step.Shape)]);
        kernels.Call($"{name}({KernelClass.Ref(step.From, x.Origin)}, {KernelClass.Ref(step.To, y.Origin)});");
        using var method = kernels.Method(name, "ref float x, ref float y", $"{step.Name}: {step.Shape} along axis {step.Axis}");
        var isAlong = !nest.IsVector && from == 1 && to == 1;
        var isGathered = isAlong && length < kernels.Target.Lanes && nest.Inner(0).Length >= kernels.Target.Lanes;
        nest.Write(
            body,
            isAlong && !isGathered ? kernels.Target.AtMost(1) : kernels.Target,
            ["x", "y"],
            (target, i) =>
            {
                body.Line($"ref var s = {nest.Start(0, i)};");
                body.Line($"ref var d = {nest.Start(1, i)};");
                if (isGathered)
                {
                    EmitGathered(target, nest.Inner(0).Stride, nest.Inner(1).Stride);
                }
                else if (isAlong)
                {
                    EmitAlong(target);
                }
                else
                {
                    EmitAcross(target);
                }
            },
            isGathered);
    }

    /// <summary>Every lane a position of its own, whose few elements lie side by side.</summary>
    private void EmitGathered(Target target, int fromPosition, int toPosition)
    {
        var lanes = Enumerable.Range(0, target.Lanes).ToArray();
        for (var k = 0; k < length; k++)
        {
            body.Line($"var x{k} = Vector{target.Name}.Create({string.Join(", ", lanes.Select(lane => $"Unsafe.Add(ref s, {(lane * fromPosition) + k})"))});");
        }

        body.Line($"var top = {Enumerable.Range(1, length - 1).Aggregate("x0", (top, k) => $"Max{target.Suffix}({top}, x{k})")};");
        for (var k = 0; k < length; k++)
        {
            body.Line($"x{k} = Exp{target.Suffix}(x{k} - top);");
        }

        body.Line($"var scale = {target.Constant(1)} / ({string.Join(" + ", Enumerable.Range(0, length).Select(k => $"x{k}"))});");
        for (var k = 0; k < length; k++)
        {
            body.Line($"x{k} *= scale;");
            foreach (var lane in lanes)
            {
                body.Line($"Unsafe.Add(ref d, {(lane * toPosition) + k}) = x{k}[{lane}];");
            }
        }
    }

    /// <summary>Every lane a position of its own.</summary>
    private void EmitAcross(Target target)
    {
        var suffix = target.Suffix;
        body.Line($"var top = L{suffix}(ref s, 0);");
        using (body.Open($"for (var k = 1; k < {length}; k++)"))
        {
            body.Line($"top = Max{suffix}(top, L{suffix}(ref s, k * {from}));");
        }

        body.Line($"var sum = {target.Zero};");
        using (body.Open($"for (var k = 0; k < {length}; k++)"))
        {
            body.Line($"var e = L{suffix}(ref s, k * {from}) - top;");
            body.Line($"e = Exp{suffix}(e);");
            body.Line($"S{suffix}(e, ref d, k * {to});");
            body.Line("sum += e;");
        }

        body.Line($"var scale = {target.Constant(1)} / sum;");
        using var last = body.Open($"for (var k = 0; k < {length}; k++)");
        body.Line($"S{suffix}(L{suffix}(ref d, k * {to}) * scale, ref d, k * {to});");
    }

    /// <summary>Vectors along the axis, for one position.</summary>
    private void EmitAlong(Target scalar)
    {
        var parts = Runs.Parts(kernels.Target, length).ToList();
        foreach (var (part, start, end) in parts)
        {
            body.Line($"var top{part.Suffix}_ = L{part.Suffix}(ref s, {start});");
            Each(part, start + part.Lanes, end, k => body.Line($"top{part.Suffix}_ = Max{part.Suffix}(top{part.Suffix}_, L{part.Suffix}(ref s, {k}));"));
            body.Line($"var {(start == 0 ? "top" : $"largest{part.Suffix}")} = Largest{part.Suffix}(top{part.Suffix}_);");
            if (start > 0)
            {
                body.Line($"top = Max{scalar.Suffix}(top, largest{part.Suffix});");
            }
        }

        body.Line("var sum = 0f;");
        foreach (var (part, start, end) in parts)
        {
            body.Line($"var shift{part.Suffix} = {Broadcast(part, "top")};");
            body.Line($"var sum{part.Suffix}_ = {part.Zero};");
            Each(part, start, end, k =>
            {
                body.Line($"var e = L{part.Suffix}(ref s, {k}) - shift{part.Suffix};");
                body.Line($"e = Exp{part.Suffix}(e);");
                body.Line($"S{part.Suffix}(e, ref d, {k});");
                body.Line($"sum{part.Suffix}_ += e;");
            });
            body.Line($"sum += Sum{part.Suffix}(sum{part.Suffix}_);");
        }

        foreach (var (part, start, end) in parts)
        {
            body.Line($"var scale{part.Suffix} = {Broadcast(part, "1f / sum")};");
            Each(part, start, end, k => body.Line($"S{part.Suffix}(L{part.Suffix}(ref d, {k}) * scale{part.Suffix}, ref d, {k});"));
        }
    }

    private void Each(Target part, int start, int end, Action<string> write)
    {
        if (start < end)
        {
            using var loop = body.Open($"for (var k = {start}; k < {end}; k += {part.Lanes})");
            write("k");
        }
    }

    private static string Broadcast(Target target, string value) => target.Lanes == 1 ? value : $"Vector{target.Name}.Create({value})";
}

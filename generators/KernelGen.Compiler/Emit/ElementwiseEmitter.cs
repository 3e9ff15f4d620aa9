using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes sums, binary operators, batch norms and activations: one pass over the elements.</summary>
internal sealed class ElementwiseEmitter(KernelClass kernels, ElementwiseStep step, string id)
{
    private readonly SourceWriter body = kernels.Body;
    private readonly TensorLayout to = step.To.Layout;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_simd");
        var operands = Enumerable.Range(0, step.From.Count).Select(k => $"x{k}").Append("y").ToList();
        kernels.Call($"{name}({string.Join(", ", step.From.Select(kernels.Ref).Append(KernelClass.Ref(step.To, to.Origin)))});");
        using var method = kernels.Method(name, string.Join(", ", operands.Select(o => $"ref float {o}")), $"{step.Name}: {step.Shape}");
        var strides = step.From.Select(f => f.Strides(step.Shape)).Append(to.Strides(step.Shape)).ToList();
        var nest = new LoopNest(Lengths(strides), strides);
        nest.Write(body, HasVectorForm ? kernels.Target : kernels.Target.AtMost(1), operands, (target, i) =>
        {
            for (var k = 0; k < step.From.Count; k++)
            {
                body.Line($"var v{k} = {nest.Load(target, k, i)};");
            }

            body.Line($"var v = {Combine(target)};");
            body.Line(nest.Store(target, step.From.Count, i, target.Activate(step.Activation, "v")));
        });
    }

    private bool IsSquare => step.Operator is Binary { Kind: BinaryKind.Power } && step.From[1].Table is { Values: { Length: 1 } exponent } && exponent[0] == 2;

    private bool HasVectorForm => step.Operator is not Binary { Kind: BinaryKind.Power } || IsSquare;

    /// <summary>The lengths of the axes; where the lanes that pad interleaved pixels may be computed too, with them: whole vectors.</summary>
    private int[] Lengths(IReadOnlyList<int[]> strides)
    {
        var lengths = step.Shape.Dimensions.ToArray();
        if (to.Order == MapOrder.Interleaved && step.From.Select((f, k) => strides[k][0] == 0 || f.Layout.Order == MapOrder.Interleaved).All(mayPad => mayPad))
        {
            lengths[0] = TensorLayout.RoundUp(lengths[0], TensorLayout.Block);
        }

        return lengths;
    }

    private string Combine(Target target) => step.Operator switch
    {
        Activation => "v0",
        BatchNorm => $"F{target.Suffix}(v0, v1, v2)",
        Add => string.Join(" + ", Enumerable.Range(0, step.From.Count).Select(k => $"v{k}")),
        Binary binary => binary.Kind switch
        {
            BinaryKind.Subtract => "v0 - v1",
            BinaryKind.Multiply => "v0 * v1",
            BinaryKind.Divide => "v0 / v1",
            BinaryKind.Power when IsSquare => "v0 * v0",
            BinaryKind.Power => "MathF.Pow(v0, v1)",
            BinaryKind.Minimum => $"Min{target.Suffix}(v0, v1)",
            BinaryKind.Maximum => $"Max{target.Suffix}(v0, v1)",
            BinaryKind.Prelu => $"LeakyRelu{target.Suffix}(v0, v1)",
            _ => throw new InvalidOperationException($"No kernel for {binary.Kind}."),
        },
        _ => throw new InvalidOperationException($"{step.Operator.GetType().Name} is not elementwise."),
    };
}

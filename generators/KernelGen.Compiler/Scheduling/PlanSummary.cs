using KernelGen.Compiler.Emit;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>The plan as users see it: a row per layer.</summary>
internal static class PlanSummary
{
    /// <param name="plans">Of all targets; the layers are described as the first, the widest, computes them.</param>
    public static NetworkPlan Create(IReadOnlyList<ExecutionPlan> plans)
    {
        var (graph, schedules) = (plans[0].Graph, plans[0].Schedules);
        var layers = graph.Nodes.Select(n => Layer(graph, n, schedules[n.Name])).ToEquatableArray();
        return new NetworkPlan(layers, plans.Max(p => p.WorkspaceLength) * sizeof(float), layers.Sum(l => l.EstimatedCycles));
    }

    private static LayerPlan Layer(NetworkGraph graph, Node node, LayerSchedule schedule)
    {
        var output = graph.ShapeOf(node.Name);
        var (weights, left, perWeight) = node.Operator switch
        {
            Conv conv => (
                (long)conv.OutputMaps * (graph.ShapeOf(node.Inputs[0]).Maps / conv.Groups) * conv.Window.Area,
                NonZero(conv.Weights.Values),
                (long)output.Height * output.Width),
            Dense layer => (layer.Weights.Length, NonZero(layer.Weights), 1L),
            _ => (0L, 0L, 0L),
        };

        // Products of what is not the layer's own.
        var products = node.Operator switch
        {
            MatMul => (long)output.Length * graph.ShapeOf(node.Inputs[0]).Width,
            Resample resample when !MoveBuilder.IsMove(resample) => (long)output.Length * resample.Taps,
            _ => 0L,
        };
        return new LayerPlan(
            node.Name,
            Describe(node),
            output,
            (weights * perWeight) + products,
            (left * perWeight) + products,
            weights,
            left,
            Sparsity(node.Operator),
            schedule.Name,
            schedule.Reason,
            schedule.Cycles);
    }

    private static long NonZero(FloatData values)
    {
        long count = 0;
        foreach (var value in values.Span)
        {
            count += value == 0 ? 0 : 1;
        }

        return count;
    }

    private static string Describe(Node node)
    {
        var name = node.Operator switch
        {
            Conv c => $"conv {Size(c.Window)}{(c.Groups > 1 ? $", {c.Groups} groups" : string.Empty)}",
            Activation a => Words(a.Kind.ToString()),
            Pool p => $"{(p.Kind == PoolKind.Max ? "max" : "average")} pool {Size(p.Window)}",
            GlobalPool p => $"global {(p.Kind == PoolKind.Max ? "max" : "average")} pool",
            Binary b => Words(b.Kind.ToString()),
            Concat c => $"concat along axis {Literals.Int(c.Axis)}",
            MatMul => "matrix product",
            Reduce r => $"{Name(r.Kind)} over axes {string.Join(", ", r.Axes.Select(a => Literals.Int(a)))}",
            Transpose t => $"transpose to {string.Join(", ", t.Permutation.Select(a => Literals.Int(a)))}",
            Gather g => $"gather along axis {Literals.Int(g.Axis)}",
            Resample r => $"resample along axis {Literals.Int(r.Axis)}, {Literals.Int(r.Taps)} taps",
            Softmax s => $"softmax along axis {Literals.Int(s.Axis)}",
            var op => Words(op.GetType().Name),
        };
        return node.Activation is { } activation ? $"{name} + {Words(activation.Kind.ToString())}" : name;
    }

    private static string Size(Window w) =>
        $"{w.KernelHeight}×{w.KernelWidth}" + (w.StrideY > 1 || w.StrideX > 1 ? $"/{w.StrideY}{(w.StrideX == w.StrideY ? string.Empty : $"×{w.StrideX}")}" : string.Empty);

    /// <summary>LeakyRelu as "leaky relu".</summary>
    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static string Name(ReduceKind kind) => kind switch
    {
        ReduceKind.ArgMax => "index of the maximum",
        ReduceKind.ArgMin => "index of the minimum",
        ReduceKind.Max => "maximum",
        ReduceKind.Min => "minimum",
        _ => Words(kind.ToString()),
    };

    private static string Sparsity(Operator op)
    {
        var kinds = new List<string>();
        var selection = (op as Conv)?.Selection ?? (op as Dense)?.Selection;
        if (selection is not null && selection.Of > selection.Kept.Count)
        {
            kinds.Add($"maps {selection.Kept.Count} of {selection.Of}");
        }

        if (op is Conv conv)
        {
            if (conv.Weights.Kernels is not null)
            {
                kinds.Add("kernels");
            }

            if (conv.Weights.Taps.Any(t => t is StridedTaps))
            {
                kinds.Add("strided");
            }

            if (conv.Weights.Taps.Any(t => t is FreeTaps))
            {
                kinds.Add("free");
            }
        }

        return op is not (Conv or Dense or MatMul or Resample) ? string.Empty : kinds.Count == 0 ? "dense" : string.Join(", ", kinds);
    }
}

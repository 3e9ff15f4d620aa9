using System.Globalization;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Export;

/// <summary>Convolutions and fully connected layers before and after pruning.</summary>
internal static class LayerComparison
{
    public static EquatableArray<LayerChange> Of(MeasuredNetwork dense, MeasuredNetwork pruned)
    {
        var (before, after) = (dense.Engine.Graph, pruned.Engine.Graph);
        var nodes = after.Nodes.ToDictionary(n => n.Name);
        var plans = pruned.Engine.Plan.Layers.ToDictionary(p => p.Name);
        return before.Nodes
            .Where(n => n.Operator is Conv or Dense)
            .Select(n => Of(n, before, nodes[n.Name], after, plans.GetValueOrDefault(n.Name)) with
            {
                MicrosecondsBefore = dense.Times.Layers.GetValueOrDefault(n.Name),
                MicrosecondsAfter = pruned.Times.Layers.GetValueOrDefault(n.Name),
            })
            .ToEquatableArray();
    }

    private static LayerChange Of(Node dense, NetworkGraph before, Node pruned, NetworkGraph after, LayerPlan? plan)
    {
        var (from, to) = (before.ShapeOf(dense.Name), after.ShapeOf(pruned.Name));
        var (weights, left) = (Weights(dense.Operator), Weights(pruned.Operator));
        var name = dense.Operator is Conv conv
            ? string.Create(CultureInfo.InvariantCulture, $"conv {conv.Window.KernelHeight}×{conv.Window.KernelWidth}")
            : "dense";
        return new LayerChange(
            dense.Name,
            name,
            from.Maps,
            to.Maps,
            weights,
            left,
            weights * from.Height * from.Width,
            left * to.Height * to.Width,
            plan?.Sparsity ?? "",
            plan?.Schedule ?? "",
            0,
            0,
            Kernels(dense, before),
            Kernels(pruned, after));
    }

    private static long Weights(Operator op) => op is Conv conv ? conv.Weights.Values.Length : ((Dense)op).Weights.Length;

    private static long Kernels(Node node, NetworkGraph graph) => node.Operator switch
    {
        Conv { Weights.Kernels: { } mask } => mask.Bits.Count(b => b),
        Conv conv => (long)graph.ShapeOf(node.Inputs[0]).Maps * conv.OutputMaps / conv.Groups,
        _ => 0,
    };
}

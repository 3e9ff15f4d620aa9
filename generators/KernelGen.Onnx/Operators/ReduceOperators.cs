using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Operators that combine all elements along some axes.</summary>
internal static class ReduceOperators
{
    /// <summary>What one operator does, written with the plain reductions of the description.</summary>
    /// <param name="reduce">Combines along the node's axes; they stay as 1.</param>
    private delegate Tensor Form(GraphBuilder graph, Tensor x, Func<ReduceKind, Tensor, Tensor> reduce);

    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("ReduceSum", Reduction((_, x, reduce) => reduce(ReduceKind.Sum, x))),
        ("ReduceMean", Reduction((_, x, reduce) => reduce(ReduceKind.Mean, x))),
        ("ReduceMax", Reduction((_, x, reduce) => reduce(ReduceKind.Max, x))),
        ("ReduceMin", Reduction((_, x, reduce) => reduce(ReduceKind.Min, x))),
        ("ReduceProd", Reduction((_, x, reduce) => reduce(ReduceKind.Product, x))),
        ("ReduceL1", Reduction((graph, x, reduce) => reduce(ReduceKind.Sum, graph.Activate(ActivationKind.Abs, x)))),
        ("ReduceL2", Reduction((graph, x, reduce) => graph.Activate(ActivationKind.Sqrt, reduce(ReduceKind.Sum, graph.Multiply(x, x))))),
        ("ReduceSumSquare", Reduction((graph, x, reduce) => reduce(ReduceKind.Sum, graph.Multiply(x, x)))),
        ("ReduceLogSum", Reduction((graph, x, reduce) => graph.Activate(ActivationKind.Log, reduce(ReduceKind.Sum, x)))),
        ("ReduceLogSumExp", Reduction(LogSumExp)),
        ("ArgMax", node => Extremum(node, ReduceKind.ArgMax)),
        ("ArgMin", node => Extremum(node, ReduceKind.ArgMin)),
    ];

    private static Translation Reduction(Form form) => node =>
    {
        var x = node.Floats(0);
        var listed = node.Integers(1, "axes", "the axes") ?? [];
        var all = node.Integer("noop_with_empty_axes", 0) == 0 && listed.Length == 0;
        var axes = new HashSet<int>(all ? Enumerable.Range(0, x.Rank) : listed.Select(a => NodeContext.Axis(a, x.Rank)));

        // An axis of 1 has nothing to combine, so that the batch's is never touched.
        var along = axes.Where(a => x.Shape[a] > 1).OrderBy(a => a).ToArray();
        var (tensors, dropped) = node.WithoutBatch(along.Contains(0), x);
        var result = form(node.Graph, tensors[0], (kind, tensor) => Reduce(node.Graph, kind, tensor, along.Select(a => a - dropped).ToArray()));
        return [node.Result(result, Remaining(node, x, axes))];
    };

    /// <summary>The shape of the result: the axes as 1, or without them if the node does not keep them.</summary>
    private static int[] Remaining(NodeContext node, Value x, ICollection<int> axes) => node.Integer("keepdims", 1) != 0
        ? x.Shape.Select((d, axis) => axes.Contains(axis) ? 1 : d).ToArray()
        : x.Shape.Where((_, axis) => !axes.Contains(axis)).ToArray();

    private static Tensor Reduce(GraphBuilder graph, ReduceKind kind, Tensor x, int[] axes) =>
        axes.Length == 0 ? x : graph.Apply(ViewRules.AsPooling(new Reduce(kind, axes.ToEquatableArray()), x.Shape), x);

    /// <summary>ln Σ e^x as m + ln Σ e^(x − m) with the maximum m, which does not overflow.</summary>
    private static Tensor LogSumExp(GraphBuilder graph, Tensor x, Func<ReduceKind, Tensor, Tensor> reduce)
    {
        var maximum = reduce(ReduceKind.Max, x);
        var sum = reduce(ReduceKind.Sum, graph.Activate(ActivationKind.Exp, graph.Subtract(x, maximum)));
        return graph.Add(graph.Activate(ActivationKind.Log, sum), maximum);
    }

    /// <summary>The index of an extremum as a float: the description has no integers at run time.</summary>
    private static Value[] Extremum(NodeContext node, ReduceKind kind)
    {
        var x = node.Floats(0);
        var axis = NodeContext.Axis(node.Integer("axis", 0), x.Rank);
        var shape = Remaining(node, x, [axis]);
        var (count, last) = (x.Shape[axis], node.Integer("select_last_index", 0) != 0);
        if (count == 1)
        {
            node.Graph.Budget.Spend(x.Length);
            return [Value.Of(shape, new float[x.Length])];
        }

        var graph = node.Graph;
        var (tensors, dropped) = node.WithoutBatch(axis == 0, x);
        axis -= dropped;
        if (!last)
        {
            return [node.Result(Reduce(graph, kind, tensors[0], [axis]), shape)];
        }

        // The last of equal elements is the first one from the other end.
        var fromEnd = Reduce(graph, kind, graph.Cut(tensors[0], axis, count - 1, -1, count), [axis]);
        return [node.Result(graph.Subtract(graph.Scalar(count - 1), fromEnd), shape)];
    }
}

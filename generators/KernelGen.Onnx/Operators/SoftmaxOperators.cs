using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>
/// Softmax and its logarithm: along one axis since operator set 13, before that along all axes from one on, taken together.
/// </summary>
internal static class SoftmaxOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Softmax", node => Along(node, (x, axis) => node.Graph.Apply(new Softmax(axis), x))),
        ("LogSoftmax", node => Along(node, (x, axis) => LogSoftmax(node.Graph, x, axis))),
    ];

    /// <summary>x − max − log Σ e^(x − max), which does not overflow.</summary>
    private static Tensor LogSoftmax(GraphBuilder graph, Tensor x, int axis)
    {
        var shifted = graph.Subtract(x, graph.Reduce(ReduceKind.Max, x, axis));
        var sum = graph.Reduce(ReduceKind.Sum, graph.Activate(ActivationKind.Exp, shifted), axis);
        return graph.Subtract(shifted, graph.Activate(ActivationKind.Log, sum));
    }

    private static Value[] Along(NodeContext node, Func<Tensor, int, Tensor> function)
    {
        var x = node.FloatsNotEmpty(0);
        if (node.Version >= 13)
        {
            var last = NodeContext.Axis(node.Integer("axis", -1), Math.Max(1, x.Rank));
            var (inputs, dropped) = node.WithoutBatch(last == 0, x);
            return [node.Result(function(inputs[0], last - dropped), x.Shape)];
        }

        var axis = node.Integer("axis", 1);
        var first = axis == x.Rank ? x.Rank : NodeContext.Axis(axis, x.Rank);
        var outer = x.Shape.Take(first).Aggregate(1, (product, d) => product * d);
        var rows = node.Graph.Reshape(x.Floats, Value.Reduced([outer, x.Length / outer]));
        return [node.Result(function(rows, rows.Shape.Rank - 1), x.Shape)];
    }
}

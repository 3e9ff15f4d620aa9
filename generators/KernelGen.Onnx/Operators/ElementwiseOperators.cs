using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Functions of single elements, with broadcasting where there are several operands.</summary>
internal static class ElementwiseOperators
{
    private delegate Tensor Combination(GraphBuilder graph, Tensor a, Tensor b);

    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Add", Pair(GraphArithmetic.Add)),
        ("Sub", Pair(GraphArithmetic.Subtract)),
        ("Mul", Pair(GraphArithmetic.Multiply)),
        ("Div", Quotient),
        ("Pow", Power),
        ("Sum", Several(Sum)),
        ("Mean", Several((graph, operands) => graph.Quotient(Sum(graph, operands), graph.Scalar(operands.Length)))),
        ("Min", Several((graph, operands) => operands.Aggregate((a, b) => graph.Binary(BinaryKind.Minimum, a, b)))),
        ("Max", Several((graph, operands) => operands.Aggregate((a, b) => graph.Binary(BinaryKind.Maximum, a, b)))),
        ("Where", Where),
        ("Abs", Function(ActivationKind.Abs)),
        ("Ceil", Function(ActivationKind.Ceil)),
        ("Cos", Function(ActivationKind.Cos)),
        ("Cosh", Function(Powers.HyperbolicCosine)),
        ("Erf", Function(ActivationKind.Erf)),
        ("Exp", Function(ActivationKind.Exp)),
        ("Floor", Function(ActivationKind.Floor)),
        ("Log", Function(ActivationKind.Log)),
        ("Neg", Function(ActivationKind.Neg)),
        ("Reciprocal", Function(ActivationKind.Reciprocal)),
        ("Round", Function(ActivationKind.Round)),
        ("Sign", Function(ActivationKind.Sign)),
        ("Sin", Function(ActivationKind.Sin)),
        ("Sinh", Function(Powers.HyperbolicSine)),
        ("Sqrt", Function(ActivationKind.Sqrt)),
        ("Tan", Function(Powers.Tangent)),
    ];

    /// <summary>The floats under their usual shape; constant integers become floats.</summary>
    private static Value Operand(NodeContext node, int i)
    {
        if (node.Input(i) is not { IsInteger: true } integers)
        {
            return node.Input(i);
        }

        node.Graph.Budget.Spend(integers.Length);
        return Value.Of(integers.Shape, integers.Integers.Select(v => (float)v).ToArray());
    }

    private static Tensor Floats(NodeContext node, Value value) => node.Graph.Reshape(value.Floats, Value.Reduced(value.Shape));

    private static Translation Function(ActivationKind kind) => Function((graph, x) => graph.Activate(kind, x));

    private static Translation Function(Func<GraphBuilder, Tensor, Tensor> function) => node =>
    {
        SkipLegacy(node);
        var x = node.Floats(0);
        return [Value.Of(x.Shape, function(node.Graph, x.Floats))];
    };

    private static Translation Several(Func<GraphBuilder, Tensor[], Tensor> combine) => node =>
    {
        SkipLegacy(node);
        if (node.InputCount == 0)
        {
            throw new OnnxNodeException($"{node.Operator} needs at least one input.");
        }

        var operands = Enumerable.Range(0, node.InputCount).Select(i => Operand(node, i)).ToArray();
        var shape = Broadcasting.Shape(operands.Select(o => o.Shape));
        return [node.Result(combine(node.Graph, operands.Select(o => Floats(node, o)).ToArray()), shape)];
    };

    private static Tensor Sum(GraphBuilder graph, Tensor[] operands) => operands.Length == 1 ? operands[0] : graph.Apply(new Add(), operands);

    private static Translation Pair(Combination combine) => node => Pair(node, combine);

    private static Value[] Pair(NodeContext node, Combination combine)
    {
        SkipLegacy(node);
        var a = Operand(node, 0);
        var b = Aligned(node, a, Operand(node, 1));
        var shape = Broadcasting.Shape(a.Shape, b.Shape);
        return [node.Result(combine(node.Graph, Floats(node, a), Floats(node, b)), shape)];
    }

    private static Value[] Quotient(NodeContext node) => node.Input(0).IsInteger || node.Input(1).IsInteger
        ? throw new OnnxNodeException("One operand is an integer, so that the quotient is cut off; only float tensors can be divided at run time.")
        : Pair(node, Powers.Quotient);

    private static Value[] Power(NodeContext node) => node.Input(0).IsInteger
        ? throw new OnnxNodeException("The base is an integer tensor, and so is its power; only powers of float tensors can be computed at run time.")
        : Pair(node, Powers.Power);

    /// <summary>
    /// Before operator set 7, shapes were broadcast only with the attribute <c>broadcast</c>, the second one to the first, whose axis
    /// <c>axis</c> its own first one belongs to; without it to the last axes.
    /// </summary>
    private static Value Aligned(NodeContext node, Value a, Value b)
    {
        if (node.Version >= 7)
        {
            return b;
        }

        var (broadcast, first) = (node.Integer("broadcast", 0) != 0, node.Attribute("axis"));
        if (!broadcast || first is null)
        {
            return b;
        }

        var axis = a.Rank == 0 ? 0 : NodeContext.Axis(first.I, a.Rank);
        var trailing = a.Rank - axis - b.Rank;
        return trailing >= 0
            ? Value.Of([.. b.Shape, .. Enumerable.Repeat(1, trailing)], b.Floats)
            : throw new OnnxNodeException($"The second input has {b.Rank} axes, which do not fit at axis {axis} of the first one's {a.Rank}.");
    }

    /// <summary>A hint to memory planners in the first operator set, without meaning for the result.</summary>
    internal static void SkipLegacy(NodeContext node) => node.Attribute("consumed_inputs");

    /// <summary>Elements picked from one of two tensors: the condition is known at import.</summary>
    private static Value[] Where(NodeContext node)
    {
        var condition = node.Integers(0, "the condition");
        var (a, b) = (Operand(node, 1), Operand(node, 2));
        var shape = Broadcasting.Shape([node.Input(0).Shape, a.Shape, b.Shape]);
        node.Graph.Budget.Spend(shape.Aggregate(1L, (product, d) => product * d));
        var chosen = Broadcasting.Positions(node.Input(0).Shape, shape).Select(p => condition[p] != 0).ToArray();
        var (first, second) = (Broadcasting.Positions(a.Shape, shape), Broadcasting.Positions(b.Shape, shape));
        return [node.Result(Choose(), shape)];

        Tensor Choose() =>
            chosen.All(c => c) ? node.Graph.Pick(first, a.Floats)
            : !chosen.Any(c => c) ? node.Graph.Pick(second, b.Floats)
            : node.Graph.Pick(chosen.Select((c, i) => c ? first[i] : a.Length + second[i]).ToArray(), a.Floats, b.Floats);
    }
}

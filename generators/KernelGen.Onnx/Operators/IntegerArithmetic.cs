using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Elementwise operators on integers and booleans that are known at import: what exporters leave behind of shapes and masks.</summary>
internal static class IntegerArithmetic
{
    public static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Add", Binary((a, b) => unchecked(a + b))),
        ("Sub", Binary((a, b) => unchecked(a - b))),
        ("Mul", Binary((a, b) => unchecked(a * b))),
        ("Div", Binary((a, b) => a / NotZero(b))),
        ("Mod", Modulo),
        ("Min", Binary(Math.Min)),
        ("Max", Binary(Math.Max)),
        ("Neg", Unary(a => unchecked(-a))),
        ("Abs", Unary(a => a < 0 ? unchecked(-a) : a)),
        ("Sign", Unary(a => Math.Sign(a))),
        ("Not", Unary(a => a == 0 ? 1 : 0)),
        ("And", Binary((a, b) => a & b)),
        ("Or", Binary((a, b) => a | b)),
        ("Xor", Binary((a, b) => a ^ b)),
        ("Equal", Comparison((a, b) => a == b)),
        ("Less", Comparison((a, b) => a < b)),
        ("LessOrEqual", Comparison((a, b) => a <= b)),
        ("Greater", Comparison((a, b) => a > b)),
        ("GreaterOrEqual", Comparison((a, b) => a >= b)),
        ("Where", Where),
        ("NonZero", NonZero),
    ];

    private static Translation Unary(Func<long, long> function) => node =>
    {
        var x = node.Input(0);
        node.Graph.Budget.Spend(x.Length, x.Length);
        return [Value.Of(x.Shape, x.Integers.Select(i => x.Type.Wrap(function(i))).ToArray(), x.Type)];
    };

    /// <summary>A function of two tensors, or of more one after the other.</summary>
    private static Translation Binary(Func<long, long, long> function) => node =>
    {
        var result = node.Input(0);
        for (var i = 1; i < node.InputCount; i++)
        {
            result = Combine(node, result, node.Input(i), result.Type, function);
        }

        return [result];
    };

    private static Translation Comparison(Func<long, long, bool> function) =>
        node => [Combine(node, node.Input(0), node.Input(1), ElementType.Bool, (a, b) => function(a, b) ? 1 : 0)];

    private static Value Combine(NodeContext node, Value a, Value b, ElementType type, Func<long, long, long> function)
    {
        var shape = Broadcasting.Shape(a.Shape, b.Shape);
        var (x, y) = (Repeated(node, a, shape), Repeated(node, b, shape));
        return Value.Of(shape, x.Zip(y, (i, j) => type.Wrap(function(i, j))).ToArray(), type);
    }

    private static Value[] Modulo(NodeContext node)
    {
        // C's remainder has the sign of the dividend, the standard's default one that of the divisor.
        var likeC = node.Integer("fmod", 0) != 0;
        return Binary((a, b) => likeC || a % NotZero(b) == 0 || (a < 0) == (b < 0) ? a % NotZero(b) : (a % b) + b)(node);
    }

    private static Value[] Where(NodeContext node)
    {
        var (condition, a, b) = (node.Input(0), node.Input(1), node.Input(2));
        var shape = Broadcasting.Shape([condition.Shape, a.Shape, b.Shape]);
        var (x, y) = (Repeated(node, a, shape), Repeated(node, b, shape));
        var chosen = Repeated(node, condition, shape).Select((c, i) => c != 0 ? x[i] : y[i]);
        return [Value.Of(shape, chosen.ToArray(), a.Type)];
    }

    private static Value[] NonZero(NodeContext node)
    {
        var x = node.Input(0);
        var found = Enumerable.Range(0, x.Length).Where(i => x.Integers[i] != 0).ToList();
        var rank = Math.Max(1, x.Rank);
        node.Graph.Budget.Spend((long)found.Count * rank, x.Length);
        var positions = new long[rank * found.Count];
        for (var k = 0; k < found.Count; k++)
        {
            var rest = found[k];
            for (var axis = x.Rank - 1; axis >= 0; axis--)
            {
                positions[(axis * found.Count) + k] = rest % x.Shape[axis];
                rest /= x.Shape[axis];
            }
        }

        return [Value.Of([rank, found.Count], positions)];
    }

    private static long[] Repeated(NodeContext node, Value value, int[] shape)
    {
        var length = shape.Aggregate(1, (product, d) => product * d);
        node.Graph.Budget.Spend(length, (long)length * (shape.Length + 1));
        return IntegerTensors.Repeat(value, shape);
    }

    private static long NotZero(long divisor) =>
        divisor != 0 ? divisor : throw new OnnxNodeException("It divides an integer by zero.");
}

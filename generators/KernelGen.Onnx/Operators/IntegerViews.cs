using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>
/// Operators that move or reduce integers that are known at import, by the translation that the same operator has for floats: those
/// that move elements are given each element's number instead of its value, and so say which element goes where.
/// </summary>
internal static class IntegerViews
{
    // Floats count without gaps up to here.
    private const int Exact = 1 << 24;

    public static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Concat", Moved("Concat", null)),
        ("Expand", Moved("Expand", 0)),
        ("Flatten", Moved("Flatten", 0)),
        ("Gather", Moved("Gather", 0)),
        ("GatherElements", Moved("GatherElements", 0)),
        ("GatherND", Moved("GatherND", 0)),
        ("Pad", Moved("Pad", 0, 2)),
        ("Reshape", Moved("Reshape", 0)),
        ("ScatterElements", Moved("ScatterElements", 0, 2)),
        ("ScatterND", Moved("ScatterND", 0, 2)),
        ("Slice", Moved("Slice", 0)),
        ("Split", Moved("Split", 0)),
        ("Squeeze", Moved("Squeeze", 0)),
        ("Tile", Moved("Tile", 0)),
        ("Transpose", Moved("Transpose", 0)),
        ("Unsqueeze", Moved("Unsqueeze", 0)),
        ("ReduceMax", Computed("ReduceMax")),
        ("ReduceMin", Computed("ReduceMin")),
        ("ReduceProd", Computed("ReduceProd")),
        ("ReduceSum", Computed("ReduceSum")),
    ];

    /// <param name="data">Which inputs are moved; the others say how. Null: all.</param>
    private static Translation Moved(string op, params int[]? data) => node =>
    {
        var elements = new List<long> { 0 };
        var inputs = new Value?[node.InputCount];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = node.Has(i) ? node.Input(i) : null;
            if (inputs[i] is { } input && data?.Contains(i) != false)
            {
                // Number 0 is the zero that an operator fills in by itself.
                node.Graph.Budget.Spend(input.Length);
                inputs[i] = Value.Of(input.Shape, Enumerable.Range(elements.Count, input.Length).Select(n => (float)n).ToArray());
                elements.AddRange(input.Integers);
            }
        }

        Check(elements.Count);
        return OnFloats(op, node, inputs)
            .Select(r => Value.Of(r.Shape, Numbers(r).Select(n => elements[(int)n]).ToArray(), node.Input(0).Type))
            .ToArray();
    };

    private static Translation Computed(string op) => node =>
    {
        var x = node.Input(0);
        node.Graph.Budget.Spend(x.Length);
        var inputs = Enumerable.Range(1, Math.Max(0, node.InputCount - 1)).Select(i => node.Has(i) ? node.Input(i) : null);
        var floats = Value.Of(x.Shape, x.Integers.Select(i => (float)Check(i)).ToArray());
        return OnFloats(op, node, [floats, .. inputs])
            .Select(r => Value.Of(r.Shape, Numbers(r).Select(n => x.Type.Wrap(Check((long)n))).ToArray(), x.Type))
            .ToArray();
    };

    private static Value[] OnFloats(string op, NodeContext node, IReadOnlyList<Value?> inputs) => OperatorTable.OnFloats(op) is { } translation
        ? translation(node.With(op, inputs))
        : throw new OnnxNodeException("It is not supported on integers.");

    private static float[] Numbers(Value result) => result.Floats.Constant!.Span.ToArray();

    private static long Check(long number) => Math.Abs(number) <= Exact
        ? number
        : throw new OnnxNodeException($"Integers at import are moved and reduced up to {Exact} elements and values only.");
}

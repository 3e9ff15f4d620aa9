using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>The values of a node's outputs, in order; trailing ones that nobody may read can be left out.</summary>
/// <exception cref="OnnxNodeException">The node cannot be translated.</exception>
internal delegate Value[] Translation(NodeContext node);

/// <summary>How each operator of ONNX is written in operators of the description, and how integers are computed with at import.</summary>
internal static class OperatorTable
{
    /// <summary>Operators of which some input is a float tensor, or that take none.</summary>
    private static readonly Dictionary<string, Translation> Translations = Table(
        ConstantOperators.All,
        QuantizationOperators.All,
        ElementwiseOperators.All,
        ShapeOperators.All,
        IndexOperators.All,
        PositionOperators.All,
        PadOperators.All,
        ReduceOperators.All,
        ActivationOperators.All,
        ConvolutionOperators.All,
        MatrixOperators.All,
        NormalizationOperators.All,
        PoolOperators.All,
        RearrangementOperators.All,
        ResizeOperators.All,
        SoftmaxOperators.All);

    /// <summary>Operators on integers only: all of them are known at import.</summary>
    private static readonly Dictionary<string, Translation> OnIntegers = Table(
        IntegerArithmetic.All,
        IntegerViews.All);

    /// <summary>What to do about operators that are often met and cannot be imported.</summary>
    private static readonly Dictionary<string, string> Advice = new(StringComparer.Ordinal)
    {
        ["ConvInteger"] = "Quantize the model in QDQ form (QuantizeLinear and DequantizeLinear around float operators).",
        ["MatMulInteger"] = "Quantize the model in QDQ form (QuantizeLinear and DequantizeLinear around float operators).",
        ["DynamicQuantizeLinear"] = "Use static quantization in QDQ form.",
        ["If"] = "Export the model for inference, so that no control flow is left.",
        ["Loop"] = "Export the model for inference, so that no control flow is left.",
        ["Scan"] = "Export the model for inference, so that no control flow is left.",
        ["NonMaxSuppression"] = "Export the model without its post-processing and run that in your own code.",
    };

    /// <summary>The operators that can be imported; those of other domains than the standard's with their domain.</summary>
    public static IEnumerable<string> Names => Translations.Keys.Union(OnIntegers.Keys).OrderBy(n => n, StringComparer.Ordinal);

    public static bool IsKnown(NodeProto node) => Translations.ContainsKey(Key(node)) || OnIntegers.ContainsKey(Key(node));

    /// <summary>Why a node's operator is refused, if it is not known.</summary>
    public static string Refusal(NodeProto node) =>
        node.Domain is not ("" or "ai.onnx") ? $"Operators of the domain {Text.Quote(node.Domain)} are not supported. Export the model with the standard's operators."
        : Advice.TryGetValue(node.OpType, out var advice) ? $"The operator is not supported. {advice}"
        : "The operator is not supported.";

    /// <summary>The translation for these inputs of an operator that is known.</summary>
    public static Translation Find(NodeProto node, IReadOnlyList<Value?> inputs)
    {
        var integers = inputs.Any(i => i is not null) && inputs.All(i => i is null or { IsInteger: true });
        if (integers && OnIntegers.TryGetValue(Key(node), out var onIntegers))
        {
            return onIntegers;
        }

        return Translations.TryGetValue(Key(node), out var translation)
            ? translation
            : _ => throw new OnnxNodeException("It is supported on integers and booleans that are known at import only.");
    }

    /// <summary>The translation of a standard operator on floats, or null.</summary>
    public static Translation? OnFloats(string op) => Translations.TryGetValue(op, out var translation) ? translation : null;

    private static string Key(NodeProto node) => node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}";

    private static Dictionary<string, Translation> Table(params IEnumerable<(string Name, Translation Translate)>[] parts) =>
        parts.SelectMany(p => p).ToDictionary(t => t.Name, t => t.Translate, StringComparer.Ordinal);
}

using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>
/// Quantized graphs in their float meaning: quantized constants become the floats that they stand for, quantized tensors are
/// computed as floats and clipped to the range that the integers have. They are not rounded.
/// </summary>
internal static class QuantizationOperators
{
    public static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("QuantizeLinear", QuantizeLinear),
        ("DequantizeLinear", DequantizeLinear),
        ("QLinearConv", QLinearConv),
        ("QLinearMatMul", QLinearMatMul),
        ("com.microsoft.QLinearAdd", Pair("Add")),
        ("com.microsoft.QLinearMul", Pair("Mul")),
        ("com.microsoft.QLinearConcat", QLinearConcat),
        ("com.microsoft.QLinearGlobalAveragePool", Single("GlobalAveragePool", "channels_last")),
        ("com.microsoft.QLinearLeakyRelu", Single("LeakyRelu")),
        ("com.microsoft.QLinearSigmoid", Single("Sigmoid")),
    ];

    private static Value[] QuantizeLinear(NodeContext node)
    {
        // Saturation and precision are about types that are not supported, or about rounding.
        node.Attribute("saturate");
        node.Attribute("precision");
        return [Quantize(node, node.Input(0), 1, 2, (int)node.Integer("axis", 1), node.Integer("block_size", 0))];
    }

    private static Value[] DequantizeLinear(NodeContext node)
    {
        // Undefined, the default, is the type of the scale.
        if ((ElementType)node.Integer("output_dtype", 0) is var type && type != ElementType.Undefined && !type.IsFloat())
        {
            throw new OnnxNodeException("The attribute 'output_dtype' must be a type of floats.");
        }

        return [Dequantize(node, 0, 1, 2, (int)node.Integer("axis", 1), node.Integer("block_size", 0))];
    }

    private static Value[] QLinearConv(NodeContext node)
    {
        var (x, w) = (Dequantize(node, 0, 1, 2), Dequantize(node, 3, 4, 5, axis: 0));
        return [Quantize(node, Float(node, "Conv", x, w, node.Has(8) ? Bias(node) : null), 6, 7)];
    }

    /// <summary>The bias is an integer in units of the product of both scales.</summary>
    private static Value Bias(NodeContext node)
    {
        var bias = node.Integers(8, "the bias");
        var (input, weights) = (node.ConstantFloats(1, "the scale"), node.ConstantFloats(4, "the scale"));
        if (input.Length != 1 || (weights.Length != 1 && weights.Length != bias.Length))
        {
            throw new OnnxNodeException("The input's scale must be one number, the weights' one or one per output map.");
        }

        node.Graph.Budget.Spend(bias.Length);
        return Value.Of(node.Input(8).Shape, bias.Select((b, i) => b * (input[0] * weights[weights.Length == 1 ? 0 : i])).ToArray());
    }

    // Rows of the first and columns of the second factor may have scales of their own.
    private static Value[] QLinearMatMul(NodeContext node)
    {
        var a = Dequantize(node, 0, 1, 2, axis: Math.Max(0, node.Input(0).Rank - 2));
        var b = Dequantize(node, 3, 4, 5, axis: Math.Max(0, node.Input(3).Rank - 1));
        return [Quantize(node, Float(node, "MatMul", a, b), 6, 7)];
    }

    private static Translation Pair(string op) =>
        node => [Quantize(node, Float(node, op, Dequantize(node, 0, 1, 2), Dequantize(node, 3, 4, 5)), 6, 7)];

    /// <param name="zero">An attribute that must be 0 if it is given.</param>
    private static Translation Single(string op, string? zero = null) => node =>
    {
        if (zero is not null && node.Integer(zero, 0) != 0)
        {
            throw new OnnxNodeException($"The attribute '{zero}' must be 0.");
        }

        return [Quantize(node, Float(node, op, Dequantize(node, 0, 1, 2)), 3, 4)];
    };

    private static Value[] QLinearConcat(NodeContext node)
    {
        var parts = new Value[Math.Max(0, (node.InputCount - 2) / 3)];
        for (var i = 0; i < parts.Length; i++)
        {
            var first = 2 + (3 * i);
            parts[i] = Dequantize(node, first, first + 1, first + 2);
        }

        return [Quantize(node, Float(node, "Concat", parts), 0, 1)];
    }

    private static Value Float(NodeContext node, string op, params Value?[] inputs) => OperatorTable.OnFloats(op) is { } translation
        ? translation(node.With(op, inputs))[0]
        : throw new OnnxNodeException($"Its float form, {op}, is not supported.");

    private static Value Quantize(NodeContext node, Value x, int scale, int zeroPoint, int axis = 1, long block = 0)
    {
        var output = (ElementType)node.Integer("output_dtype", 0);
        var type = node.Has(zeroPoint) ? node.Input(zeroPoint).Type : output == ElementType.Undefined ? ElementType.UInt8 : output;
        if (!type.IsInteger() || type.Bits() > 16)
        {
            throw new OnnxNodeException($"It quantizes to {type.Describe()}; integers of 4, 8 and 16 bits are supported.");
        }

        var quantization = Read(node, scale, zeroPoint, type);
        if (x.IsConstant)
        {
            var of = Parameters(x, node.Input(scale), axis, block);
            node.Graph.Budget.Spend(x.Length, x.Length);
            var values = x.IsInteger ? x.Integers.Select(i => (float)i).ToArray() : x.Floats.Constant!.Span.ToArray();
            return Value.Of(x.Shape, values.Select((v, i) => quantization.Quantize(v, of(i))).ToArray(), type);
        }

        if (x.Quantization is not null || quantization.Scale.Count > 1)
        {
            throw new OnnxNodeException("It quantizes a run-time tensor with several scales, or one that is quantized already; one scale per tensor is supported.");
        }

        var clip = new Activation(ActivationKind.Clip, Minimum: quantization.Minimum(0), Maximum: quantization.Maximum(0));
        return Value.Of(x.Shape, node.Graph.Apply(clip, x.Floats)).As(quantization);
    }

    private static Value Dequantize(NodeContext node, int input, int scale, int zeroPoint, int axis = 1, long block = 0)
    {
        var x = node.Input(input);
        var quantization = Read(node, scale, zeroPoint, x.Quantization?.Type ?? x.Type);
        if (x.IsInteger)
        {
            var of = Parameters(x, node.Input(scale), axis, block);
            node.Graph.Budget.Spend(x.Length, x.Length);
            return Value.Of(x.Shape, x.Integers.Select((v, i) => quantization.Dequantize(v, of(i))).ToArray());
        }

        return quantization.Equals(x.Quantization)
            ? Value.Of(x.Shape, x.Floats)
            : throw new OnnxNodeException(FormattableString.Invariant(
                $"Input {input} was not quantized with the scale and zero point that it is read with; both must be the same."));
    }

    private static Quantization Read(NodeContext node, int scale, int zeroPoint, ElementType type)
    {
        var scales = node.ConstantFloats(scale, "the scale");
        var zeros = node.Has(zeroPoint) ? node.Integers(zeroPoint, "the zero point") : new long[scales.Length];
        if (zeros.Length != scales.Length || scales.Length == 0 || scales.Any(s => !(s > 0) || float.IsInfinity(s)))
        {
            throw new OnnxNodeException("The scales must be above zero, with one zero point for each.");
        }

        return new Quantization(type, scales.ToEquatableArray(), zeros.ToEquatableArray());
    }

    /// <summary>Which scale an element has: the only one, that of its index along an axis, or that of its block of the axis.</summary>
    private static Func<int, int> Parameters(Value x, Value scale, int axis, long block)
    {
        if (scale.Length == 1)
        {
            return _ => 0;
        }

        var at = NodeContext.Axis(axis, x.Rank);
        var length = x.Shape[at];
        var inner = x.Shape.Skip(at + 1).Aggregate(1, (product, d) => product * d);
        if (block == 0 && scale.Length == length)
        {
            return i => i / inner % length;
        }

        var blocks = block > 0 ? (length + block - 1) / block : 0;
        if (blocks == 0 || !scale.Shape.SequenceEqual(x.Shape.Select((d, k) => k == at ? (int)blocks : d)))
        {
            throw new OnnxNodeException($"There are {scale.Length} scales for axis {at} with {length} indices; there must be one, one per index, or one per block.");
        }

        return i => (int)((((i / inner / length * blocks) + (i / inner % length / block)) * inner) + (i % inner));
    }
}

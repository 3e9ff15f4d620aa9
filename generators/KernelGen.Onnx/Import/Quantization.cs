using KernelGen.Model;
using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Import;

/// <summary>
/// How integers q stand for real numbers: (q − ZeroPoint) · Scale. A run-time tensor of such integers is kept as the real numbers
/// that it stands for, clipped to the range of the integers and not rounded.
/// </summary>
/// <param name="Scale">Above zero: one, one per index of an axis, or one per block of it.</param>
/// <param name="ZeroPoint">As many.</param>
internal sealed record Quantization(ElementType Type, EquatableArray<float> Scale, EquatableArray<long> ZeroPoint)
{
    // They move whole elements, or compare them, which is the same for the real numbers.
    private static readonly HashSet<string> Movements = new(StringComparer.Ordinal)
    {
        "Concat", "DepthToSpace", "Expand", "Flatten", "Gather", "Identity", "MaxPool", "Reshape", "Slice", "SpaceToDepth", "Split", "Squeeze",
        "Tile", "Transpose", "Unsqueeze",
    };

    // They see to it themselves, or ask for the shape only.
    private static readonly HashSet<string> Aware = new(StringComparer.Ordinal)
    {
        "DequantizeLinear", "QLinearAdd", "QLinearConcat", "QLinearConv", "QLinearGlobalAveragePool", "QLinearLeakyRelu", "QLinearMatMul",
        "QLinearMul", "QLinearSigmoid", "Shape", "Size",
    };

    /// <summary>The smallest real number that the integers can stand for.</summary>
    public float Minimum(int i) => (float)((Type.Range().Minimum - ZeroPoint[i]) * (double)Scale[i]);

    /// <summary>The largest real number that the integers can stand for.</summary>
    public float Maximum(int i) => (float)((Type.Range().Maximum - ZeroPoint[i]) * (double)Scale[i]);

    /// <summary>The nearest integer, of two the even one, within the range.</summary>
    public long Quantize(float value, int i)
    {
        var (minimum, maximum) = Type.Range();
        var rounded = Math.Round((double)(value / Scale[i]), MidpointRounding.ToEven) + ZeroPoint[i];
        return double.IsNaN(rounded) ? 0 : (long)Math.Min(Math.Max(rounded, minimum), maximum);
    }

    public float Dequantize(long value, int i) => (value - ZeroPoint[i]) * Scale[i];

    /// <summary>The quantization that a node's results have because its inputs have it.</summary>
    /// <returns>Null: they have none of it, or the operator sees to it.</returns>
    /// <exception cref="OnnxNodeException">The operator computes with the integers themselves.</exception>
    public static Quantization? Kept(NodeContext node, IReadOnlyList<Value?> inputs)
    {
        if (inputs.FirstOrDefault(i => i?.Quantization is not null)?.Quantization is not { } quantization || Aware.Contains(node.Operator))
        {
            return null;
        }

        var keepsZero = node.Operator == "Relu" && quantization.ZeroPoint.All(z => z == 0);
        var alike = inputs.All(i => i is not { IsFloat: true } || quantization.Equals(i.Quantization));
        if (quantization.Scale.Count > 1 || !alike || !(keepsZero || Movements.Contains(node.Operator)))
        {
            throw new OnnxNodeException("It computes with quantized integers at run time. Put DequantizeLinear before it and QuantizeLinear behind it.");
        }

        return quantization;
    }
}

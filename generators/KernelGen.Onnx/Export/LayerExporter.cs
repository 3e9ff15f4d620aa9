using KernelGen.Model;
using KernelGen.Onnx.Format;
using static KernelGen.Onnx.Export.LayerScope;

namespace KernelGen.Onnx.Export;

/// <summary>Writes each operator of the model as ONNX nodes. ONNX counts the batch as axis 0, so every axis is one further there.</summary>
internal static class LayerExporter
{
    public static void Write(LayerScope layer)
    {
        switch (layer.Operator)
        {
            case Conv conv:
                WindowExporter.Write(layer, conv);
                break;
            case Pool pool:
                WindowExporter.Write(layer, pool);
                break;
            case GlobalPool { Kind: var kind }:
                layer.Result(kind == PoolKind.Max ? "GlobalMaxPool" : "GlobalAveragePool", layer.Inputs);
                break;
            case Dense dense:
                Write(layer, dense);
                break;
            case BatchNorm norm:
                Write(layer, norm);
                break;
            case Activation activation:
                ActivationExporter.Write(layer, activation);
                break;
            case MatMul:
                layer.Result("MatMul", layer.Inputs);
                break;
            case Softmax softmax:
                layer.Result("Softmax", layer.Inputs, Attribute("axis", softmax.Axis + 1L));
                break;
            case Add:
                layer.Result(layer.Inputs.Count == 2 ? "Add" : "Sum", layer.Inputs);
                break;
            case Binary binary:
                Write(layer, binary);
                break;
            case Reduce reduce:
                Write(layer, reduce);
                break;
            default:
                MovementExporter.Write(layer);
                break;
        }
    }

    private static void Write(LayerScope layer, Dense dense)
    {
        var vector = layer.From.Rank == 1 ? layer.Input : layer.Step("Flatten", layer.Inputs, Attribute("axis", 1L));
        var weights = layer.Floats("weights", dense.Weights.Span, dense.Units, layer.From.Length);
        string[] bias = dense.Bias is null ? [] : [layer.Floats("bias", dense.Bias.Span, dense.Units)];
        layer.Result("Gemm", [vector, weights, .. bias], Attribute("transB", 1L));
    }

    private static void Write(LayerScope layer, BatchNorm norm)
    {
        string Vector(string what, FloatData data) => layer.Floats(what, data.Span, data.Length);

        layer.Result(
            "BatchNormalization",
            [layer.Input, Vector("scale", norm.Scale), Vector("shift", norm.Shift), Vector("mean", norm.Mean), Vector("variance", norm.Variance)],
            Attribute("epsilon", norm.Epsilon));
    }

    private static void Write(LayerScope layer, Binary binary)
    {
        var (left, right) = (layer.Inputs[0], layer.Inputs[1]);
        if (binary.Kind == BinaryKind.Prelu && layer.From != layer.To)
        {
            // PRelu broadcasts its slopes only.
            left = layer.Step("Expand", [left, layer.Integers("shape", ModelBuilder.WithBatch(layer.To))]);
        }

        layer.Result(
            binary.Kind switch
            {
                BinaryKind.Subtract => "Sub",
                BinaryKind.Multiply => "Mul",
                BinaryKind.Divide => "Div",
                BinaryKind.Power => "Pow",
                BinaryKind.Minimum => "Min",
                BinaryKind.Maximum => "Max",
                BinaryKind.Prelu => "PRelu",
                _ => throw new ArgumentOutOfRangeException(nameof(binary)),
            },
            [left, right]);
    }

    private static void Write(LayerScope layer, Reduce reduce)
    {
        if (reduce.Kind is ReduceKind.ArgMax or ReduceKind.ArgMin)
        {
            var index = layer.Step(reduce.Kind.ToString(), layer.Inputs, Attribute("axis", reduce.Axes[0] + 1L));
            layer.Result("Cast", [index], Attribute("to", (long)ElementType.Float));
            return;
        }

        layer.Result(
            reduce.Kind switch
            {
                ReduceKind.Sum => "ReduceSum",
                ReduceKind.Mean => "ReduceMean",
                ReduceKind.Max => "ReduceMax",
                ReduceKind.Min => "ReduceMin",
                ReduceKind.Product => "ReduceProd",
                _ => throw new ArgumentOutOfRangeException(nameof(reduce)),
            },
            [layer.Input, layer.Integers("axes", reduce.Axes.Select(a => a + 1L))]);
    }
}

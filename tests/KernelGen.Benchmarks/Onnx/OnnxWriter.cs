using KernelGen.Model;
using static KernelGen.Benchmarks.OnnxGraph;

namespace KernelGen.Benchmarks;

/// <summary>Writes a description as the ONNX model that computes the same, of batch size 1, for other engines to run.</summary>
internal static class OnnxWriter
{
    /// <returns>The bytes of an <c>.onnx</c> file. Removed weights of a convolution are zeros there.</returns>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    public static byte[] Write(NetworkDescription description)
    {
        var network = NetworkGraph.Create(description);
        var onnx = new OnnxGraph();
        foreach (var input in network.Inputs)
        {
            onnx.Input(input.Name, input.Shape);
        }

        foreach (var node in network.Nodes)
        {
            Write(node, network, onnx);
        }

        foreach (var output in network.Outputs)
        {
            onnx.Output(output, network.ShapeOf(output));
        }

        return onnx.ToModel(description.Name);
    }

    private static void Write(Node node, NetworkGraph network, OnnxGraph onnx)
    {
        var from = network.ShapeOf(node.Inputs[0]);
        var inputs = node.Inputs.ToArray();
        switch (node.Operator)
        {
            case Conv conv:
                onnx.Node("Conv", node.Name, [inputs[0], .. ConvConstants(conv, from.Maps, onnx)], [.. Sliding(conv.Window), Attribute("group", conv.Groups)]);
                break;
            case Dense dense:
                onnx.Node("Flatten", node.Name + "/flat", inputs, Attribute("axis", 1));
                onnx.Node("Gemm", node.Name, [node.Name + "/flat", .. DenseConstants(dense, from.Length, onnx)], Attribute("transB", 1));
                break;
            case BatchNorm norm:
                string Vector(FloatData data) => onnx.Constant(data.Span, data.Length);
                onnx.Node(
                    "BatchNormalization",
                    node.Name,
                    [inputs[0], Vector(norm.Scale), Vector(norm.Shift), Vector(norm.Mean), Vector(norm.Variance)],
                    Attribute("epsilon", norm.Epsilon));
                break;
            case Activation activation:
                Write(activation, node.Name, inputs[0], onnx);
                break;
            case Pool { Kind: PoolKind.Max } pool:
                onnx.Node("MaxPool", node.Name, inputs, Sliding(pool.Window));
                break;
            case Pool pool:
                onnx.Node("AveragePool", node.Name, inputs, [.. Sliding(pool.Window), Attribute("count_include_pad", pool.CountPadding ? 1L : 0)]);
                break;
            case GlobalPool pool:
                onnx.Node(pool.Kind == PoolKind.Max ? "GlobalMaxPool" : "GlobalAveragePool", node.Name, inputs);
                break;
            case Add:
                onnx.Node(inputs.Length == 2 ? "Add" : "Sum", node.Name, inputs);
                break;
            case Concat:
                onnx.Node("Concat", node.Name, inputs, Attribute("axis", 1L));
                break;
            case Flatten:
                onnx.Node("Flatten", node.Name, inputs, Attribute("axis", 1L));
                break;
            case Reshape reshape:
                var shape = reshape.Shape.Dimensions.Prepend(1).Select(d => (long)d).ToArray();
                onnx.Node("Reshape", node.Name, [inputs[0], onnx.Constant(shape)]);
                break;
            case Softmax softmax:
                onnx.Node("Softmax", node.Name, inputs, Attribute("axis", softmax.Axis + 1L));
                break;
            default:
                throw new NotSupportedException($"{node.Operator.GetType().Name} has no ONNX form here.");
        }
    }

    private static void Write(Activation activation, string name, string input, OnnxGraph onnx)
    {
        switch (activation.Kind)
        {
            case ActivationKind.Relu or ActivationKind.Sigmoid or ActivationKind.HardSwish:
                onnx.Node(activation.Kind.ToString(), name, [input]);
                break;
            case ActivationKind.LeakyRelu:
                onnx.Node("LeakyRelu", name, [input], Attribute("alpha", activation.Alpha));
                break;
            default:
                var (low, high) = activation.Kind == ActivationKind.Relu6 ? (0, 6) : (activation.Minimum, activation.Maximum);
                onnx.Node("Clip", name, [input, onnx.Constant([low]), onnx.Constant([high])]);
                break;
        }
    }

    private static string[] ConvConstants(Conv conv, int maps, OnnxGraph onnx)
    {
        var window = conv.Window;
        var dense = conv.Weights.ToDense(conv.OutputMaps, maps, conv.Groups, window.Area);
        var weights = onnx.Constant(dense, conv.OutputMaps, maps / conv.Groups, window.KernelHeight, window.KernelWidth);
        return conv.Bias is null ? [weights] : [weights, onnx.Constant(conv.Bias.Span, conv.OutputMaps)];
    }

    private static string[] DenseConstants(Dense dense, int inputs, OnnxGraph onnx)
    {
        var weights = onnx.Constant(dense.Weights.Span, dense.Units, inputs);
        return dense.Bias is null ? [weights] : [weights, onnx.Constant(dense.Bias.Span, dense.Units)];
    }

    private static ProtoMessage[] Sliding(Window w) =>
    [
        ListAttribute("kernel_shape", w.KernelHeight, w.KernelWidth),
        ListAttribute("strides", w.StrideY, w.StrideX),
        ListAttribute("dilations", w.DilationY, w.DilationX),
        ListAttribute("pads", w.PadTop, w.PadLeft, w.PadBottom, w.PadRight),
    ];
}

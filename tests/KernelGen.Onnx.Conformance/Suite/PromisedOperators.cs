using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Conformance;

/// <summary>The operators that the importer sets out to take, for inference with floats.</summary>
internal static class PromisedOperators
{
    private static readonly HashSet<string> Names =
    [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "LRN",
        "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Clip", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Gelu", "Mish", "Softplus", "Softmax", "LogSoftmax",
        "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "LpPool",
        "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Exp", "Log", "Abs", "Neg", "Min", "Max", "Sum", "Mean",
        "Concat", "Split", "Slice", "Gather", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Expand", "Tile", "Pad",
        "Resize", "Upsample", "DepthToSpace", "SpaceToDepth",
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "ArgMax",
        "Dropout", "Identity", "Constant", "Cast", "Shape",
    ];

    /// <summary>Those whose outputs are integers, of floats.</summary>
    private static readonly HashSet<string> ToIntegers = ["ArgMax", "Shape", "Cast"];

    /// <summary>Whether a test is one of inference with floats in which all operators are promised ones; convolutions have one or two dimensions.</summary>
    public static bool Cover(OperatorTest test) =>
        !test.Trains
        && !test.HasVolumes
        && test.Operators.Count > 0
        && test.Operators.All(Names.Contains)
        && test.Inputs.Count > 0
        && test.Inputs[0].Type.IsFloat()
        && test.OutputTypes.All(t => t.IsFloat() || (t.IsInteger() && test.Operators.Any(ToIntegers.Contains)));
}

using KernelGen.Onnx.Format;

namespace KernelGen.Tests.Shared;

/// <summary>Small valid models that the fuzz test starts from; together they have every part of the format and most operators.</summary>
internal static class FuzzSeeds
{
    private static readonly long[] Ones = [1, 1];

    public static IReadOnlyDictionary<string, OnnxFile> All { get; } = new Dictionary<string, OnnxFile>
    {
        ["plain"] = Plain(),
        ["residual"] = Residual(),
        ["quantized"] = Quantized(),
        ["qlinear"] = QLinear(),
        ["shapes"] = Shapes(),
        ["views"] = Views(),
        ["elementwise"] = Elementwise(),
        ["normalised"] = Normalised(),
        ["resized"] = Resized(),
        ["reduced"] = Reduced(),
        ["older"] = Older(),
    };

    private static OnnxFile Plain() => new OnnxFile()
        .Input("image", -1, 2, 8, 8)
        .Initializer("w1", [4, 2, 3, 3], Ramp(72))
        .Initializer("b1", [4], Ramp(4))
        .Initializer("scale", [4], Ramp(4, 1))
        .Initializer("variance", [4], Ramp(4, 2))
        .Initializer(OnnxFile.RawTensor("w2", [3, 64], Ramp(192)))
        .Initializer("b2", [3], Ramp(3))
        .Node("Conv", ["image", "w1", "b1"], ["c"], ("kernel_shape", new[] { 3, 3 }), ("pads", new[] { 1, 1, 1, 1 }), ("strides", Ones))
        .Node("BatchNormalization", ["c", "scale", "b1", "b1", "variance"], ["n"], ("epsilon", 1e-3f))
        .Node("Relu", ["n"], ["r"])
        .Node("MaxPool", ["r"], ["p"], ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }))
        .Node("Flatten", ["p"], ["f"], ("axis", 1))
        .Node("Gemm", ["f", "w2", "b2"], ["g"], ("transB", 1), ("alpha", 0.5f))
        .Node("Softmax", ["g"], ["probabilities"], ("axis", -1))
        .Output("probabilities");

    private static OnnxFile Residual() => new OnnxFile(13)
        .Input("x", 1, 4, 6, 6)
        .Initializer("depthwise", [4, 1, 3, 3], Ramp(36))
        .Initializer("pointwise", [4, 4, 1, 1], Ramp(16))
        .Initializer("low", [], 0f)
        .Initializer("high", [], 6f)
        .Node("Conv", ["x", "depthwise"], ["d"], ("group", 4), ("auto_pad", "SAME_UPPER"), ("kernel_shape", new[] { 3, 3 }))
        .Node("Clip", ["d", "low", "high"], ["k"])
        .Node("Conv", ["k", "pointwise"], ["e"])
        .Node("Add", ["e", "x"], ["s"])
        .Node("Concat", ["s", "x"], ["t"], ("axis", 1))
        .Node("AveragePool", ["t"], ["a"], ("kernel_shape", new[] { 3, 3 }), ("pads", new[] { 1, 1, 1, 1 }), ("count_include_pad", 1))
        .Node("GlobalAveragePool", ["a"], ["y"])
        .Node("Dropout", ["t"], ["z", "mask"])
        .Output("y")
        .Output("z");

    private static OnnxFile Quantized() => new OnnxFile(13)
        .Input("x", 1, 2, 4, 4)
        .Initializer("s", [], 0.05f)
        .Initializer(OnnxFile.Tensor("z", ElementType.UInt8, [], 128))
        .Initializer(OnnxFile.Tensor("w", ElementType.Int8, [2, 2, 3, 3], Enumerable.Range(-18, 36).ToArray()))
        .Initializer("ws", [2], 0.01f, 0.02f)
        .Initializer(OnnxFile.Tensor("wz", ElementType.Int8, [2], 0, 0))
        .Node("QuantizeLinear", ["x", "s", "z"], ["q"])
        .Node("MaxPool", ["q"], ["m"], ("kernel_shape", new[] { 2, 2 }))
        .Node("DequantizeLinear", ["m", "s", "z"], ["d"])
        .Node("DequantizeLinear", ["w", "ws", "wz"], ["wd"], ("axis", 0))
        .Node("Conv", ["d", "wd"], ["c"], ("pads", new[] { 1, 1, 1, 1 }))
        .Node("QuantizeLinear", ["c", "s", "z"], ["cq"])
        .Node("DequantizeLinear", ["cq", "s", "z"], ["y"])
        .Output("y");

    private static OnnxFile QLinear() => new OnnxFile(10)
        .Input("x", 1, 2, 3, 3)
        .Initializer("s", [], 0.05f)
        .Initializer(OnnxFile.Tensor("z", ElementType.UInt8, [], 100))
        .Initializer(OnnxFile.Tensor("w", ElementType.Int8, [2, 2, 1, 1], 1, -2, 3, -4))
        .Initializer("ws", [], 0.01f)
        .Initializer(OnnxFile.Tensor("wz", ElementType.Int8, [], 0))
        .Initializer(OnnxFile.Tensor("b", ElementType.Int32, [2], 100, -100))
        .Node("QuantizeLinear", ["x", "s", "z"], ["q"])
        .Node("QLinearConv", ["q", "s", "z", "w", "ws", "wz", "s", "z", "b"], ["c"])
        .Node("com.microsoft", "QLinearAdd", ["c", "s", "z", "q", "s", "z", "s", "z"], ["a"])
        .Node("DequantizeLinear", ["a", "s", "z"], ["y"])
        .Output("y");

    private static OnnxFile Shapes() => new OnnxFile()
        .Input("x", -1, 2, 4, 6)
        .Initializer("zero", [], 0L)
        .Initializer("one", [1], 1L)
        .Initializer("minus", [1], -1L)
        .Initializer("half", [1], 2L)
        .Node("Shape", ["x"], ["shape"])
        .Node("Gather", ["shape", "zero"], ["batch"], ("axis", 0))
        .Node("Unsqueeze", ["batch", "zero1"], ["batch1"])
        .Node("Constant", [], ["zero1"], ("value_ints", new[] { 0 }))
        .Node("Slice", ["shape", "one", "half"], ["maps"])
        .Node("Concat", ["batch1", "maps", "minus"], ["target"], ("axis", 0))
        .Node("Reshape", ["x", "target"], ["r"])
        .Node("Mul", ["maps", "half"], ["doubled"])
        .Node("Cast", ["doubled"], ["factor"], ("to", (int)ElementType.Float))
        .Node("Mul", ["r", "factor"], ["y"])
        .Node("Equal", ["maps", "half"], ["same"])
        .Node("Where", ["same", "maps", "half"], ["chosen"])
        .Node("ConstantOfShape", ["chosen"], ["filled"], ("value", OnnxFile.Tensor("v", [1], 3f)))
        .Node("Range", ["zero", "limit", "step"], ["numbers"])
        .Node("Constant", [], ["limit"], ("value_int", 5))
        .Node("Constant", [], ["step"], ("value", OnnxFile.Tensor("v", [], 2L)))
        .Output("y")
        .Output("filled")
        .Output("numbers");

    private static OnnxFile Views() => new OnnxFile(18)
        .Input("x", 1, 4, 4, 4)
        .Initializer("starts", [2], 0L, 3L)
        .Initializer("ends", [2], 4L, -5L)
        .Initializer("axes", [2], 2L, 3L)
        .Initializer("steps", [2], 2L, -1L)
        .Initializer("indices", [2], 3L, 0L)
        .Initializer("pads", [8], 0L, 0L, 1L, 1L, 0L, 0L, 1L, 1L)
        .Initializer("shape", [4], 1L, 4L, 4L, 4L)
        .Initializer("repeats", [4], 1L, 2L, 1L, 1L)
        .Initializer("parts", [2], 1L, 3L)
        .Node("Slice", ["x", "starts", "ends", "axes", "steps"], ["s"])
        .Node("Gather", ["s", "indices"], ["g"], ("axis", 1))
        .Node("Pad", ["g", "pads"], ["p"], ("mode", "constant"))
        .Node("Transpose", ["x"], ["t"], ("perm", new[] { 0, 2, 3, 1 }))
        .Node("DepthToSpace", ["x"], ["d"], ("blocksize", 2), ("mode", "CRD"))
        .Node("SpaceToDepth", ["d"], ["e"], ("blocksize", 2))
        .Node("Split", ["x", "parts"], ["s1", "s2"], ("axis", 1))
        .Node("Expand", ["s1", "shape"], ["x1"])
        .Node("Tile", ["x", "repeats"], ["x2"])
        .Node("Squeeze", ["s1", "one"], ["q"])
        .Node("Constant", [], ["one"], ("value", OnnxFile.Tensor("v", [1], 1L)))
        .Node("Concat", ["x1", "t", "s2", "e"], ["y"], ("axis", 1))
        .Output("y")
        .Output("p")
        .Output("q")
        .Output("x2");

    private static OnnxFile Elementwise()
    {
        var file = new OnnxFile(20).Input("x", 1, 3, 2, 2).Initializer("slope", [3, 1, 1], Ramp(3)).Node("Abs", ["x"], ["v0"]);
        string[] functions =
        [
            "Sigmoid", "Tanh", "Elu", "Selu", "HardSigmoid", "HardSwish", "Gelu", "Mish", "Softplus", "Softsign", "Exp", "Sqrt", "Log", "Neg",
            "Floor", "Ceil", "Erf", "LeakyRelu", "ThresholdedRelu", "Reciprocal",
        ];
        var last = "v0";
        foreach (var function in functions)
        {
            file.Node(function, [last], [$"{function}.y"]);
            last = $"{function}.y";
        }

        string[] pairs = ["Add", "Sub", "Mul", "Div", "Pow", "PRelu"];
        foreach (var pair in pairs)
        {
            file.Node(pair, [last, "slope"], [$"{pair}.y"]);
            last = $"{pair}.y";
        }

        return file.Node("Max", [last, "x", "slope"], ["m"]).Node("Mean", ["m", "x"], ["y"]).Output("y");
    }

    private static OnnxFile Normalised() => new OnnxFile(17)
        .Input("x", 1, 4, 3, 3)
        .Initializer("scale", [4], Ramp(4))
        .Initializer("bias", [4], Ramp(4))
        .Initializer("w", [4, 2, 2, 2], Ramp(32))
        .Initializer("right", [6, 2], Ramp(12))
        .Node("InstanceNormalization", ["x", "scale", "bias"], ["i"])
        .Node("LRN", ["i"], ["l"], ("size", 3))
        .Node("ConvTranspose", ["l", "w"], ["t"], ("strides", new[] { 2, 2 }), ("output_padding", Ones), ("group", 2))
        .Node("LpPool", ["t"], ["p"], ("kernel_shape", new[] { 2, 2 }), ("p", 2))
        .Node("MatMul", ["p", "right"], ["m"])
        .Node("LogSoftmax", ["m"], ["y"], ("axis", 1))
        .Output("y");

    private static OnnxFile Resized() => new OnnxFile(13)
        .Input("x", 1, 2, 3, 3)
        .Initializer("scales", [4], 1f, 1f, 2f, 1.5f)
        .Initializer("sizes", [4], 1L, 2L, 5L, 4L)
        .Node("Resize", ["x", "", "scales"], ["a"], ("mode", "linear"), ("coordinate_transformation_mode", "align_corners"))
        .Node("Resize", ["x", "", "", "sizes"], ["b"], ("mode", "nearest"), ("nearest_mode", "floor"))
        .Node("Resize", ["x", "", "scales"], ["c"], ("mode", "cubic"), ("cubic_coeff_a", -0.5f))
        .Output("a")
        .Output("b")
        .Output("c");

    private static OnnxFile Reduced() => new OnnxFile(13)
        .Input("x", 1, 3, 4, 4)
        .Initializer("axes", [2], 2L, 3L)
        .Node("ReduceMean", ["x"], ["a"], ("axes", new[] { 2, 3 }), ("keepdims", 1))
        .Node("ReduceSum", ["x", "axes"], ["b"], ("keepdims", 0))
        .Node("ReduceL2", ["x"], ["c"], ("axes", new[] { 1 }))
        .Node("ReduceMax", ["x"], ["d"])
        .Node("ArgMax", ["x"], ["e"], ("axis", 1))
        .Node("GlobalMaxPool", ["x"], ["f"])
        .Output("a")
        .Output("b")
        .Output("c")
        .Output("d")
        .Output("e")
        .Output("f");

    private static OnnxFile Older() => new OnnxFile(6)
        .Input("x", 1, 3, 4)
        .Input("w", 2, 3, 2)
        .Initializer("w", [2, 3, 2], Ramp(12))
        .Initializer("m", [3], Ramp(3))
        .Node("Conv", ["x", "w"], ["c"])
        .Node("Add", ["x", "m"], ["a"], ("broadcast", 1), ("axis", 1))
        .Node("Pad", ["a"], ["p"], ("pads", new[] { 0, 0, 1, 0, 0, 1 }), ("mode", "reflect"))
        .Node("Reshape", ["p", "s"], ["r"])
        .Node("Constant", [], ["s"], ("value", OnnxFile.Tensor("v", [2], 0L, -1L)))
        .Node("Clip", ["c"], ["k"], ("min", -1f), ("max", 1f))
        .Output("r")
        .Output("k");

    private static float[] Ramp(int length, float from = -1) => Enumerable.Range(0, length).Select(i => from + (i % 7 * 0.25f)).ToArray();
}

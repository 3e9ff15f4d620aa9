using KernelGen.Onnx.Format;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.ImportAssert;

namespace KernelGen.Onnx.Tests;

/// <summary>Quantized graphs are read as their float meaning.</summary>
public class QuantizationTests
{
    [Fact]
    public void Quantized_weights_become_the_floats_that_they_stand_for()
    {
        var description = Imported(WithInput()
            .Initializer(OnnxFile.Tensor("w", ElementType.Int8, [2, 3], -128, 0, 127, 1, 2, 3))
            .Initializer("s", [2], 0.5f, 2f)
            .Initializer(OnnxFile.Tensor("z", ElementType.Int8, [2], 1, -1))
            .Node("DequantizeLinear", ["w", "s", "z"], ["y"], ("axis", 0))
            .Output("y"));
        Assert.Equal([-64.5f, -0.5f, 63f, 4f, 6f, 8f], Run(description, new float[4])[0]);
    }

    [Fact]
    public void Blocks_of_an_axis_have_scales_of_their_own()
    {
        var description = Imported(WithInput(21)
            .Initializer(OnnxFile.Tensor("w", ElementType.Int8, [2, 3], 1, 2, 3, 4, 5, 6))
            .Initializer("s", [2, 2], 1f, 10f, 100f, 1000f)
            .Node("DequantizeLinear", ["w", "s"], ["y"], ("axis", 1), ("block_size", 2), ("output_dtype", 0))
            .Output("y"));
        Assert.Equal([1f, 2f, 30f, 400f, 500f, 6000f], Run(description, new float[4])[0]);
    }

    [Fact]
    public void A_constant_is_rounded_to_the_even_integer_and_cut_to_the_range()
    {
        var description = Imported(WithInput()
            .Initializer("c", [5], 0.25f, 0.75f, -0.25f, 1000f, -1000f)
            .Initializer("s", [], 0.5f)
            .Initializer(OnnxFile.Tensor("z", ElementType.UInt8, [], 10))
            .Node("QuantizeLinear", ["c", "s", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s", "z"], ["y"])
            .Output("y"));
        Assert.Equal([0f, 1f, 0f, 122.5f, -5f], Run(description, new float[4])[0]);
    }

    [Fact]
    public void A_run_time_tensor_is_cut_to_the_range_and_not_rounded()
    {
        var description = Imported(Quantized(ElementType.UInt8, 100)
            .Node("Transpose", ["q"], ["t"], ("perm", new[] { 1, 0 }))
            .Node("DequantizeLinear", ["t", "s", "z"], ["y"])
            .Output("y"));
        Assert.Equal([-50f, -0.3f, 0.3f, 77.5f], Run(description, [-1000, 0.3f, -0.3f, 1000])[0]);
    }

    [Fact]
    public void A_quantized_convolution_is_the_float_one_within_the_range()
    {
        var description = Imported(new OnnxFile(10)
            .Input("x", 1, 1, 1, 3)
            .Initializer("s", [], 0.5f)
            .Initializer(OnnxFile.Tensor("z", ElementType.Int8, [], 0))
            .Initializer(OnnxFile.Tensor("w", ElementType.Int8, [2, 1, 1, 1], 3, 5))
            .Initializer("ws", [2], 0.25f, 1f)
            .Initializer(OnnxFile.Tensor("wz", ElementType.Int8, [2], 1, 1))
            .Initializer(OnnxFile.Tensor("b", ElementType.Int32, [2], 8, -2))
            .Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("QLinearConv", ["q", "s", "z", "w", "ws", "wz", "s", "z", "b"], ["c"])
            .Node("DequantizeLinear", ["c", "s", "z"], ["y"])
            .Output("y"));

        // Weights 0.5 and 4, biases 1 and −1; the range is −64 to 63.5.
        Assert.Equal([1.5f, 2f, 11f, 3f, 7f, 63.5f], Run(description, [1, 2, 20])[0]);
    }

    [Fact]
    public void A_quantized_product_of_matrices_is_the_float_one()
    {
        var description = Imported(new OnnxFile(10)
            .Input("x", 1, 2)
            .Initializer("s", [], 0.5f)
            .Initializer(OnnxFile.Tensor("z", ElementType.Int8, [], 0))
            .Initializer(OnnxFile.Tensor("w", ElementType.Int8, [2, 2], 1, 2, 3, 4))
            .Initializer("ws", [2], 1f, 2f)
            .Initializer(OnnxFile.Tensor("wz", ElementType.Int8, [2], 0, 0))
            .Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("QLinearMatMul", ["q", "s", "z", "w", "ws", "wz", "s", "z"], ["m"])
            .Node("com.microsoft", "QLinearAdd", ["m", "s", "z", "q", "s", "z", "s", "z"], ["a"])
            .Node("DequantizeLinear", ["a", "s", "z"], ["y"])
            .Output("y"));
        Assert.Equal([4f + 1, 12f + 1], Run(description, [1, 1])[0]);
    }

    [Theory]
    [InlineData("QLinearMul", new[] { "q", "s", "z", "q", "s", "z", "s", "z" }, new[] { 4f, 1, 0.25f, 9 })]
    [InlineData("QLinearConcat", new[] { "s", "z", "q", "s", "z", "q", "s", "z" }, new[] { 2f, -1, 0.5f, 3, 2, -1, 0.5f, 3 }, "axis", 1)]
    [InlineData("QLinearLeakyRelu", new[] { "q", "s", "z", "s", "z" }, new[] { 2f, -0.5f, 0.5f, 3 }, "alpha", 0.5f)]
    [InlineData("QLinearSigmoid", new[] { "q", "s", "z", "s", "z" }, new[] { 0.8807970780f, 0.2689414214f, 0.6224593312f, 0.9525741268f })]
    [InlineData("QLinearGlobalAveragePool", new[] { "q", "s", "z", "s", "z" }, new[] { 0.5f, 1.75f })]
    public void Quantized_operators_of_onnx_runtime_are_the_float_ones(
        string op, string[] inputs, float[] expected, string? attribute = null, object? value = null)
    {
        var description = Imported(new OnnxFile(13)
            .Input("x", 1, 2, 1, 2)
            .Initializer("s", [], 0.25f)
            .Initializer(OnnxFile.Tensor("z", ElementType.Int8, [], 0))
            .Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node("com.microsoft", op, inputs, ["a"], attribute is null ? [] : [(attribute, value!)])
            .Node("DequantizeLinear", ["a", "s", "z"], ["y"])
            .Output("y"));
        Assert.Equal(expected, Run(description, [2, -1, 0.5f, 3])[0]);
    }

    [Fact]
    public void Integers_are_no_output()
    {
        var error = OnlyError(Quantized(ElementType.UInt8, 100).Output("q"));
        Assert.Contains("DequantizeLinear", error.Message);
    }

    [Fact]
    public void Arithmetic_on_quantized_integers_is_refused()
    {
        var error = OnlyError(Quantized(ElementType.UInt8, 100).Node("Add", ["q", "q"], ["a"]).Node("DequantizeLinear", ["a", "s", "z"], ["y"]).Output("y"));
        Assert.Equal("Add_1", error.Node);
    }

    [Fact]
    public void A_tensor_that_is_read_with_another_scale_is_refused()
    {
        var error = OnlyError(Quantized(ElementType.UInt8, 100).Initializer("s2", [], 0.25f).Node("DequantizeLinear", ["q", "s2", "z"], ["y"]).Output("y"));
        Assert.Contains("scale", error.Message);
    }

    [Theory]
    [InlineData("ConvInteger")]
    [InlineData("MatMulInteger")]
    [InlineData("DynamicQuantizeLinear")]
    public void Operators_on_run_time_integers_are_refused_with_advice(string op) =>
        Assert.Contains("QDQ", OnlyError(WithInput().Node(op, ["x"], ["y"]).Output("y")).Message);

    private static OnnxFile WithInput(long opset = 13) => new OnnxFile(opset).Input("x", 2, 2);

    private static OnnxFile Quantized(ElementType type, int zeroPoint) => WithInput()
        .Initializer("s", [], 0.5f)
        .Initializer(OnnxFile.Tensor("z", type, [], zeroPoint))
        .Node("QuantizeLinear", ["x", "s", "z"], ["q"]);
}

using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>What exporters leave between the layers is gone, and the network still gives what ONNX Runtime gives.</summary>
public class TidyTests
{
    private static readonly int[] ToNhwc = [0, 2, 3, 1];
    private static readonly int[] ToNchw = [0, 3, 1, 2];

    [Fact]
    public void Inverse_transposes_around_elementwise_layers_vanish() => AssertOperators(
        Convolution("x", "c1").Transpose("c1", "t1", ToNhwc)
            .Node("Relu", ["t1"], ["r"])
            .Node("Mul", ["r", "scale"], ["m"])
            .Node("Pad", ["m", "pads"], ["p"])
            .Transpose("p", "t2", ToNchw)
            .Node("Conv", ["t2", "w2"], ["y"]).Output("y"),
        "Conv Activation Constant Binary Conv");

    [Fact]
    public void A_residual_sum_between_transposes_is_one_of_maps() => AssertOperators(
        Convolution("x", "c1").Transpose("c1", "t1", ToNhwc)
            .Node("Conv", ["c1", "w2"], ["c2"], ("pads", new[] { 1, 1, 1, 1 })).Transpose("c2", "t2", ToNhwc)
            .Node("Add", ["t1", "t2"], ["s"])
            .Node("Concat", ["s", "t1"], ["j"], ("axis", 3))
            .Node("ReduceMean", ["j"], ["y"], ("axes", new[] { 1, 2 }), ("keepdims", 0)).Output("y"),
        "Conv Conv Add Concat GlobalPool Reshape");

    [Fact]
    public void A_transpose_in_front_of_a_fully_connected_layer_is_in_its_weights()
    {
        var file = Convolution("x", "c1").Transpose("c1", "t1", ToNhwc)
            .Node("Flatten", ["t1"], ["f"])
            .Initializer("dense", [64, 2], Enumerable.Range(0, 128).Select(i => i % 7 / 7f).ToArray())
            .Initializer("bias", [2], 0.5f, -1f)
            .Node("MatMul", ["f", "dense"], ["d"])
            .Node("Add", ["d", "bias"], ["y"]).Output("y");
        AssertOperators(file, "Conv Reshape Dense");
    }

    [Fact]
    public void The_sum_of_a_convolution_and_a_constant_is_its_bias()
    {
        AssertOperators(Convolution("x", "c1").Node("Add", ["bias4", "c1"], ["y"]).Output("y"), "Conv");
        AssertOperators(
            Convolution("x", "c1").Transpose("c1", "t", ToNhwc).Initializer("last", [4], 1f, 2f, 3f, 4f)
                .Node("Add", ["t", "last"], ["s"]).Transpose("s", "y", ToNchw).Output("y"),
            "Conv");
    }

    [Fact]
    public void A_sum_whose_convolution_something_else_reads_stays() => AssertOperators(
        Convolution("x", "c1").Node("Add", ["c1", "bias4"], ["y"]).Node("Relu", ["c1"], ["z"]).Output("y").Output("z"),
        "Conv Constant Add Activation");

    [Fact]
    public void Zeros_around_a_convolution_are_its_padding() => AssertOperators(
        new OnnxFile(13).Input("x", 1, 2, 5, 5).Weights().Initializer("p", [8], 0L, 0L, 0L, 1L, 0L, 0L, 1L, 1L)
            .Node("Pad", ["x", "p"], ["padded"]).Node("Conv", ["padded", "w1"], ["y"], ("strides", new[] { 2, 2 })).Output("y"),
        "Conv");

    [Fact]
    public void Other_values_around_a_convolution_stay() => AssertOperators(
        new OnnxFile(13).Input("x", 1, 2, 5, 5).Weights().Initializer("p", [8], 0L, 0L, 0L, 1L, 0L, 0L, 1L, 1L).Initializer("v", [], 1f)
            .Node("Pad", ["x", "p", "v"], ["padded"]).Node("Conv", ["padded", "w1"], ["y"]).Output("y"),
        "Pad Conv");

    [Fact]
    public void An_activation_comes_before_the_transpose_and_reshape_of_a_head() => AssertOperators(
        Convolution("x", "c1").Transpose("c1", "t1", ToNhwc)
            .Initializer("rows", [3], 1L, -1L, 2L)
            .Node("Reshape", ["t1", "rows"], ["r"]).Node("Sigmoid", ["r"], ["y"]).Output("y"),
        "Conv Activation Transpose Reshape");

    [Fact]
    public void Outputs_keep_their_names_whatever_vanishes()
    {
        var file = Convolution("x", "c1").Transpose("c1", "t1", ToNhwc)
            .Node("Relu", ["t1"], ["r"])
            .Transpose("r", "back", ToNchw)
            .Transpose("back", "again", ToNhwc)
            .Output("t1").Output("back").Output("r").Output("again");
        var description = OnnxRuntimeReference.AssertSame(file);
        Assert.Equal(["t1", "back", "r", "again"], description.Outputs);
    }

    [Fact]
    public void An_input_that_is_transposed_to_and_fro_is_returned_under_the_outputs_name() => AssertOperators(
        new OnnxFile().Input("x", 1, 2, 3, 4).Transpose("x", "t", ToNhwc).Transpose("t", "y", ToNchw).Output("y"), "Reshape");

    [Theory]
    [InlineData("ReduceMax", new[] { 3 })]
    [InlineData("ReduceSum", new[] { 2, 3 })]
    public void Reductions_move_in_front_of_transposes(string op, int[] axes)
    {
        var file = new OnnxFile(11).Input("x", 2, 3, 4, 5).Transpose("x", "t", [3, 0, 1, 2])
            .Node(op, ["t"], ["r"], ("axes", axes)).Transpose("r", "y", [1, 2, 3, 0]).Output("y");
        AssertOperators(file, "Reduce");
    }

    [Fact]
    public void Slices_gathers_and_softmax_move_in_front_of_transposes()
    {
        var file = new OnnxFile(13).Input("x", 2, 3, 4, 5).Transpose("x", "t", [3, 0, 1, 2])
            .Initializer("starts", [2], 3L, 1L).Initializer("ends", [2], 0L, 3L).Initializer("axes", [2], 0L, 2L).Initializer("steps", [2], -1L, 1L)
            .Initializer("i", [3], 0L, 3L, 1L)
            .Node("Slice", ["t", "starts", "ends", "axes", "steps"], ["s"])
            .Node("Gather", ["s", "i"], ["g"], ("axis", 3))
            .Node("Softmax", ["g"], ["m"], ("axis", 0))
            .Node("Sub", ["m", "t3"], ["d"])
            .Initializer("t3", [2, 1], 0.25f, 0.5f)
            .Transpose("d", "y", [1, 2, 3, 0]).Output("y");
        AssertOperators(file, "Slice Gather Softmax Constant Binary");
    }

    private static OnnxFile Convolution(string input, string output) => new OnnxFile(13)
        .Input(input, 1, 2, 5, 6)
        .Weights()
        .Initializer("scale", [4], 0.5f, 1f, 2f, 3f)
        .Initializer("bias4", [4, 1, 1], 0.5f, 1f, 2f, 3f)
        .Initializer("pads", [8], 0L, 1L, 0L, 0L, 0L, 0L, 1L, 0L)
        .Node("Conv", [input, "w1"], [output]);

    private static void AssertOperators(OnnxFile file, string expected)
    {
        var description = OnnxRuntimeReference.AssertSame(file);
        Assert.Equal(expected, string.Join(" ", description.Layers.Select(l => l.Operator.GetType().Name)));
    }
}

internal static class TidyTestFiles
{
    public static OnnxFile Transpose(this OnnxFile file, string input, string output, int[] permutation) =>
        file.Node("Transpose", [input], [output], ("perm", permutation));

    /// <summary>w1: 2 maps to 4, 2 × 3; w2: 4 maps to 4, 3 × 3.</summary>
    public static OnnxFile Weights(this OnnxFile file) => file
        .Initializer("w1", [4, 2, 2, 3], Enumerable.Range(0, 48).Select(i => (i % 11 / 11f) - 0.4f).ToArray())
        .Initializer("w2", [4, 4, 3, 3], Enumerable.Range(0, 144).Select(i => (i % 13 / 13f) - 0.5f).ToArray());
}

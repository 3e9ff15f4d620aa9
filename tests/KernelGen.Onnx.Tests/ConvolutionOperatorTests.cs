using KernelGen.Model;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.OperatorFiles;

namespace KernelGen.Onnx.Tests;

/// <summary>Conv and ConvTranspose in all their forms, against ONNX Runtime.</summary>
public class ConvolutionOperatorTests
{
    private static readonly Dictionary<string, OnnxFile> Convolutions = new()
    {
        ["vector"] = Conv([1, 3, 11], [4, 3, 3]),
        ["vector, strided, padded, dilated"] = Conv(
            [1, 2, 20], [4, 2, 3], ("strides", new[] { 2 }), ("pads", new[] { 3, 1 }), ("dilations", new[] { 2 })),
        ["vectors of a batch, grouped"] = Conv([3, 4, 9], [6, 2, 3], ("group", 2), ("auto_pad", "SAME_UPPER")),
        ["image"] = Conv([1, 3, 8, 7], [5, 3, 3, 3]),
        ["without bias"] = Of("Conv", 17, [1, 3, 8, 7], [[5, 3, 3, 3]]),
        ["kernel shape given"] = Conv([1, 3, 8, 7], [5, 3, 3, 2], ("kernel_shape", new[] { 3, 2 })),
        ["asymmetric"] = Conv([1, 2, 9, 9], [3, 2, 3, 2], ("pads", new[] { 0, 1, 2, 3 }), ("strides", new[] { 2, 1 }), ("dilations", new[] { 1, 3 })),
        ["depthwise"] = Conv([1, 4, 6, 6], [4, 1, 3, 3], ("group", 4), ("pads", new[] { 1, 1, 1, 1 })),
        ["depthwise with multiplier"] = Conv([1, 4, 6, 6], [8, 1, 3, 3], ("group", 4)),
        ["grouped"] = Conv([1, 4, 6, 6], [6, 2, 3, 3], ("group", 2), ("strides", new[] { 2, 2 })),
        ["batch"] = Conv([3, 2, 5, 6], [4, 2, 3, 3], ("pads", new[] { 1, 0, 1, 2 })),
        ["batch, grouped"] = Conv([2, 4, 5, 6], [6, 2, 3, 3], ("group", 2)),
        ["valid"] = Conv([1, 2, 7, 8], [3, 2, 3, 3], ("auto_pad", "VALID"), ("strides", new[] { 2, 2 })),
        ["same upper, even kernel"] = Conv([1, 2, 7, 8], [3, 2, 4, 2], ("auto_pad", "SAME_UPPER"), ("strides", new[] { 2, 3 })),
        ["same lower, even kernel"] = Conv([1, 2, 7, 8], [3, 2, 4, 2], ("auto_pad", "SAME_LOWER"), ("strides", new[] { 2, 3 })),
        ["same, strides beyond the kernel"] = Conv([1, 2, 9, 8], [3, 2, 1, 1], ("auto_pad", "SAME_UPPER"), ("strides", new[] { 3, 2 })),
        ["first operator set"] = Of("Conv", 1, [1, 2, 6, 6], [[3, 2, 3, 3], [3]], ("pads", new[] { 1, 1, 1, 1 })),
    };

    private static readonly Dictionary<string, OnnxFile> Transposed = new()
    {
        ["vector"] = ConvTranspose([1, 3, 6], [3, 2, 4], 2, ("strides", new[] { 2 }), ("pads", new[] { 1, 1 })),
        ["vectors of a batch"] = ConvTranspose([2, 3, 6], [3, 2, 3], 2, ("strides", new[] { 3 }), ("output_padding", new[] { 2 })),
        ["plain"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 3], 2),
        ["without bias"] = Of("ConvTranspose", 17, [1, 3, 4, 5], [[3, 2, 3, 3]], ("strides", new[] { 2, 2 })),
        ["doubling"] = ConvTranspose([1, 3, 4, 5], [3, 2, 2, 2], 2, ("strides", new[] { 2, 2 })),
        ["doubling, overlapping"] = ConvTranspose([1, 3, 4, 5], [3, 2, 4, 4], 2, ("strides", new[] { 2, 2 }), ("pads", new[] { 1, 1, 1, 1 })),
        ["strides beyond the kernel"] = ConvTranspose([1, 3, 4, 5], [3, 2, 2, 1], 2, ("strides", new[] { 3, 4 })),
        ["odd, padded"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 5], 2, ("strides", new[] { 2, 3 }), ("pads", new[] { 1, 3, 0, 2 })),
        ["output padding"] = ConvTranspose(
            [1, 3, 4, 5], [3, 2, 3, 3], 2, ("strides", new[] { 2, 3 }), ("pads", new[] { 1, 1, 1, 1 }), ("output_padding", new[] { 1, 2 })),
        ["output shape, smaller"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 3], 2, ("strides", new[] { 2, 3 }), ("output_shape", new[] { 8, 12 })),
        ["output shape, larger"] = ConvTranspose([1, 3, 3, 3], [3, 2, 3, 3], 2, ("strides", new[] { 3, 2 }), ("output_shape", new[] { 10, 8 })),
        ["output shape, same upper"] = ConvTranspose(
            [1, 3, 4, 5], [3, 2, 3, 3], 2, ("strides", new[] { 2, 3 }), ("output_shape", new[] { 8, 12 }), ("auto_pad", "SAME_UPPER")),
        ["same upper"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 4], 2, ("strides", new[] { 2, 2 }), ("auto_pad", "SAME_UPPER")),
        ["same lower"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 5], 2, ("strides", new[] { 2, 2 }), ("auto_pad", "SAME_LOWER")),
        ["valid"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 4], 2, ("strides", new[] { 2, 2 }), ("auto_pad", "VALID")),
        ["dilated"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 2], 2, ("dilations", new[] { 2, 3 })),
        ["dilated and strided"] = ConvTranspose([1, 3, 4, 5], [3, 2, 3, 3], 2, ("dilations", new[] { 2, 3 }), ("strides", new[] { 3, 2 })),
        ["dilation a multiple of the stride"] = ConvTranspose(
            [1, 3, 4, 5], [3, 2, 3, 3], 2, ("dilations", new[] { 2, 4 }), ("strides", new[] { 2, 2 })),
        ["stride a multiple of the dilation"] = ConvTranspose(
            [1, 3, 4, 5], [3, 2, 3, 3], 2, ("dilations", new[] { 2, 2 }), ("strides", new[] { 4, 6 })),
        ["grouped"] = ConvTranspose([1, 4, 4, 5], [4, 3, 3, 3], 6, ("group", 2), ("strides", new[] { 2, 2 })),
        ["depthwise, batch"] = ConvTranspose(
            [2, 4, 4, 5], [4, 1, 3, 3], 4, ("group", 4), ("strides", new[] { 2, 1 }), ("pads", new[] { 1, 1, 0, 1 })),
        ["padding of whole strides"] = ConvTranspose([1, 2, 6, 6], [2, 2, 3, 3], 2, ("strides", new[] { 2, 2 }), ("pads", new[] { 4, 5, 3, 4 })),
    };

    public static TheoryData<string> Forms => [.. Convolutions.Keys];

    public static TheoryData<string> TransposedForms => [.. Transposed.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Conv_gives_what_ONNX_Runtime_gives(string form) => OnnxRuntimeReference.AssertSame(Convolutions[form]);

    [Theory]
    [MemberData(nameof(TransposedForms))]
    public void ConvTranspose_gives_what_ONNX_Runtime_gives(string form) => OnnxRuntimeReference.AssertSame(Transposed[form]);

    [Fact]
    public void A_doubling_ConvTranspose_has_no_weights_but_its_own()
    {
        var layers = Transposed["doubling, overlapping"].Import().Description!.Layers;
        Assert.Equal(3 * 2 * 4 * 4, layers.Select(l => l.Operator).OfType<Conv>().Single().Weights.Values.Length);
    }

    [Fact]
    public void Same_padding_covers_the_dilated_kernel()
    {
        // ONNX Runtime refuses this form.
        var same = Conv([1, 2, 9, 8], [3, 2, 3, 2], ("auto_pad", "SAME_UPPER"), ("dilations", new[] { 2, 3 }));
        var window = same.Import().Description!.Layers.Select(l => l.Operator).OfType<Conv>().Single().Window;
        Assert.Equal(new Window(3, 2, DilationY: 2, DilationX: 3, PadTop: 2, PadLeft: 1, PadBottom: 2, PadRight: 2), window);
    }

    [Fact]
    public void A_convolution_of_volumes_is_refused() =>
        Assert.Contains("3-D", Of("Conv", 17, [1, 2, 4, 4, 4], [[3, 2, 2, 2, 2]]).Refusal());

    [Fact]
    public void Weights_that_are_computed_are_refused() => Assert.Contains(
        "the weights",
        new OnnxFile().Input("x", 1, 2, 4, 4).Input("w", 3, 2, 3, 3).Node("Conv", ["x", "w"], ["y"]).Output("y").Refusal());

    [Theory]
    [InlineData("group", 3)]
    [InlineData("group", 0)]
    [InlineData("group", -2)]
    public void Groups_that_do_not_fit_are_refused(string attribute, int value)
    {
        Assert.Contains("groups", Conv([1, 4, 6, 6], [6, 2, 3, 3], (attribute, value)).Refusal());
        Assert.Contains("groups", ConvTranspose([1, 4, 6, 6], [4, 2, 3, 3], 2, (attribute, value)).Refusal());
    }

    [Theory]
    [InlineData("strides", 0, 1)]
    [InlineData("dilations", 1, -1)]
    [InlineData("strides", 1, int.MaxValue)]
    public void Values_that_no_window_can_have_are_refused(string attribute, int y, int x)
    {
        Assert.Contains(attribute, Conv([1, 4, 6, 6], [6, 4, 3, 3], (attribute, new[] { y, x })).Refusal());
        Assert.Contains(attribute, ConvTranspose([1, 4, 6, 6], [4, 2, 3, 3], 2, (attribute, new[] { y, x })).Refusal());
    }

    [Fact]
    public void Too_many_values_for_the_axes_are_refused() =>
        Assert.Contains("pads has 2 values", Conv([1, 4, 6, 6], [6, 4, 3, 3], ("pads", new[] { 1, 1 })).Refusal());

    private static OnnxFile Conv(int[] x, int[] weights, params (string Name, object Value)[] attributes) =>
        Of("Conv", 17, x, [weights, [weights[0]]], attributes);

    private static OnnxFile ConvTranspose(int[] x, int[] weights, int maps, params (string Name, object Value)[] attributes) =>
        Of("ConvTranspose", 17, x, [weights, [maps]], attributes);
}

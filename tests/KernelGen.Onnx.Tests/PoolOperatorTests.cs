using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.OperatorFiles;

namespace KernelGen.Onnx.Tests;

/// <summary>Pooling in all its forms, against ONNX Runtime.</summary>
public class PoolOperatorTests
{
    private static readonly Dictionary<string, OnnxFile> Pools = new()
    {
        ["max"] = Pool("MaxPool", [1, 3, 8, 7], [3, 2]),
        ["max, strided, asymmetric"] = Pool("MaxPool", [1, 3, 8, 7], [3, 3], ("strides", new[] { 2, 3 }), ("pads", new[] { 0, 1, 2, 1 })),
        ["max, dilated"] = Pool("MaxPool", [1, 3, 9, 9], [3, 2], ("dilations", new[] { 2, 3 }), ("pads", new[] { 1, 1, 1, 1 })),
        ["max of vectors"] = Pool("MaxPool", [2, 3, 11], [3], ("strides", new[] { 2 }), ("pads", new[] { 1, 0 })),
        ["max of volumes"] = Pool("MaxPool", [2, 2, 5, 6, 7], [2, 3, 3], ("strides", new[] { 2, 1, 3 }), ("pads", new[] { 1, 0, 1, 0, 2, 1 })),
        ["max, ceiling"] = Pool("MaxPool", [1, 3, 8, 7], [3, 2], ("strides", new[] { 2, 2 }), ("ceil_mode", 1)),
        ["max, ceiling, last window behind the input"] = Pool(
            "MaxPool", [1, 2, 4, 4], [1, 2], ("strides", new[] { 2, 3 }), ("pads", new[] { 0, 0, 0, 1 }), ("ceil_mode", 1)),
        ["max, same upper"] = Pool("MaxPool", [1, 3, 8, 7], [3, 2], ("strides", new[] { 2, 2 }), ("auto_pad", "SAME_UPPER")),
        ["max, same lower"] = Pool("MaxPool", [1, 3, 8, 7], [2, 2], ("auto_pad", "SAME_LOWER")),
        ["max, valid"] = Pool("MaxPool", [1, 3, 8, 7], [3, 2], ("strides", new[] { 2, 2 }), ("auto_pad", "VALID")),
        ["average"] = Pool("AveragePool", [1, 3, 8, 7], [3, 2]),
        ["average, padded"] = Pool("AveragePool", [2, 3, 8, 7], [3, 3], ("strides", new[] { 2, 2 }), ("pads", new[] { 1, 1, 2, 0 })),
        ["average, padding counted"] = Pool("AveragePool", [1, 3, 8, 7], [3, 3], ("pads", new[] { 2, 1, 0, 1 }), ("count_include_pad", 1)),
        ["average, ceiling"] = Pool("AveragePool", [1, 3, 8, 7], [3, 2], ("strides", new[] { 2, 2 }), ("ceil_mode", 1)),
        ["average, ceiling, padding counted"] = Pool(
            "AveragePool", [1, 3, 8, 8], [3, 3], ("strides", new[] { 2, 2 }), ("pads", new[] { 1, 1, 0, 0 }), ("ceil_mode", 1),
            ("count_include_pad", 1)),
        ["average, ceiling, padding counted, volumes"] = Pool(
            "AveragePool", [1, 2, 4, 6, 5], [2, 3, 2], ("strides", new[] { 3, 2, 2 }), ("pads", new[] { 1, 1, 0, 1, 0, 0 }),
            ("ceil_mode", 1), ("count_include_pad", 1)),
        ["average, dilated"] = Of(
            "AveragePool", 19, [1, 2, 9, 9], [], ("kernel_shape", new[] { 3, 2 }), ("dilations", new[] { 2, 3 }),
            ("pads", new[] { 1, 1, 0, 0 })),
        ["average of vectors"] = Pool("AveragePool", [1, 3, 11], [4], ("strides", new[] { 2 }), ("pads", new[] { 1, 2 })),
        ["average of volumes"] = Pool(
            "AveragePool", [1, 2, 5, 6, 7], [2, 3, 3], ("strides", new[] { 2, 1, 3 }), ("pads", new[] { 1, 0, 1, 0, 2, 1 })),
        ["average, same upper"] = Pool("AveragePool", [1, 3, 8, 7], [3, 4], ("strides", new[] { 2, 2 }), ("auto_pad", "SAME_UPPER")),
        ["average, same lower, padding counted"] = Pool("AveragePool", [1, 3, 8, 7], [3, 2], ("auto_pad", "SAME_LOWER"), ("count_include_pad", 1)),
        ["norm 2"] = Pool("LpPool", [2, 3, 8, 7], [3, 2], ("pads", new[] { 1, 0, 1, 1 })),
        ["norm 1"] = Pool("LpPool", [1, 3, 8, 7], [3, 2], ("p", 1), ("strides", new[] { 2, 1 })),
        ["norm 3"] = Pool("LpPool", [1, 3, 8], [3], ("p", 3)),
        ["norm 2 of volumes"] = Pool("LpPool", [1, 2, 4, 5, 6], [2, 3, 2]),
        ["norm 2, ceiling, dilated"] = Of(
            "LpPool", 18, [1, 3, 9, 8], [], ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }),
            ("dilations", new[] { 2, 1 }), ("pads", new[] { 1, 0, 0, 1 }), ("ceil_mode", 1)),
        ["global max"] = Of("GlobalMaxPool", 17, [1, 3, 5, 4], []),
        ["global max of vectors"] = Of("GlobalMaxPool", 17, [2, 3, 5], []),
        ["global average"] = Of("GlobalAveragePool", 17, [2, 3, 5, 4], []),
        ["global average of volumes"] = Of("GlobalAveragePool", 17, [1, 3, 5, 4, 2], []),
        ["global norm"] = Of("GlobalLpPool", 17, [2, 3, 5, 4], []),
        ["global norm 3"] = Of("GlobalLpPool", 17, [1, 3, 5, 4], [], ("p", 3)),
    };

    public static TheoryData<string> Forms => [.. Pools.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_pooling_gives_what_ONNX_Runtime_gives(string form) => OnnxRuntimeReference.AssertSame(Pools[form]);

    [Theory]
    [InlineData("MaxPool", 0)]
    [InlineData("AveragePool", 0)]
    [InlineData("AveragePool", 1)]
    public void A_rounded_up_length_is_right_for_every_window(string op, int countPadding)
    {
        foreach (var length in (int[])[4, 5, 6, 7])
        {
            foreach (var kernel in (int[])[1, 2, 3])
            {
                foreach (var stride in (int[])[1, 2, 3, 4])
                {
                    for (var padding = 0; padding < kernel; padding++)
                    {
                        var attributes = new List<(string, object)>
                        {
                            ("kernel_shape", new[] { kernel }), ("strides", new[] { stride }), ("pads", new[] { padding, padding }), ("ceil_mode", 1),
                        };
                        if (op == "AveragePool")
                        {
                            attributes.Add(("count_include_pad", countPadding));
                        }

                        OnnxRuntimeReference.AssertSame(Of(op, 19, [1, 1, length], [], [.. attributes]));
                    }
                }
            }
        }
    }

    [Fact]
    public void The_indices_of_maxima_are_refused() => Assert.Contains("Indices", new OnnxFile()
        .Input("x", 1, 1, 4, 4)
        .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", new[] { 2, 2 }))
        .Node("Cast", ["i"], ["z"], ("to", 1))
        .Output("y")
        .Output("z")
        .Refusal());

    [Fact]
    public void A_maximum_of_padding_only_is_refused() =>
        Assert.Contains("padding", Pool("MaxPool", [1, 1, 4, 4], [2, 2], ("pads", new[] { 2, 0, 0, 0 })).Refusal());

    [Fact]
    public void A_pooling_without_kernel_shape_is_refused() => Assert.Contains("kernel_shape", Of("MaxPool", 17, [1, 1, 4, 4], []).Refusal());

    private static OnnxFile Pool(string op, int[] x, int[] kernel, params (string Name, object Value)[] attributes) =>
        Of(op, 17, x, [], [("kernel_shape", kernel), .. attributes]);
}

using KernelGen.Model;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.OperatorFiles;

namespace KernelGen.Onnx.Tests;

/// <summary>Resize, Upsample, DepthToSpace and SpaceToDepth in all their forms, against ONNX Runtime.</summary>
public class ResizeOperatorTests
{
    private static readonly string[] Coordinates =
        ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"];

    private static readonly Dictionary<string, OnnxFile> Others = new()
    {
        ["Upsample 7, nearest"] = Of("Upsample", 7, [1, 2, 3, 4], [], ("scales", new[] { 1f, 1, 2, 3 })),
        ["Upsample 7, linear"] = Of("Upsample", 7, [1, 2, 3, 4], [], ("scales", new[] { 1f, 1, 2, 3 }), ("mode", "linear")),
        ["Upsample 9, nearest"] = WithScales("Upsample", 9, [2, 2, 3, 4], 1f, 1, 1.5f, 2.3f),
        ["Resize 10, up"] = WithScales("Resize", 10, [1, 2, 3, 4], 1f, 1, 2.6f, 2),
        ["Resize 10, down"] = WithScales("Resize", 10, [1, 2, 6, 8], 1f, 1, 0.6f, 0.5f),
        ["Resize 10, linear"] = WithScales("Resize", 10, [1, 2, 3, 4], [1f, 1, 2, 1.5f], ("mode", "linear")),
        ["TensorFlow's half pixels"] = Scaled(
            11, [1, 1, 5, 7], [1, 1, 2f, 0.6f], "nearest", ("coordinate_transformation_mode", "tf_half_pixel_for_nn")),
        ["cropped"] = Cropped([1, 1, 6, 8], [1, 1, 4, 5], [0, 0, 0.2f, 0.3f, 1, 1, 0.7f, 0.9f], "linear"),
        ["cropped beyond the input"] = Cropped(
            [1, 1, 6, 8], [1, 1, 7, 9], [0, 0, -0.3f, 0.4f, 1, 1, 1.2f, 1.5f], "linear", ("extrapolation_value", 10f)),
        ["cropped, nearest"] = Cropped([1, 1, 6, 8], [1, 1, 4, 5], [0, 0, 0.25f, 0.3f, 1, 1, 0.75f, 0.9f], "nearest"),
        ["cubic, own parameter"] = Scaled(13, [1, 2, 5, 6], [1, 1, 1.6f, 2], "cubic", ("cubic_coeff_a", -0.5f)),
        ["cubic, outside excluded"] = Scaled(13, [1, 2, 5, 6], [1, 1, 0.7f, 2], "cubic", ("exclude_outside", 1)),
        ["linear, smoothed"] = Scaled(18, [1, 2, 9, 8], [1, 1, 0.6f, 0.5f], "linear", ("antialias", 1)),
        ["cubic, smoothed"] = Scaled(18, [1, 2, 12, 9], [1, 1, 0.5f, 0.5f], "cubic", ("antialias", 1), ("exclude_outside", 1)),
        ["some axes by scales"] = Scaled(18, [1, 2, 5, 6], [2f, 1.5f], "nearest", ("axes", new[] { 3, 2 })),
        ["some axes by sizes"] = Sized(18, [1, 2, 5, 6], [10, 4], "linear", ("axes", new[] { 2, 3 })),
        ["not larger"] = Sized(18, [1, 2, 5, 6], [8, 7], "linear", ("axes", new[] { 2, 3 }), ("keep_aspect_ratio_policy", "not_larger")),
        ["not smaller"] = Sized(18, [1, 2, 5, 6], [8, 7], "nearest", ("axes", new[] { 2, 3 }), ("keep_aspect_ratio_policy", "not_smaller")),
        ["maps too"] = Sized(13, [1, 2, 3, 4], [1, 4, 3, 4], "nearest"),
        ["a batch"] = Sized(13, [2, 2, 3, 4], [2, 2, 6, 6], "linear"),
        ["DepthToSpace"] = Of("DepthToSpace", 13, [1, 8, 2, 3], [], ("blocksize", 2)),
        ["DepthToSpace, columns first"] = Of("DepthToSpace", 13, [2, 18, 2, 3], [], ("blocksize", 3), ("mode", "CRD")),
        ["SpaceToDepth"] = Of("SpaceToDepth", 13, [1, 2, 4, 6], [], ("blocksize", 2)),
        ["SpaceToDepth of a batch"] = Of("SpaceToDepth", 13, [2, 2, 6, 3], [], ("blocksize", 3)),
    };

    public static TheoryData<string> Forms => [.. Others.Keys];

    public static TheoryData<string, string> NearestForms => Pairs("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

    public static TheoryData<string, string> SmoothForms => Pairs("linear", "cubic");

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_resized_or_rearranged_tensor_is_what_ONNX_Runtime_gives(string form) => OnnxRuntimeReference.AssertSame(Others[form]);

    [Theory]
    [MemberData(nameof(NearestForms))]
    public void The_nearest_element_is_the_one_that_ONNX_Runtime_takes(string coordinates, string nearest)
    {
        foreach (var (height, width) in new[] { (10, 21), (5, 7), (4, 4), (1, 2), (13, 6) })
        {
            OnnxRuntimeReference.AssertSame(Sized(
                19, [1, 1, 5, 7], [1, 1, height, width], "nearest", ("coordinate_transformation_mode", coordinates), ("nearest_mode", nearest)));
        }

        OnnxRuntimeReference.AssertSame(Scaled(
            19, [1, 1, 5, 7], [1, 1, 2, 3], "nearest", ("coordinate_transformation_mode", coordinates), ("nearest_mode", nearest)));
    }

    [Theory]
    [MemberData(nameof(SmoothForms))]
    public void Interpolation_gives_what_ONNX_Runtime_gives(string coordinates, string mode)
    {
        foreach (var (height, width) in new[] { (10, 21), (5, 7), (4, 4), (1, 2), (13, 6) })
        {
            OnnxRuntimeReference.AssertSame(Sized(19, [1, 2, 5, 7], [1, 2, height, width], mode, ("coordinate_transformation_mode", coordinates)));
        }
    }

    [Fact]
    public void An_axis_that_keeps_its_length_is_left_alone()
    {
        var layers = Others["some axes by sizes"].Import().Description!.Layers;
        Assert.Equal([1, 2], layers.Select(l => l.Operator).OfType<Resample>().Select(r => r.Axis));
        Assert.Single(Sized(13, [1, 2, 3, 4], [1, 2, 3, 8], "linear").Import().Description!.Layers);
    }

    [Theory]
    [InlineData(1f, 1f, 0f, 2f)]
    [InlineData(1f, 1f, -1f, 2f)]
    [InlineData(1f, 1f, 0.1f, 2f)]
    [InlineData(1f, 1f, 1e30f, 2f)]
    [InlineData(1f, 1f, float.NaN, 2f)]
    public void Scales_that_leave_nothing_or_too_much_are_refused(params float[] scales) =>
        Assert.Contains("Axis 2", Scaled(13, [1, 1, 3, 4], scales, "linear").Refusal());

    [Fact]
    public void Unknown_modes_are_refused()
    {
        Assert.Contains("'area'", Scaled(13, [1, 1, 3, 4], [1, 1, 2, 2], "area").Refusal());
        Assert.Contains("'middle'", Scaled(13, [1, 1, 3, 4], [1, 1, 2, 2], "nearest", ("nearest_mode", "middle")).Refusal());
        Assert.Contains("'corner'", Scaled(13, [1, 1, 3, 4], [1, 1, 2, 2], "linear", ("coordinate_transformation_mode", "corner")).Refusal());
    }

    [Fact]
    public void Blocks_that_do_not_fit_are_refused()
    {
        Assert.Contains("6 maps", Of("DepthToSpace", 13, [1, 6, 2, 3], [], ("blocksize", 2)).Refusal());
        Assert.Contains("5 × 6 pixels", Of("SpaceToDepth", 13, [1, 2, 5, 6], [], ("blocksize", 2)).Refusal());
    }

    private static TheoryData<string, string> Pairs(params string[] modes)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var coordinates in Coordinates)
        {
            foreach (var mode in modes)
            {
                pairs.Add(coordinates, mode);
            }
        }

        return pairs;
    }

    private static OnnxFile WithScales(string op, int opset, int[] x, params float[] scales) => WithScales(op, opset, x, scales, []);

    private static OnnxFile WithScales(string op, int opset, int[] x, float[] scales, params (string Name, object Value)[] attributes) =>
        new OnnxFile(opset).Input("x", x).Initializer("scales", [scales.Length], scales).Node(op, ["x", "scales"], ["y"], attributes).Output("y");

    private static OnnxFile Scaled(int opset, int[] x, float[] scales, string mode, params (string Name, object Value)[] attributes) =>
        new OnnxFile(opset).Input("x", x)
            .Initializer("roi", [0], Array.Empty<float>())
            .Initializer("scales", [scales.Length], scales)
            .Node("Resize", ["x", "roi", "scales"], ["y"], [("mode", mode), .. attributes])
            .Output("y");

    private static OnnxFile Sized(int opset, int[] x, long[] sizes, string mode, params (string Name, object Value)[] attributes) =>
        new OnnxFile(opset).Input("x", x)
            .Initializer("sizes", [sizes.Length], sizes)
            .Node("Resize", ["x", "", "", "sizes"], ["y"], [("mode", mode), .. attributes])
            .Output("y");

    private static OnnxFile Cropped(int[] x, long[] sizes, float[] region, string mode, params (string Name, object Value)[] attributes) =>
        new OnnxFile(13).Input("x", x)
            .Initializer("roi", [region.Length], region)
            .Initializer("sizes", [sizes.Length], sizes)
            .Node(
                "Resize", ["x", "roi", "", "sizes"], ["y"], [("mode", mode), ("coordinate_transformation_mode", "tf_crop_and_resize"), .. attributes])
            .Output("y");
}

using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Operators that move elements give exactly what ONNX Runtime gives.</summary>
public class ShapeOperatorTests
{
    private static readonly Dictionary<string, OnnxFile> Forms = new()
    {
        ["Reshape: 0 and -1"] = Unary(17, [1, 3, 4, 5], "Reshape", [[0, -1, 5]]),
        ["Reshape: a batch of 2"] = Unary(17, [2, 3, 4], "Reshape", [[4, 6]]),
        ["Reshape: only 1s"] = Unary(17, [1, 3, 4], "Reshape", [[3, 4, 1, 1]]),
        ["Reshape: of a reshape"] = Unary(17, [1, 3, 4], "Reshape", [[12]]).Initializer("back", [3], 1L, 3L, 4L)
            .Node("Reshape", ["y", "back"], ["z"]).Node("Neg", ["z"], ["w"]).Output("w"),
        ["Flatten"] = Unary(17, [1, 3, 4, 5], "Flatten", []),
        ["Flatten: axis 0"] = Unary(17, [2, 3, 4], "Flatten", [], ("axis", 0)),
        ["Flatten: axis -1"] = Unary(17, [2, 3, 4], "Flatten", [], ("axis", -1)),
        ["Flatten: axis 3"] = Unary(17, [2, 3, 4], "Flatten", [], ("axis", 3)),
        ["Squeeze: attribute"] = Unary(11, [1, 3, 1, 5], "Squeeze", [], ("axes", new[] { -2 })),
        ["Squeeze: input"] = Unary(13, [1, 3, 1, 5], "Squeeze", [[0, 2]]),
        ["Squeeze: all"] = Unary(13, [1, 3, 1, 5], "Squeeze", []),
        ["Unsqueeze: attribute"] = Unary(11, [3, 4], "Unsqueeze", [], ("axes", new[] { 0, 2 })),
        ["Unsqueeze: input"] = Unary(13, [1, 4], "Unsqueeze", [[-1, 1]]),
        ["Transpose: default"] = Unary(17, [1, 3, 4, 5], "Transpose", []),
        ["Transpose: NHWC"] = Unary(17, [1, 3, 4, 5], "Transpose", [], ("perm", new[] { 0, 2, 3, 1 })),
        ["Transpose: a batch of 2"] = Unary(17, [2, 3, 4, 5], "Transpose", [], ("perm", new[] { 1, 0, 3, 2 })),
        ["Transpose: an axis of 1"] = Unary(17, [1, 3, 1, 5], "Transpose", [], ("perm", new[] { 0, 2, 1, 3 })),
        ["Expand"] = Unary(17, [1, 3, 1, 5], "Expand", [[2, 1, 4, 5]]),
        ["Expand: to a smaller shape"] = Unary(17, [1, 3, 4, 5], "Expand", [[4, 1]]),
        ["Expand: to more axes"] = Unary(17, [3, 1], "Expand", [[1, 2, 3, 4]]),
        ["Tile"] = Unary(17, [1, 3, 1, 5], "Tile", [[1, 2, 3, 1]]),
        ["Tile: the batch"] = Unary(17, [1, 3, 2], "Tile", [[2, 1, 2]]),
        ["Tile: a batch of 2"] = Unary(17, [2, 3], "Tile", [[2, 2]]),
        ["Concat: maps"] = Joined(1, [1, 3, 4], [1, 2, 4], [1, 1, 4]),
        ["Concat: the batch"] = Joined(0, [1, 3, 4], [2, 3, 4]),
        ["Concat: last axis"] = Joined(-1, [2, 3, 4], [2, 3, 1]),
        ["Concat: one"] = Joined(1, [1, 3, 4]),
        ["Slice: attributes"] = Unary(9, [1, 5, 6], "Slice", [], ("starts", new[] { 1, -4 }), ("ends", new[] { 3, 100 }), ("axes", new[] { 1, 2 })),
        ["Slice: inputs"] = Unary(13, [1, 5, 6], "Slice", [[1, 1], [5, -1], [1, 2], [2, 3]]),
        ["Slice: backwards"] = Unary(13, [1, 5, 6], "Slice", [[-1, 100], [long.MinValue, 0], [1, -1], [-1, -2]]),
        ["Slice: all of the batch"] = Unary(13, [1, 5, 6], "Slice", [[-1, 0], [long.MaxValue, 2]]),
        ["Slice: steps beyond the axis"] = Unary(13, [2, 5, 6], "Slice", [[1, 4], [2, -100], [0, 1], [long.MaxValue, -100]]),
        ["Split: default"] = Parts(11, [1, 6, 4], [3, 3], null, ("axis", 1)),
        ["Split: attribute"] = Parts(11, [1, 6, 4], [1, 5], null, ("axis", 1), ("split", new[] { 1, 5 })),
        ["Split: input"] = Parts(13, [1, 6, 4], [4, 2], [4, 2], ("axis", -2)),
        ["Split: the batch"] = Parts(13, [4, 3], [1, 3], [1, 3]),
        ["Split: uneven"] = Parts(18, [1, 7], [3, 3, 1], null, ("axis", 1), ("num_outputs", 3)),
        ["Gather: maps"] = Unary(17, [1, 5, 4], "Gather", [[0, 4, -1, 2]], ("axis", 1)),
        ["Gather: last axis"] = Unary(17, [2, 5, 4], "Gather", [[3, 3]], ("axis", -1)),
        ["Gather: the batch"] = Unary(17, [3, 5], "Gather", [[2, 0]]),
        ["Gather: of a batch of 1"] = Unary(17, [1, 5], "Gather", [[0, 0]]),
        ["Gather: equal distances"] = Unary(17, [1, 7], "Gather", [[5, 3, 1]], ("axis", 1)),
        ["Gather: a scalar"] = new OnnxFile().Input("x", 1, 5, 4).Initializer("i", [], -2L).Node("Gather", ["x", "i"], ["y"], ("axis", 1)).Output("y"),
        ["Gather: a matrix"] = new OnnxFile().Input("x", 1, 5, 4).Initializer("i", [2, 2], 1L, 0L, 3L, 3L)
            .Node("Gather", ["x", "i"], ["y"], ("axis", 1)).Output("y"),
        ["GatherElements"] = new OnnxFile().Input("x", 2, 3, 4).Initializer("i", [1, 2, 4], 0L, -1L, 2L, 1L, 2L, 0L, 1L, 1L)
            .Node("GatherElements", ["x", "i"], ["y"], ("axis", 1)).Output("y"),
        ["GatherND"] = new OnnxFile().Input("x", 2, 3, 4).Initializer("i", [2, 2], 0L, 2L, 1L, -1L).Node("GatherND", ["x", "i"], ["y"]).Output("y"),
        ["GatherND: batches"] = new OnnxFile().Input("x", 2, 3, 4).Initializer("i", [2, 2, 1], 0L, 2L, 1L, 1L)
            .Node("GatherND", ["x", "i"], ["y"], ("batch_dims", 1)).Output("y"),
        ["ScatterElements"] = new OnnxFile().Input("x", 1, 5).Input("u", 1, 2).Initializer("i", [1, 2], -1L, 1L)
            .Node("ScatterElements", ["x", "i", "u"], ["y"], ("axis", 1)).Output("y"),
        ["Scatter"] = new OnnxFile(10).Input("x", 1, 5).Input("u", 1, 2).Initializer("i", [1, 2], 3L, 1L)
            .Node("Scatter", ["x", "i", "u"], ["y"], ("axis", 1)).Output("y"),
        ["ScatterND"] = new OnnxFile().Input("x", 4, 3).Input("u", 2, 3).Initializer("i", [2, 1], 3L, 0L)
            .Node("ScatterND", ["x", "i", "u"], ["y"]).Output("y"),
        ["Pad: attributes"] = Unary(10, [1, 3, 4], "Pad", [], ("pads", new[] { 0, 1, 0, 0, 0, 2 }), ("value", 1.5f)),
        ["Pad: a value"] = new OnnxFile(13).Input("x", 1, 3, 4).Initializer("p", [6], 0L, 0L, 2L, 0L, 1L, 0L).Initializer("v", [], -2.5f)
            .Node("Pad", ["x", "p", "v"], ["y"]).Output("y"),
        ["Pad: the batch"] = Unary(13, [1, 3, 4], "Pad", [[1, 0, 0, 1, 0, 0]]),
        ["Pad: crop"] = Unary(13, [1, 3, 4], "Pad", [[0, -1, 1, 0, 0, -2]]),
        ["Pad: axes"] = new OnnxFile(18).Input("x", 1, 3, 4).Initializer("p", [2], 1L, 2L).Initializer("a", [1], -1L)
            .Node("Pad", ["x", "p", "", "a"], ["y"]).Output("y"),
        ["Pad: edge"] = Unary(13, [1, 3, 4, 5], "Pad", [[0, 0, 1, 3, 0, 0, 2, 0]], ("mode", "edge")),
        ["Pad: reflect"] = Unary(13, [1, 3, 4, 5], "Pad", [[0, 0, 1, 3, 0, 2, 2, 0]], ("mode", "reflect")),
        ["Pad: wrap"] = Unary(19, [1, 3, 4], "Pad", [[0, 2, 1, 0, 1, 3]], ("mode", "wrap")),
    };

    public static TheoryData<string> All => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void Elements_are_moved_as_ONNX_Runtime_moves_them(string form) => OnnxRuntimeReference.AssertSame(Forms[form], tolerance: 0);

    [Fact]
    public void A_transpose_that_moves_axes_of_1_only_is_a_reshape()
    {
        var description = Unary(17, [1, 3, 1, 5], "Transpose", [], ("perm", new[] { 0, 2, 1, 3 })).Import().Description!;
        Assert.Equal(new Reshape(new Shape(1, 3, 5)), Assert.Single(description.Layers).Operator);
    }

    [Fact]
    public void The_batch_of_1_is_left_out_of_what_does_not_touch_it()
    {
        var description = Unary(17, [1, 3, 4, 5], "Transpose", [], ("perm", new[] { 0, 2, 3, 1 })).Import().Description!;
        Assert.Equal(new Transpose([1, 2, 0]), Assert.Single(description.Layers).Operator);
    }

    [Fact]
    public void The_old_forms_of_tile_and_pad_are_read()
    {
        float[] x = [1, 2, 3, 4];
        var tile = new OnnxFile(5).Input("x", 1, 2, 2).Initializer("n", [1], 2L).Initializer("a", [1], 1L)
            .Node("Tile", ["x", "n", "a"], ["y"]).Output("y");
        Assert.Equal([1f, 2, 3, 4, 1, 2, 3, 4], Run(tile, x));

        var pad = new OnnxFile(1).Input("x", 2, 2).Node("Pad", ["x"], ["y"], ("paddings", new[] { 0, 1, 0, 0 }), ("value", 7f)).Output("y");
        Assert.Equal([7f, 1, 2, 7, 3, 4], Run(pad, x));

        var reshape = new OnnxFile(1).Input("x", 1, 4).Node("Reshape", ["x"], ["y"], ("shape", new[] { 2, 2 })).Output("y");
        Assert.Equal(x, Run(reshape, x));
    }

    [Theory]
    [InlineData("Slice", new long[] { 3 }, new long[] { 3 }, "no elements")]
    [InlineData("Reshape", new long[] { 5 }, null, "12 elements")]
    [InlineData("Reshape", new long[] { -1, -1 }, null, "at most one")]
    [InlineData("Gather", new long[] { 4 }, null, "out of range")]
    [InlineData("Expand", new long[] { 5, 4 }, null, "broadcast")]
    [InlineData("Tile", new long[] { 2 }, null, "one per axis")]
    [InlineData("Pad", new long[] { 0, 0, 0, -4 }, null, "no elements")]
    [InlineData("Squeeze", new long[] { 0 }, null, "only axes of 1")]
    public void What_cannot_be_is_named(string op, long[] first, long[]? second, string message)
    {
        var file = Unary(17, [3, 4], op, second is null ? [first] : [first, second]);
        Assert.Contains(message, Assert.Single(file.Import().Errors).Message);
    }

    [Fact]
    public void Indices_that_are_computed_are_refused()
    {
        var file = new OnnxFile().Input("x", 3, 4).Node("ArgMax", ["x"], ["i"]).Node("Gather", ["x", "i"], ["y"]).Output("y");
        Assert.Contains("known at import", Assert.Single(file.Import().Errors).Message);
    }

    /// <summary>A node of one input, and integers as further ones.</summary>
    private static OnnxFile Unary(long opset, int[] shape, string op, long[][] integers, params (string Name, object Value)[] attributes)
    {
        var file = new OnnxFile(opset).Input("x", shape);
        for (var i = 0; i < integers.Length; i++)
        {
            file.Initializer($"i{i}", [integers[i].Length], integers[i]);
        }

        return file.Node(op, ["x", .. integers.Select((_, i) => $"i{i}")], ["y"], attributes).Output("y");
    }

    private static OnnxFile Joined(int axis, params int[][] shapes)
    {
        var file = new OnnxFile();
        for (var i = 0; i < shapes.Length; i++)
        {
            file.Input($"x{i}", shapes[i]);
        }

        return file.Node("Concat", shapes.Select((_, i) => $"x{i}").ToArray(), ["y"], ("axis", axis)).Output("y");
    }

    private static OnnxFile Parts(long opset, int[] shape, int[] parts, long[]? sizes, params (string Name, object Value)[] attributes)
    {
        var file = new OnnxFile(opset).Input("x", shape);
        if (sizes is not null)
        {
            file.Initializer("sizes", [sizes.Length], sizes);
        }

        var outputs = parts.Select((_, i) => $"y{i}").ToArray();
        file.Node("Split", sizes is null ? ["x"] : ["x", "sizes"], outputs, attributes);
        foreach (var output in outputs)
        {
            file.Output(output);
        }

        return file;
    }

    private static float[] Run(OnnxFile file, float[] x)
    {
        var result = file.Import();
        Assert.Empty(result.Errors);
        return Interpreter.Run(NetworkGraph.Create(result.Description!), [x])[0];
    }
}

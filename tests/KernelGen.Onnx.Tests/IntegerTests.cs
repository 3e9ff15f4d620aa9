using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Integers are computed with at import, with the standard's meaning.</summary>
public class IntegerTests
{
    [Theory]
    [InlineData("Add", new[] { 5f, -9 })]
    [InlineData("Sub", new[] { 9f, -5 })]
    [InlineData("Mul", new[] { -14f, 14 })]
    [InlineData("Div", new[] { -3f, 3 })]
    [InlineData("Mod", new[] { -1f, -1 })]
    [InlineData("Min", new[] { -2f, -7 })]
    [InlineData("Max", new[] { 7f, -2 })]
    [InlineData("Equal", new[] { 0f, 0 })]
    [InlineData("Less", new[] { 0f, 1 })]
    [InlineData("Greater", new[] { 1f, 0 })]
    [InlineData("LessOrEqual", new[] { 0f, 1 })]
    [InlineData("GreaterOrEqual", new[] { 1f, 0 })]
    public void Functions_of_two_integers(string op, float[] expected) => Assert.Equal(expected, Value(Two().Node(op, ["a", "b"], ["y"])));

    [Fact]
    public void The_remainder_like_c_has_the_sign_of_the_dividend() =>
        Assert.Equal([1f, -1], Value(Two().Node("Mod", ["a", "b"], ["y"], ("fmod", 1))));

    [Fact]
    public void Integers_of_few_bits_wrap_as_in_c() => Assert.Equal([-128f, 1], Value(File()
        .Initializer(OnnxFile.Tensor("a", ElementType.Int8, [2], 127, 0))
        .Initializer(OnnxFile.Tensor("b", ElementType.Int8, [1], 1))
        .Node("Add", ["a", "b"], ["y"])));

    [Fact]
    public void Shapes_are_broadcast() => Assert.Equal([11f, 12, 21, 22], Value(File()
        .Initializer("a", [2, 1], 10L, 20L)
        .Initializer("b", [2], 1L, 2L)
        .Node("Add", ["a", "b"], ["y"])));

    [Fact]
    public void Conditions_choose() => Assert.Equal([7f, -2], Value(Two()
        .Node("Less", ["b", "a"], ["c"])
        .Node("Where", ["c", "a", "b"], ["y"])));

    [Fact]
    public void Booleans_are_combined() => Assert.Equal([1f, 0], Value(File()
        .Initializer(OnnxFile.Tensor("a", ElementType.Bool, [2], 1, 1))
        .Initializer(OnnxFile.Tensor("b", ElementType.Bool, [2], 0, 1))
        .Node("And", ["a", "b"], ["both"])
        .Node("Not", ["both"], ["no"])
        .Node("Or", ["no", "no"], ["y"])));

    [Fact]
    public void Either_but_not_both() => Assert.Equal([1f, 0], Value(File()
        .Initializer(OnnxFile.Tensor("a", ElementType.Bool, [2], 1, 1))
        .Initializer(OnnxFile.Tensor("b", ElementType.Bool, [2], 0, 1))
        .Node("Xor", ["a", "b"], ["y"])));

    [Fact]
    public void Positions_of_nonzero_elements() => Assert.Equal([0f, 1, 1, 0], Value(File()
        .Initializer("a", [2, 2], 0L, 5L, 6L, 0L)
        .Node("NonZero", ["a"], ["y"])));

    [Fact]
    public void Ranges_go_up_and_down()
    {
        Assert.Equal([1f, 3], Value(Bounds(1, 5, 2).Node("Range", ["start", "limit", "delta"], ["y"])));
        Assert.Equal([5f, 3, 1], Value(Bounds(5, 0, -2).Node("Range", ["start", "limit", "delta"], ["y"])));
    }

    [Fact]
    public void A_conversion_to_an_integer_cuts_the_fraction_off_and_wraps() => Assert.Equal([1f, 255, 44], Value(File()
        .Initializer("a", [3], 1.9f, -1.9f, 300f)
        .Initializer(OnnxFile.Tensor("byte", ElementType.UInt8, [], 0))
        .Node("Cast", ["a"], ["i"], ("to", (int)ElementType.Int64))
        .Node("CastLike", ["i", "byte"], ["y"])));

    [Fact]
    public void A_conversion_to_an_integer_at_run_time_is_refused()
    {
        var errors = File().Node("Cast", ["x"], ["y"], ("to", (int)ElementType.Int32)).Output("y").Import().Errors;
        Assert.Contains("run time", Assert.Single(errors).Message);
    }

    [Fact]
    public void Elements_are_moved_as_floats_are() => Assert.Equal([30f, 10, 20], Value(File()
        .Initializer("a", [1, 3], 10L, 20L, 30L)
        .Initializer("i", [3], 2L, 0L, 1L)
        .Initializer("minus", [1], -1L)
        .Node("Gather", ["a", "i"], ["g"], ("axis", 1))
        .Node("Transpose", ["g"], ["t"])
        .Node("Reshape", ["t", "minus"], ["y"])));

    [Fact]
    public void Nothing_reversed_is_nothing() => Assert.Equal([4f, 3], Value(File()
        .Initializer("none", [0], Array.Empty<long>())
        .Initializer("a", [2], 3L, 4L)
        .Initializer("first", [1], -1L)
        .Initializer("last", [1], long.MinValue)
        .Initializer("zero", [1], 0L)
        .Initializer("back", [1], -1L)
        .Node("Slice", ["none", "first", "last", "zero", "back"], ["n"])
        .Node("Slice", ["a", "first", "last", "zero", "back"], ["b"])
        .Node("Concat", ["n", "b"], ["y"], ("axis", 0))));

    [Fact]
    public void Large_integers_are_moved_exactly() => Assert.Equal([1f], Value(File()
        .Initializer("a", [2], 0L, long.MaxValue)
        .Initializer("one", [], 1L)
        .Initializer("much", [], long.MaxValue - 1)
        .Node("Gather", ["a", "one"], ["g"])
        .Node("Sub", ["g", "much"], ["y"])));

    [Fact]
    public void Products_of_lengths() => Assert.Equal([24f], Value(File()
        .Initializer("a", [3], 2L, 3L, 4L)
        .Node("ReduceProd", ["a"], ["y"], ("keepdims", 0))));

    [Fact]
    public void The_size_and_parts_of_a_shape_with_the_batch()
    {
        Assert.Equal([4f], Value(File().Node("Size", ["x"], ["y"])));
        Assert.Equal([1f, 2], Value(File().Node("Shape", ["x"], ["y"], ("end", -1))));
    }

    private static OnnxFile File() => new OnnxFile(17).Input("x", 1, 2, 2);

    private static OnnxFile Two() => File().Initializer("a", [2], 7L, -7L).Initializer("b", [2], -2L, -2L);

    private static OnnxFile Bounds(long start, long limit, long delta) =>
        File().Initializer("start", [], start).Initializer("limit", [], limit).Initializer("delta", [], delta);

    /// <summary>What the output y is, whatever the input.</summary>
    private static float[] Value(OnnxFile file)
    {
        var result = file.Output("y").Import();
        Assert.Empty(result.Errors);
        return Interpreter.Run(NetworkGraph.Create(result.Description!), [new float[4]])[0];
    }
}

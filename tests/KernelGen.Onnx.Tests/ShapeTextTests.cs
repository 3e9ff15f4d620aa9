namespace KernelGen.Onnx.Tests;

public class ShapeTextTests
{
    [Fact]
    public void Names_may_have_the_sign_in_them_and_lengths_spaces_around_them()
    {
        var shapes = ShapeText.Parse(["input=1x3x240x320", "a=b:0=7", "c = 1 x 2"]);

        Assert.Equal(["a=b:0", "c", "input"], shapes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1, 3, 240, 320], shapes["input"]);
        Assert.Equal([7], shapes["a=b:0"]);
        Assert.Equal([1, 2], shapes["c"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("input")]
    [InlineData("=1x3")]
    [InlineData("input=")]
    [InlineData("input=1x")]
    [InlineData("input=1x0")]
    [InlineData("input=1x-3")]
    [InlineData("input=1,3")]
    [InlineData("input=1x99999999999")]
    public void Anything_else_is_refused_with_an_example(string text)
    {
        var refused = Assert.Throws<FormatException>(() => ShapeText.Parse([text]));

        Assert.Contains($"'{text}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("e.g. input=1x3x240x320", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_has_one_shape() =>
        Assert.Equal("The input 'x' has been given a shape twice.", Assert.Throws<FormatException>(() => ShapeText.Parse(["x=1", "x=1"])).Message);
}

using KernelGen.Benchmarks.Rivals;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Search.Tests.Study;

/// <summary>What generated code is measured against must be right, or its time means nothing.</summary>
public class LoweredConvolutionTests
{
    [Theory]
    [InlineData(5, 1, 0, 12)]
    [InlineData(3, 1, 1, 9)]
    [InlineData(3, 2, 1, 17)]
    [InlineData(3, 2, 0, 16)]
    public void Both_lowered_products_agree_with_the_reference(int kernel, int stride, int padding, int size)
    {
        var window = Window.Square(kernel, stride, padding);
        foreach (var taps in new[] { 1, 2, 3 })
        {
            var (description, conv, image) = Layer(window, size, taps);
            var expected = Interpreter.Run(NetworkGraph.Create(description), [image])[0];
            var sparse = new CsrConvolution(conv, description.Inputs[0].Shape);
            sparse.Run(image);
            using var reduced = new ProductConvolution(conv, description.Inputs[0].Shape, isReduced: true);
            using var full = new ProductConvolution(conv, description.Inputs[0].Shape);

            foreach (var result in new[] { sparse.Result(), reduced.Compute(image), full.Compute(image) })
            {
                Assert.True(OutputComparison.Compare("layer", expected, result).IsWithin(OutputComparison.DefaultTolerance));
            }
        }
    }

    [Fact]
    public void Only_rows_that_some_weight_multiplies_are_lowered() =>
        Assert.Equal([0, 2], LoweredInput.RowsWithWeights([0, 0, 3, 0, 1, 0, 2, 0], 4));

    private static (NetworkDescription Description, Conv Conv, float[] Image) Layer(Window window, int size, int taps)
    {
        const int sources = 5;
        const int targets = 6;
        var random = new Random(size);
        var weights = Values(targets * sources * window.Area);
        EquatableArray<TapPattern> patterns = taps == 1 ? [] : [.. Enumerable.Range(0, sources).Select(i => (TapPattern)new StridedTaps(i % taps, taps))];
        var bits = Enumerable.Range(0, sources * targets).Select(_ => random.Next(4) != 0).ToEquatableArray();
        var conv = new Conv(
            targets, window, ConvWeights.FromDense(weights, targets, sources, 1, window.Area, new KernelMask(sources, targets, bits), patterns), new FloatData(Values(targets)));
        var description = new NetworkDescription(
            "layer",
            [new NetworkInput("in", new Shape(sources, size, size))],
            [new Layer("conv", conv, ["in"]), new Layer("relu", Activation.Relu, ["conv"])],
            ["relu"]);
        return (description, conv, Values(sources * size * size));

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }
}

using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Pruning;

public class GranularitiesTests
{
    [Theory]
    [InlineData("maps", Granularities.Maps, "maps")]
    [InlineData("strides, kernels", Granularities.Kernels | Granularities.Strides, "kernels,strides")]
    [InlineData("maps,kernels,strides", Granularities.All, "maps,kernels,strides")]
    public void Names_in_any_order_are_read_and_written_coarse_to_fine(string text, Granularities expected, string written)
    {
        Assert.Equal(expected, GranularitiesText.Parse(text));
        Assert.Equal(written, GranularitiesText.Format(expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("maps,")]
    [InlineData("maps,taps")]
    public void An_unknown_name_is_refused_with_those_that_there_are(string text)
    {
        var error = Assert.Throws<FormatException>(() => GranularitiesText.Parse(text));
        Assert.Contains("maps, kernels, strides", error.Message);
    }
}

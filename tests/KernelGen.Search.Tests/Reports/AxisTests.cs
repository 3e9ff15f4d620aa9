using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class AxisTests
{
    [Theory]
    [InlineData(3, 17.2)]
    [InlineData(0.001, 0.0043)]
    [InlineData(-5, 5)]
    [InlineData(12, 12)]
    [InlineData(8, 90)]
    [InlineData(0.02, 31_000)]
    public void HoldsEveryValueAndItsTicksAscend(double low, double high)
    {
        var axis = Axis.Of([low, high], 100, 500);
        Assert.InRange(axis.At(low), 99.999, 500.001);
        Assert.InRange(axis.At(high), 99.999, 500.001);
        Assert.True(axis.Ticks.Count is >= 2 and <= 25);
        Assert.Equal(axis.Ticks.Order(), axis.Ticks);
        Assert.All(axis.Ticks, t => Assert.InRange(axis.At(t), 99.999, 500.001));
    }

    [Fact]
    public void IsLogarithmicForWideRanges()
    {
        var axis = Axis.Of([1.0, 100.0], 0, 200);
        Assert.Equal(100, axis.At(10), 9);
    }

    [Theory]
    [InlineData(151.2, 153.4)]
    [InlineData(0.0001, 0.0003)]
    [InlineData(1, 5)]
    [InlineData(3, 900)]
    public void No_two_ticks_are_called_alike(double low, double high)
    {
        var axis = Axis.Of([low, high], 0, 200);
        Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(axis.Label).Distinct().Count());
    }
}

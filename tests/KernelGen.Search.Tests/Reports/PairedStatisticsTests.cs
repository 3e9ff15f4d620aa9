using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class PairedStatisticsTests
{
    /// <summary>Expected values: 2 · Σ C(n, k) / 2^n for k up to the smaller count, by hand.</summary>
    [Theory]
    [InlineData(0, 0, 1.0)]
    [InlineData(5, 5, 1.0)]
    [InlineData(1, 9, 2 * 11 / 1024.0)]
    [InlineData(9, 1, 2 * 11 / 1024.0)]
    [InlineData(0, 4, 0.125)]
    [InlineData(2, 8, 2 * 56 / 1024.0)]
    public void McNemarIsTheTwoSidedBinomialTail(int first, int second, double expected) =>
        Assert.Equal(expected, PairedStatistics.McNemar(first, second), 12);

    /// <summary>z = 100 / √10,000 = 1, with continuity correction 0.99: two-sided p of the normal is 0.3222.</summary>
    [Fact]
    public void McNemarHoldsForCountsWhoseProbabilitiesUnderflow() =>
        Assert.Equal(0.3222, PairedStatistics.McNemar(4950, 5050), 3);

    [Fact]
    public void StandardErrorIsBinomial() =>
        Assert.Equal(1.129, PairedStatistics.StandardError(150, 1000), 3);

    [Fact]
    public void PairedStandardErrorCountsDiscordantImagesOnly()
    {
        Assert.Equal(0, PairedStatistics.StandardErrorOfDifference(0, 0, 1000));
        Assert.Equal(100 * Math.Sqrt(93 - (169 / 2000.0)) / 2000, PairedStatistics.StandardErrorOfDifference(40, 53, 2000), 12);
    }
}

namespace KernelGen.Runtime.Tests;

public class OutputComparisonTests
{
    [Fact]
    public void The_largest_difference_is_held_against_the_largest_reference()
    {
        var result = OutputComparison.Compare("t", [1f, -4f, 2f], [1f, -4f, 2.5f]);

        Assert.Equal(0.5, result.MaxDifference);
        Assert.Equal(4, result.MaxReference);
        Assert.Equal(0.125, result.RelativeDifference);
        Assert.Equal((2, 2f, 2.5f), (result.WorstIndex, result.Expected, result.Actual));
        Assert.True(result.IsWithin(0.125));
        Assert.False(result.IsWithin(0.12));
    }

    [Fact]
    public void Equal_tensors_differ_by_nothing()
    {
        var result = OutputComparison.Compare("t", [0f, float.NaN, float.PositiveInfinity], [-0f, float.NaN, float.PositiveInfinity]);

        Assert.Equal(0, result.RelativeDifference);
        Assert.Equal(-1, result.WorstIndex);
        Assert.Equal(new UlpDistances(0, 0, 0, -1), result.Ulps);
    }

    [Theory]
    [InlineData(1f, float.NaN)]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.NegativeInfinity)]
    public void What_is_no_number_on_one_side_only_is_never_within_a_tolerance(float reference, float actual)
    {
        var result = OutputComparison.Compare("t", [reference, 1000f], [actual, 1000f]);

        Assert.False(result.IsWithin(1));
        Assert.Equal(0, result.WorstIndex);
    }

    [Fact]
    public void A_difference_from_a_reference_of_zeros_is_infinite() =>
        Assert.Equal(double.PositiveInfinity, OutputComparison.Compare("t", [0f], [1e-30f]).RelativeDifference);

    [Fact]
    public void Tensors_of_other_lengths_are_refused() =>
        Assert.Throws<ArgumentException>(() => OutputComparison.Compare("t", [0f], [0f, 0f]));

    [Theory]
    [InlineData(1f, 1f, 0)]
    [InlineData(0f, -0f, 0)]
    [InlineData(float.NaN, float.NaN, 0)]
    [InlineData(float.Epsilon, -float.Epsilon, 2)]
    [InlineData(-1f, 1f, 2L * 0x3f800000)]
    [InlineData(float.MaxValue, float.PositiveInfinity, 1)]
    public void Ulps_count_the_floats_between(float a, float b, long distance)
    {
        Assert.Equal(distance, OutputComparison.UlpDistance(a, b));
        Assert.Equal(distance, OutputComparison.UlpDistance(b, a));
    }

    [Fact]
    public void Ulps_are_summed_up_by_rank()
    {
        var reference = Enumerable.Repeat(1f, 200).ToArray();
        var actual = reference.ToArray();
        actual[7] = MathF.BitIncrement(1);
        actual[8] = MathF.BitIncrement(MathF.BitIncrement(1));
        actual[9] = 1.5f;

        Assert.Equal(new UlpDistances(0, 1, 0x400000, 9), OutputComparison.Compare("t", reference, actual).Ulps);
    }
}

using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class EarlyEndTests
{
    /// <summary>Two standard errors of a rate of 40 % are 4.4 points of 500 images, 1.8 of 3,000.</summary>
    [Theory]
    [InlineData(35, 500, true)]
    [InlineData(39, 500, true)]
    [InlineData(40, 500, false)]
    [InlineData(36, 3000, true)]
    [InlineData(37, 3000, false)]
    [InlineData(100, 500, false)]
    public void Candidates_are_given_up_when_they_are_surely_above_the_limit(double error, int images, bool goesOn) =>
        Assert.Equal(goesOn, new EarlyEnd(35).GoesOn(new Score(error, 0, 0, images)));

    /// <summary>No errors among few images do not mean that there are none, nor the other way round.</summary>
    [Fact]
    public void Few_images_without_or_with_nothing_but_errors_are_not_certain() =>
        Assert.True(new EarlyEnd(0).GoesOn(new Score(0, 0, 0, 100)) && new EarlyEnd(99).GoesOn(new Score(100, 0, 0, 10)));
}

using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class HypervolumeTests
{
    [Fact]
    public void The_front_of_nothing_beats_nothing() => Assert.Equal(0, Hypervolume.Of([], 1000, 4));

    /// <summary>Loss 2 at a quarter of the time: 2 × 0.75 of the box of 4 × 1; then loss 1 at half: 1 × 0.5 more.</summary>
    [Fact]
    public void Steps_of_the_front_add_up() => Assert.Equal((1.5 + 0.5) / 4, Hypervolume.Of([(2, 250), (1, 500)], 1000, 4), 12);

    [Fact]
    public void What_is_over_the_tolerance_or_slower_than_dense_counts_for_nothing() =>
        Assert.Equal(0, Hypervolume.Of([(5, 100), (1, 2000)], 1000, 4));

    [Fact]
    public void Less_error_than_dense_counts_as_no_loss() => Assert.Equal(0.5, Hypervolume.Of([(-1, 500)], 1000, 4), 12);

    [Fact]
    public void Points_in_any_order_count_once_whether_or_not_others_beat_them()
    {
        // Boxes from the corner (4 points, 200 µs): 3 × 0.5 of the first, then 1 × 0.25 more of the second; the third is beaten by both.
        (double, double)[] points = [(0, 150), (3.5, 190), (1, 100)];

        Assert.Equal(((3 * 0.5) + (1 * 0.25)) / 4, Hypervolume.Of(points, 200, 4), 12);
        Assert.Equal(((3 * 0.5) + (1 * 0.25)) / 4, Hypervolume.Of(points.Reverse(), 200, 4), 12);
    }
}

using KernelGen.Model;
using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class HypervolumeTests
{
    private static readonly Score Dense = new(10, 0.1, 1000, 1000);

    [Fact]
    public void The_front_of_nothing_beats_nothing() => Assert.Equal(0, Hypervolume.Of([], Dense, 4));

    [Fact]
    public void Steps_of_the_front_add_up()
    {
        // Loss 2 at a quarter of the time: 2 × 0.75 of the box of 4 × 1; then loss 1 at half: 1 × 0.5 more.
        EquatableArray<Particle> front = [At(12, 250), At(11, 500)];

        Assert.Equal((1.5 + 0.5) / 4, Hypervolume.Of(front, Dense, 4), 12);
    }

    [Fact]
    public void What_is_over_the_tolerance_or_slower_than_dense_counts_for_nothing() =>
        Assert.Equal(0, Hypervolume.Of([At(15, 100), At(11, 2000)], Dense, 4));

    [Fact]
    public void Less_error_than_dense_counts_as_no_loss() => Assert.Equal(0.5, Hypervolume.Of([At(9, 500)], Dense, 4), 12);

    [Fact]
    public void Points_in_any_order_count_once_whether_or_not_others_beat_them()
    {
        // Boxes from the corner (4 points, 200 µs): 3 × 0.5 of the first, then 1 × 0.25 more of the second; the third is beaten by both.
        (double, double)[] points = [(0, 150), (3.5, 190), (1, 100)];

        Assert.Equal(((3 * 0.5) + (1 * 0.25)) / 4, Hypervolume.Of(points, 200, 4), 12);
        Assert.Equal(((3 * 0.5) + (1 * 0.25)) / 4, Hypervolume.Of(points.Reverse(), 200, 4), 12);
    }

    [Fact]
    public void Particles_and_points_of_one_front_have_one_hypervolume()
    {
        EquatableArray<Particle> front = [At(12, 250), At(11, 500), At(9, 900)];
        Assert.Equal(Hypervolume.Of([(2, 250), (1, 500), (-1, 900)], 1000, 4), Hypervolume.Of(front, Dense, 4), 12);
    }

    private static Particle At(double error, double cycles) => new(null!, new Score(error, error / 100, cycles, 1000));
}

using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class RankingTests
{
    [Fact]
    public void Feasible_candidates_come_first_then_those_nobody_beats()
    {
        var fast = At(error: 14, loss: 0.9, microseconds: 10);
        var exact = At(11, 0.2, 90);
        var middle = At(12, 0.5, 40);
        var beaten = At(12, 0.6, 50);
        var wrong = At(30, 0.1, 5);
        var wronger = At(40, 0.1, 5);

        var order = new Ranking(errorLimit: 15).Order([wronger, beaten, wrong, middle, fast, exact]);

        Assert.Equal(new[] { 10.0, 40, 90 }, order.Take(3).Select(p => p.Score.Microseconds).Order());
        Assert.Equal([beaten, wrong, wronger], order.Skip(3));
    }

    [Fact]
    public void Among_equals_both_ends_come_first_then_those_with_most_room()
    {
        var front = new[] { At(10, 0.1, 1000), At(10, 0.11, 900), At(10, 0.5, 100), At(10, 0.9, 10) };
        var best = new Ranking(15).Best(front, 3);
        Assert.Contains(front[0], best);
        Assert.Contains(front[3], best);
        Assert.Contains(front[2], best);
    }

    private static Particle At(double error, double loss, double microseconds) => new(null!, new Score(error, loss, microseconds, 100));
}

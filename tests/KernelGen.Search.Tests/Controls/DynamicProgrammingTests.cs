using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Controls;

public class DynamicProgrammingTests
{
    /// <summary>Of a network whose losses add up and whose times multiply over its three channel groups.</summary>
    private static readonly double[] Weights = [0.5, 0.1, 0.25];

    private static readonly Score Dense = new(10, 0.2, 100, 1000);

    private readonly PruningSpace space = PruningSpace.Create(SmallNetworks.Create(SmallNetworks.Wide));

    [Fact]
    public void Combinations_are_optimal_where_losses_add_and_times_multiply()
    {
        var singles = Singles(Granularities.Maps, 1000).Select(Scored).ToList();
        var combinations = DynamicProgramming.Combine(space, singles, Dense, 50).Select(Scored).ToList();
        var everything = Every(singles.Select(s => s.Genome).Append(space.Full).ToList()).Select(Scored).ToList();

        Assert.InRange(combinations.Count, 25, 50);
        Assert.All(combinations, found => Assert.DoesNotContain(
            everything, other => other.Score.Loss < found.Score.Loss - 1e-9 && other.Score.Microseconds < found.Score.Microseconds * 0.99));
        Assert.Equal(combinations.OrderByDescending(p => p.Score.Microseconds), combinations);
    }

    [Fact]
    public void Networks_worse_than_guessing_are_not_combined()
    {
        // Four classes: ln 4 ≈ 1.39 nats more than the dense network's at most.
        var singles = Singles(Granularities.Maps, 1000).Select(Scored).Select(p => p with { Score = p.Score with { Loss = 0.2 + (20 * (p.Score.Loss - 0.2)) } });
        var losses = DynamicProgramming.Combine(space, singles.ToList(), Dense, 50).Select(g => 20 * (Scored(g).Score.Loss - 0.2)).ToList();
        Assert.InRange(losses.Max(), 0.7, Math.Log(4));
    }

    [Fact]
    public void Nothing_is_combined_of_layers_that_save_no_time()
    {
        var singles = Singles(Granularities.All, 1000).Select(g => new Particle(g, Dense with { Microseconds = 101 })).ToList();
        Assert.Empty(DynamicProgramming.Combine(space, singles, Dense, 50));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20)]
    [InlineData(6)]
    [InlineData(2)]
    public void Options_get_coarser_until_they_fit(int most)
    {
        var singles = Singles(Granularities.All, most);
        Assert.InRange(singles.Count, Math.Min(most, 6) * 2 / 3, most);
        Assert.Equal(singles.Count, singles.Distinct().Count());
        Assert.All(singles, g => Assert.Equal(g, GenomeSettling.Settle(space, g)));
    }

    [Fact]
    public void Each_of_two_convolutions_and_three_groups_has_its_options()
    {
        // Seven widths for each group; three densities and strides 2 and 3 for each convolution, and for the larger one densities in blocks.
        Assert.Equal((3 * 7) + (3 + 2) + (3 + 3 + 2), Singles(Granularities.All, 1000).Count);
    }

    private IReadOnlyList<Genome> Singles(Granularities granularities, int most) => DynamicProgramming.Singles(
        space, Importance.Magnitude(space), granularities, most);

    private Particle Scored(Genome genome)
    {
        var (loss, time) = (Dense.Loss, Dense.Microseconds);
        for (var g = 0; g < Weights.Length; g++)
        {
            var share = genome.Units[g].Count(k => k) / (double)genome.Units[g].Count;
            loss += Weights[g] * (1 - share) * (1 - share) * 0.3;
            time *= Math.Pow(share, 0.2 + (0.3 * g));
        }

        return new Particle(genome, new Score(Dense.Error, loss, time, 1000));
    }

    /// <summary>Every combination of the widths of the three groups.</summary>
    private IEnumerable<Genome> Every(IReadOnlyList<Genome> singles) =>
        from first in singles.Select(s => s.Units[0]).Distinct()
        from second in singles.Select(s => s.Units[1]).Distinct()
        from third in singles.Select(s => s.Units[2]).Distinct()
        select space.Full with { Units = [first, second, third] };
}

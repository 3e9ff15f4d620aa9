using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Evolution;

public class CapacityTests
{
    private readonly PruningSpace space = PruningSpace.Create(SmallNetworks.Create("lenet"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1.5)]
    public void A_candidate_is_handicapped_by_the_multiply_adds_that_it_lacks(double exponent)
    {
        var capacity = new Capacity(space, exponent);
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, 3));
        var left = SparsityCounts.Of(space, genome).MacsLeft / (double)SparsityCounts.Of(space, space.Full).MacsLeft;

        Assert.InRange(left, 0.01, 0.99);
        Assert.Equal(1, capacity.Handicap(space.Full));
        Assert.Equal(Math.Pow(1 / left, exponent), capacity.Handicap(genome), 1e-9);
    }

    /// <summary>The least loss that there is, the entropy of the dense network's own probabilities, is not multiplied.</summary>
    [Fact]
    public void What_a_candidate_loses_against_the_dense_network_is_multiplied()
    {
        var dense = SmallNetworks.Create("lenet");
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, 3));
        using var calibration = RandomImages.For(dense, 100);
        using var search = RandomImages.For(dense, 250, seed: 2);
        var scores = new[] { 0.0, 1, 2 }.Select(exponent => Score(genome, exponent)).ToList();

        // entropy + divergence · handicap^exponent
        var handicap = new Capacity(space, 1).Handicap(genome);
        var growth = (scores[2].Loss - scores[0].Loss) / (scores[1].Loss - scores[0].Loss);
        Assert.Equal(handicap + 1, growth, 1e-3 * handicap);
        Assert.True(scores[0].Loss < scores[1].Loss);
        Assert.Equal(Score(space.Full, 0), Score(space.Full, 2));
        Assert.All(scores, s => Assert.Equal(scores[0].Error, s.Error));

        Score Score(Genome candidate, double exponent)
        {
            using var evaluator = new TorchEvaluator(
                space, dense, calibration.Images, search, new TimeBy(_ => 1), Precision.Single, new Capacity(space, exponent));
            return evaluator.Evaluate(candidate);
        }
    }
}

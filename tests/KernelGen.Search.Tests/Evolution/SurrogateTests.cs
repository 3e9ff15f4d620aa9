using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class SurrogateTests
{
    [Fact]
    public void What_is_observed_are_shares_of_what_is_gone()
    {
        var search = new SyntheticSearch();
        Assert.All(search.Surrogate.Observe(new Particle(search.Space.Full, search.Baseline)).Removed, share => Assert.Equal(0, share, 12));
        for (var i = 0; i < 20; i++)
        {
            var genome = Sample(search, "seen", i);
            var removed = search.Surrogate.Observe(new Particle(genome, search.Baseline)).Removed;
            Assert.Equal(genome.Units.Count + (2 * genome.Convs.Count), removed.Count);
            Assert.All(removed, share => Assert.InRange(share, -1e-12, 1));
            Assert.Equal(genome.Units.Select(u => u.Count(kept => !kept) / (double)u.Count), removed.Take(genome.Units.Count));
        }
    }

    [Fact]
    public void Of_two_genomes_with_as_many_weights_the_one_that_lost_more_important_ones_is_told_apart()
    {
        var search = new SyntheticSearch();
        var kernels = Enumerable.Range(0, search.Space.Full.Convs[0].Kernels.Count).OrderBy(k => search.Importance.Kernel(0, k)).ToList();
        var (unimportant, important) = (Without(kernels[0]), Without(kernels[^1]));
        Assert.True(unimportant[search.Space.Full.Units.Count + search.Space.Convs.Count] < important[search.Space.Full.Units.Count + search.Space.Convs.Count]);

        IReadOnlyList<double> Without(int kernel)
        {
            var draft = new Draft(search.Space.Full);
            draft.Kernels[0][kernel] = false;
            return search.Surrogate.Observe(new Particle(draft.ToGenome(), search.Baseline)).Removed;
        }
    }

    [Fact]
    public void Losses_of_other_candidates_are_foreseen_far_better_than_by_their_mean()
    {
        var search = new SyntheticSearch();
        var known = Enumerable.Range(0, 150).Select(i => Sample(search, "known", i)).Select(g => search.Surrogate.Observe(new Particle(g, search.Evaluate(g)))).ToList();
        var score = search.Surrogate.Learn(known);
        var mean = known.Average(o => o.Loss);
        var (missed, spread) = (0.0, 0.0);
        for (var i = 0; i < 40; i++)
        {
            var genome = Sample(search, "other", i);
            var (expected, real) = (score(genome), search.Evaluate(genome));
            Assert.Equal(0, expected.Images);
            missed += Math.Pow(expected.Loss - real.Loss, 2);
            spread += Math.Pow(mean - real.Loss, 2);
        }

        Assert.True(missed < 0.2 * spread, $"{missed / spread:P0} of the variance is left");
    }

    [Fact]
    public void Only_the_latest_thousand_observations_count()
    {
        var search = new SyntheticSearch();
        var genome = Sample(search, "known", 0);
        var now = search.Surrogate.Observe(new Particle(genome, new Score(20, 0.5, 1, 1)));
        var before = now with { Error = 90, Loss = 9 };
        var score = search.Surrogate.Learn([.. Enumerable.Repeat(before, 500), .. Enumerable.Repeat(now, 1000)])(genome);
        Assert.Equal((20, 0.5), (Math.Round(score.Error, 3), Math.Round(score.Loss, 3)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e30)]
    public void A_candidate_that_computes_no_numbers_spoils_nothing(double loss)
    {
        var search = new SyntheticSearch();
        var (genome, other) = (Sample(search, "known", 0), Sample(search, "known", 1));
        var known = search.Surrogate.Observe(new Particle(genome, new Score(20, 0.5, 1, 1000)));
        var broken = search.Surrogate.Observe(new Particle(other, new Score(90, loss, 1, 1000)));
        Assert.Equal(0.5, search.Surrogate.Learn([known, broken])(genome).Loss, 0.05);
    }

    [Fact]
    public void What_was_seen_of_few_images_counts_less()
    {
        var search = new SyntheticSearch();
        var genome = Sample(search, "known", 0);
        var whole = search.Surrogate.Observe(new Particle(genome, new Score(20, 0.5, 1, 10000)));
        var brief = search.Surrogate.Observe(new Particle(genome, new Score(40, 1, 1, 20)));
        Assert.InRange(search.Surrogate.Learn([whole, brief, .. Enumerable.Repeat(whole, 3)])(genome).Error, 20, 25);
    }

    private static Genome Sample(SyntheticSearch search, string name, int index)
    {
        var random = new KeyedRandom(2, name, 0, index);
        return search.Variation.Random(0.1 + (0.8 * random.NextDouble()), Granularities.All, random);
    }
}

using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class ParticleWeightsTests
{
    [Fact]
    public void The_effective_sample_size_is_half_of_the_survivors()
    {
        double[] errors = [12, 12.5, 13, 14, 15.1, 15.2, 16, 17.5, 18, 30];
        var survives = errors.Select(e => e < 20).ToArray();

        var weights = ParticleWeights.Of(errors, survives);

        Assert.Equal(1, weights.Sum(), 9);
        Assert.Equal(0, weights[^1]);
        Assert.Equal(4.5, ParticleWeights.EffectiveSampleSize(weights), 3);
        Assert.Equal(weights.OrderDescending(), weights);
    }

    [Fact]
    public void Equal_particles_weigh_the_same()
    {
        var weights = ParticleWeights.Of([9, 9, 9, 40], [true, true, true, false]);
        Assert.Equal([1 / 3.0, 1 / 3.0, 1 / 3.0, 0], weights.Select(w => Math.Round(w, 15)).Select(w => w > 0 ? 1 / 3.0 : 0));
        Assert.Equal(3, ParticleWeights.EffectiveSampleSize(weights), 9);
    }

    [Fact]
    public void Systematic_resampling_draws_each_particle_its_share_rounded_up_or_down()
    {
        double[] weights = [0.05, 0.4, 0, 0.31, 0.24];
        var mean = new double[weights.Length];
        const int Trials = 2000;
        for (var trial = 0; trial < Trials; trial++)
        {
            var drawn = ParticleWeights.Resample(weights, 24, new KeyedRandom(7, "test", 0, trial).NextDouble());
            Assert.Equal(24, drawn.Length);
            for (var i = 0; i < weights.Length; i++)
            {
                var count = drawn.Count(d => d == i);
                Assert.InRange(count, Math.Floor(24 * weights[i]), Math.Ceiling(24 * weights[i]));
                mean[i] += count / (double)Trials;
            }
        }

        // The mean of 2,000 draws that are ⌊x⌋ or ⌈x⌉: standard error at most 0.5 / √2000 = 0.011.
        Assert.All(weights.Zip(mean), p => Assert.InRange(p.Second, (24 * p.First) - 0.05, (24 * p.First) + 0.05));
    }
}

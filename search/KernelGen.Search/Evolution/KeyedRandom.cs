using KernelGen.Search.Data;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Random numbers that depend on nothing but a key, so that a resumed search draws what the interrupted one would have drawn
/// and a checkpoint holds no generator state.
/// </summary>
/// <param name="purpose">Tells streams apart that are drawn for the same particle.</param>
public sealed class KeyedRandom(long seed, string purpose, int generation, int particle)
{
    private readonly DeterministicRandom random = new([seed, .. purpose.Select(c => (long)c), generation, particle]);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => random.NextDouble();

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Next(int count) => random.Next(count);

    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Exponentially distributed with mean 1: never zero, never infinite.</summary>
    public double NextExponential() => -Math.Log(1 - NextDouble()) + 1e-12;

    /// <summary>A factor around 1 whose logarithm is logistic with the given scale.</summary>
    public double NextFactor(double scale)
    {
        var u = (NextDouble() * (1 - 2e-9)) + 1e-9;
        return Math.Pow(u / (1 - u), scale);
    }

    /// <summary>An index with probability proportional to its weight; uniform if all weights are zero.</summary>
    public int NextIndex(IReadOnlyList<double> weights)
    {
        var total = weights.Sum();
        if (total <= 0)
        {
            return Next(weights.Count);
        }

        var left = NextDouble() * total;
        for (var i = 0; i < weights.Count; i++)
        {
            left -= weights[i];
            if (left < 0)
            {
                return i;
            }
        }

        return weights.Count - 1;
    }
}

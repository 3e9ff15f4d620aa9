namespace KernelGen.Search.Evolution;

/// <summary>
/// Random numbers that depend on nothing but a key, so that a resumed search draws what the interrupted one would have drawn
/// and a checkpoint holds no generator state. The generator is SplitMix64 (Steele, Lea, Flood, 2014).
/// </summary>
public sealed class KeyedRandom
{
    private ulong state;

    /// <param name="purpose">Tells streams apart that are drawn for the same particle.</param>
    public KeyedRandom(long seed, string purpose, int generation, int particle)
    {
        state = unchecked((ulong)seed);
        foreach (var c in purpose)
        {
            Absorb(c);
        }

        Absorb((ulong)generation);
        Absorb((ulong)particle);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Next(int count) => (int)(NextDouble() * count);

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

    private void Absorb(ulong value) => state = unchecked(Mix(state + 0x9E3779B97F4A7C15) ^ (value * 0xD1B54A32D192ED03));

    private ulong NextBits()
    {
        state = unchecked(state + 0x9E3779B97F4A7C15);
        return Mix(state);
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}

namespace KernelGen.Search.Evolution;

/// <summary>
/// Importance weights and resampling of a particle filter (Anwar, Hwang, Sung, 2017; systematic resampling: Kitagawa, 1996).
/// </summary>
public static class ParticleWeights
{
    /// <summary>
    /// Weights exp(−Δ/τ) of the survivors, where Δ is how many points more a particle misclassifies than the best of them.
    /// Misclassification rates alone would weigh all particles alike (0.84 and 0.83 hardly differ), so τ is set such that the
    /// effective sample size, 1 / Σw², is half of the survivors.
    /// </summary>
    /// <param name="errors">Misclassification rates, any unit.</param>
    /// <param name="survives">Particles that do not survive get the weight 0; at least one must.</param>
    /// <returns>Weights that sum to 1.</returns>
    public static double[] Of(IReadOnlyList<double> errors, IReadOnlyList<bool> survives)
    {
        var survivors = Enumerable.Range(0, errors.Count).Where(i => survives[i]).ToList();
        var best = survivors.Min(i => errors[i]);
        var spread = survivors.Max(i => errors[i]) - best;
        var wanted = survivors.Count / 2.0;
        var (low, high) = (spread * 1e-3, spread * 1e3);
        for (var step = 0; step < 60 && spread > 0; step++)
        {
            var middle = Math.Sqrt(low * high);
            (low, high) = EffectiveSampleSize(Normalised(errors, survives, best, middle)) < wanted ? (middle, high) : (low, middle);
        }

        return Normalised(errors, survives, best, spread > 0 ? high : 1);
    }

    /// <summary>1 / Σw²: how many equally weighted particles would vary as much.</summary>
    public static double EffectiveSampleSize(IReadOnlyList<double> weights) => 1 / weights.Sum(w => w * w);

    /// <summary>
    /// Systematic resampling: one uniform number places <paramref name="count"/> equidistant points on the cumulated weights, so
    /// that a particle of weight w is drawn ⌊count·w⌋ or ⌈count·w⌉ times.
    /// </summary>
    /// <param name="uniform">In [0, 1).</param>
    /// <returns>Indices of the drawn particles, ascending.</returns>
    public static int[] Resample(IReadOnlyList<double> weights, int count, double uniform)
    {
        var drawn = new int[count];
        var last = weights.Count - 1;
        while (weights[last] == 0)
        {
            last--;
        }

        var (index, cumulated) = (0, weights[0]);
        for (var k = 0; k < count; k++)
        {
            var point = (k + uniform) / count;
            while (index < last && cumulated <= point)
            {
                cumulated += weights[++index];
            }

            drawn[k] = index;
        }

        return drawn;
    }

    private static double[] Normalised(IReadOnlyList<double> errors, IReadOnlyList<bool> survives, double best, double temperature)
    {
        var weights = new double[errors.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = survives[i] ? Math.Exp((best - errors[i]) / temperature) : 0;
        }

        var total = weights.Sum();
        return Array.ConvertAll(weights, w => w / total);
    }
}

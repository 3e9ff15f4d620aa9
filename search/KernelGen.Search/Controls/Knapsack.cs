namespace KernelGen.Search.Controls;

/// <summary>
/// The multiple-choice knapsack: of each layer at most one option, such that a wanted gain is reached at the least loss. Gains and
/// losses add up.
/// </summary>
internal sealed class Knapsack
{
    /// <summary>Steps that the largest gain is divided into; options gain whole steps, rounded down.</summary>
    private const int Steps = 4000;

    /// <summary>[gain in steps]: the least loss of all combinations that gain exactly that.</summary>
    private readonly double[] losses = new double[Steps + 1];

    /// <summary>[layer][gain in steps]: the option of the layer in the best combination of the layers up to it; −1 for none.</summary>
    private readonly int[][] chosen;

    private readonly int[][] gains;

    /// <param name="layers">The options of each layer besides the one of neither gain nor loss.</param>
    public Knapsack(IReadOnlyList<IReadOnlyList<KnapsackOption>> layers)
    {
        var largest = layers.Sum(l => l.Max(o => o.Gain));
        gains = layers.Select(l => l.Select(o => (int)(o.Gain / largest * Steps)).ToArray()).ToArray();
        chosen = layers.Select(_ => Enumerable.Repeat(-1, Steps + 1).ToArray()).ToArray();
        Array.Fill(losses, double.PositiveInfinity, 1, Steps);
        for (var l = 0; l < layers.Count; l++)
        {
            var before = losses.ToArray();
            for (var o = 0; o < layers[l].Count; o++)
            {
                for (var gain = gains[l][o]; gain <= Steps; gain++)
                {
                    var loss = before[gain - gains[l][o]] + layers[l][o].Loss;
                    if (loss < losses[gain])
                    {
                        (losses[gain], chosen[l][gain]) = (loss, o);
                    }
                }
            }
        }
    }

    /// <summary>The best combinations for evenly spaced gains, smallest first.</summary>
    /// <param name="limit">The largest loss of a combination.</param>
    /// <param name="count">How many at most: neighbours may be the same.</param>
    /// <returns>Per combination the option of each layer, or null.</returns>
    public IReadOnlyList<int?[]> Choices(double limit, int count)
    {
        // Of gains that lose the same or more than larger ones do, none is wanted.
        var best = new List<int>();
        var least = double.PositiveInfinity;
        for (var gain = Steps; gain > 0; gain--)
        {
            if (losses[gain] < least && losses[gain] <= limit)
            {
                best.Insert(0, gain);
            }

            least = Math.Min(least, losses[gain]);
        }

        return Enumerable.Range(1, best.Count == 0 ? 0 : count)
            .Select(k => best.First(gain => gain >= best[^1] * (double)k / count))
            .Distinct()
            .Select(Trace)
            .ToList();
    }

    private int?[] Trace(int gain)
    {
        var options = new int?[chosen.Length];
        for (var l = chosen.Length - 1; l >= 0; l--)
        {
            if (chosen[l][gain] is >= 0 and var option)
            {
                options[l] = option;
                gain -= gains[l][option];
            }
        }

        return options;
    }
}

/// <summary>One option of one layer.</summary>
/// <param name="Gain">Any unit; not negative.</param>
/// <param name="Loss">Any unit; not negative.</param>
internal sealed record KnapsackOption(double Gain, double Loss);

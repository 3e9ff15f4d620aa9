using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// How much of what a candidate loses is expected to stay lost: long retraining nearly forgets the weights that pruning left, and what it ends with is decided by what the
/// architecture can learn (Liu, Sun, Zhou, Huang, Darrell, 2019), for which the number of multiply-adds is as good a guess as costlier ones (White, Khodak, Tu, Shah,
/// Bubeck, Dey, 2022).
/// </summary>
/// <param name="exponent">0: all multiply-adds are alike; of two candidates that lose as much, one with half as many counts 2^exponent times the loss.</param>
public sealed class Capacity(PruningSpace space, double exponent)
{
    private readonly long dense = SparsityCounts.Of(space, space.Full).MacsLeft;

    /// <summary>What losses before retraining are multiplied by; 1 for the dense network.</summary>
    public double Handicap(Genome genome) => exponent == 0 ? 1 : Math.Pow((double)dense / Math.Max(1, SparsityCounts.Of(space, genome).MacsLeft), exponent);
}

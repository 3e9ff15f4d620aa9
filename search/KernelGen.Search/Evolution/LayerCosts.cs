using KernelGen.Compiler;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// A quick estimate of a candidate's cost while it is being made: multiply-adds, weighed per layer by what one costs in the
/// dense network. (The time in its score comes from the latency table.)
/// </summary>
/// <param name="convs">Cost per multiply-add of each convolution.</param>
/// <param name="denses">Cost per multiply-add of each fully connected layer.</param>
public sealed class LayerCosts(IReadOnlyList<double> convs, IReadOnlyList<double> denses)
{
    /// <summary>Every multiply-add costs 1.</summary>
    public static LayerCosts Uniform(PruningSpace space) =>
        new(space.Convs.Select(_ => 1.0).ToList(), space.Denses.Select(_ => 1.0).ToList());

    /// <summary>Costs in cycles as the compiler plans the dense network.</summary>
    public static LayerCosts Of(PruningSpace space, NetworkPlan dense)
    {
        var plans = dense.Layers.Where(l => l.MacsDense > 0).ToDictionary(l => l.Name, l => l.EstimatedCycles / (double)l.MacsDense);
        double CostOf(string layer) => plans.GetValueOrDefault(layer, plans.Values.DefaultIfEmpty(1).Average());
        return new LayerCosts(space.Convs.Select(c => CostOf(c.Layer)).ToList(), space.Denses.Select(d => CostOf(d.Layer)).ToList());
    }

    public double Of(PruningSpace space, Genome genome)
    {
        double cost = 0;
        for (var c = 0; c < space.Convs.Count; c++)
        {
            cost += OfConv(space, genome, c);
        }

        for (var d = 0; d < space.Denses.Count; d++)
        {
            cost += OfDense(space, genome, d);
        }

        return cost;
    }

    public double OfConv(PruningSpace space, Genome genome, int conv)
    {
        var site = space.Convs[conv];
        var removed = SparsityCounts.Of(site, genome, genome.Convs[conv]);
        return (site.Weights - removed.Map - removed.Kernel - removed.Stride) * convs[conv] * site.Positions;
    }

    public double OfDense(PruningSpace space, Genome genome, int dense) =>
        SparsityCounts.WeightsLeft(space.Denses[dense], genome) * denses[dense];
}

/// <summary>A candidate's preferences.</summary>
/// <param name="Groups">Factors on what is lost in each channel group.</param>
/// <param name="Convs">Factors on what is spent in each convolution.</param>
/// <param name="KernelBlock">Kernels from one source map that are removed together.</param>
internal sealed record LayerTaste(double[] Groups, double[] Convs, int KernelBlock)
{
    /// <summary>Lanes of a 256-bit vector of floats: the layout of maps in the generated code.</summary>
    public const int Lanes = 8;

    /// <summary>No preferences.</summary>
    public static LayerTaste None(PruningSpace space) =>
        new(space.Channels.Groups.Select(_ => 1.0).ToArray(), space.Convs.Select(_ => 1.0).ToArray(), 1);

    public static LayerTaste Draw(PruningSpace space, double scale, KeyedRandom random) => new(
        space.Channels.Groups.Select(_ => random.NextFactor(scale)).ToArray(),
        space.Convs.Select(_ => random.NextFactor(scale)).ToArray(),
        random.Chance(0.5) ? 1 : Lanes);
}

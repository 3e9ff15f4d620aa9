using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;

namespace KernelGen.Search.Evolution;

/// <summary>
/// How much each unit, kernel and weight of the dense network matters: what is lost when it goes, in a unit of the method's own.
/// </summary>
public sealed class Importance
{
    private readonly double[][] units;
    private readonly double[][] kernels;
    private readonly double[][] taps;

    /// <param name="units">Per group and unit.</param>
    /// <param name="kernels">Per convolution; source × target, as in <see cref="ConvGene.Kernels"/>.</param>
    /// <param name="taps">Per convolution; kernels in the same order, taps fastest.</param>
    internal Importance(double[][] units, double[][] kernels, double[][] taps) =>
        (this.units, this.kernels, this.taps) = (units, kernels, taps);

    /// <summary>What is lost when a unit goes.</summary>
    public double Unit(UnitRef unit) => unit.IsFixed ? 1 : units[unit.Group][unit.Unit];

    /// <summary>What is lost when one weight of a convolution goes.</summary>
    /// <param name="conv">Index into <see cref="PruningSpace.Convs"/>.</param>
    /// <param name="kernel">Source × target, as in <see cref="ConvGene.Kernels"/>.</param>
    public double Tap(ConvSite site, int conv, int kernel, int tap) => taps[conv][(kernel * site.Area) + tap];

    /// <summary>What is lost when one kernel goes.</summary>
    public double Kernel(int conv, int kernel) => kernels[conv][kernel];

    /// <summary>
    /// By the change of the loss to first order: see <see cref="TaylorImportance"/>.
    /// </summary>
    /// <param name="space">Made from a network of the same structure as <paramref name="dense"/>.</param>
    /// <param name="dense">The trained dense network, with its batch norms.</param>
    /// <param name="images">Training images with the network's preprocessing.</param>
    public static Importance Taylor(PruningSpace space, NetworkDescription dense, ImageTensors images) =>
        TaylorImportance.Of(space, dense, images);

    /// <summary>By the size of the weights, relative to their layer: see <see cref="MagnitudeImportance"/>.</summary>
    public static Importance Magnitude(PruningSpace space) => MagnitudeImportance.Of(space);

    /// <summary>
    /// By magnitude and variance: a weight counts by the variance that it brings to its target (its square times the variance of
    /// its source map), relative to all that its target receives, times what the target itself counts. So importance flows from
    /// the outputs backwards (as in NISP, Yu et al., 2018), and losses at the three granularities are in one unit: every layer's
    /// weights sum to about what its outputs count.
    /// </summary>
    /// <param name="variance">The variance of each map of a tensor over images and positions, by the tensor's name.</param>
    public static Importance Of(PruningSpace space, Func<string, IReadOnlyList<float>> variance)
    {
        var units = space.Channels.Groups.Select(g => new double[g.Units]).ToArray();
        var taps = new double[space.Convs.Count][];
        foreach (var node in space.Graph.Nodes.Reverse())
        {
            if (node.Operator is Conv conv)
            {
                var c = space.Convs.ToList().FindIndex(s => s.Layer == node.Name);
                taps[c] = OfConv(conv, space.Convs[c], variance(node.Inputs[0]), units);
            }
            else if (node.Operator is Dense dense)
            {
                AddDense(dense, space.Denses.First(s => s.Layer == node.Name), variance(node.Inputs[0]), units);
            }
        }

        return new Importance(units, [.. taps.Select((t, c) => SumPerKernel(t, space.Convs[c].Area))], taps);
    }

    internal static double[] SumPerKernel(double[] taps, int area) => [.. taps.Chunk(area).Select(k => k.Sum())];

    private static double[] OfConv(Conv conv, ConvSite site, IReadOnlyList<float> variance, double[][] units)
    {
        var dense = conv.Weights.ToDense(site.Targets.Count, site.Sources.Count, site.Groups, site.Area);
        var taps = new double[site.Weights];
        for (var target = 0; target < site.Targets.Count; target++)
        {
            var group = target / site.TargetsPerGroup;
            var kernels = dense.AsSpan(target * site.SourcesPerGroup * site.Area, site.SourcesPerGroup * site.Area);
            double total = 0;
            for (var k = 0; k < kernels.Length; k++)
            {
                total += Contribution(kernels[k], variance[(group * site.SourcesPerGroup) + (k / site.Area)]);
            }

            var worth = Worth(site.Targets[target], units, site.Targets.Count) / Math.Max(total, 1e-30);
            for (var k = 0; k < kernels.Length; k++)
            {
                var source = (group * site.SourcesPerGroup) + (k / site.Area);
                var loss = Contribution(kernels[k], variance[source]) * worth;
                taps[site.TapIndex(target, k)] = loss;
                Add(units, site.Sources[source], loss);
            }
        }

        return taps;
    }

    private static void AddDense(Dense dense, DenseSite site, IReadOnlyList<float> variance, double[][] units)
    {
        var row = site.Sources.Count * site.ElementsPerSource;
        for (var target = 0; target < site.Targets.Count; target++)
        {
            var weights = dense.Weights.Span.Slice(target * row, row);
            double total = 0;
            for (var k = 0; k < row; k++)
            {
                total += Contribution(weights[k], variance[k / site.ElementsPerSource]);
            }

            var worth = Worth(site.Targets[target], units, site.Targets.Count) / Math.Max(total, 1e-30);
            for (var k = 0; k < row; k++)
            {
                var source = k / site.ElementsPerSource;
                Add(units, site.Sources[source], Contribution(weights[k], variance[source]) * worth);
            }
        }
    }

    private static double Contribution(double weight, double variance) => weight * weight * variance;

    private static double Worth(UnitRef target, double[][] units, int targets) =>
        target.IsFixed ? 1.0 / targets : units[target.Group][target.Unit];

    private static void Add(double[][] units, UnitRef source, double loss)
    {
        if (!source.IsFixed)
        {
            units[source.Group][source.Unit] += loss;
        }
    }
}

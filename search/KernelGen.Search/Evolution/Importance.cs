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

    internal static double[] SumPerKernel(double[] taps, int area) => [.. taps.Chunk(area).Select(k => k.Sum())];
}

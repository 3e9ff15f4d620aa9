using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>Prunes one layer at one granularity, and keeps what is most important there.</summary>
internal sealed class LayerPruning(PruningSpace space, Importance importance)
{
    /// <summary>The widest stride that controls try: a 3×3 kernel then keeps two or three weights.</summary>
    private const int WidestStride = 4;

    /// <summary>The dense network with only this share of a group's units, rounded, at least one.</summary>
    public void KeepUnits(Draft draft, int group, double share)
    {
        var units = draft.Units[group];
        foreach (var unit in LeastImportant(units.Length, share, u => importance.Unit(new UnitRef(group, u))))
        {
            units[unit] = false;
        }
    }

    /// <summary>Leaves this share of a convolution's kernels, rounded, at least one.</summary>
    public void KeepKernels(Draft draft, int conv, double share)
    {
        var kernels = draft.Kernels[conv];
        foreach (var kernel in LeastImportant(kernels.Length, share, k => importance.Kernel(conv, k)))
        {
            kernels[kernel] = false;
        }
    }

    /// <summary>Gives every source map of a convolution this stride, each at the offset that keeps most.</summary>
    public void SetStride(Draft draft, int conv, int stride)
    {
        for (var source = 0; source < draft.Taps[conv].Length; source++)
        {
            draft.Taps[conv][source] = BestTaps(conv, source, stride);
        }
    }

    /// <summary>Whether a convolution's kernels are no maps themselves, as they are in a depthwise convolution.</summary>
    public bool HasKernels(int conv) => space.Convs[conv].TargetsPerGroup > 1;

    /// <summary>The strides above 1 that leave at least two taps of a convolution's kernels, narrow to wide.</summary>
    public IEnumerable<int> StridesOf(int conv) =>
        Enumerable.Range(2, WidestStride - 1).Where(s => s <= (space.Convs[conv].Area + 1) / 2);

    /// <summary>The pattern of this stride whose taps matter most.</summary>
    public StridedTaps BestTaps(int conv, int source, int stride) =>
        Enumerable.Range(0, stride).Select(o => new StridedTaps(o, stride)).MaxBy(t => Worth(conv, source, t))!;

    /// <summary>What the taps of a pattern are worth, over all kernels that leave a source map.</summary>
    public double Worth(int conv, int source, StridedTaps taps)
    {
        var site = space.Convs[conv];
        double sum = 0;
        for (var o = 0; o < site.TargetsPerGroup; o++)
        {
            for (var t = taps.Offset; t < site.Area; t += taps.Stride)
            {
                sum += importance.Tap(site, conv, (source * site.TargetsPerGroup) + o, t);
            }
        }

        return sum;
    }

    private static IEnumerable<int> LeastImportant(int count, double share, Func<int, double> importance)
    {
        var kept = Math.Max(1, (int)Math.Round(count * share, MidpointRounding.AwayFromZero));
        return Enumerable.Range(0, count).OrderBy(importance).Take(count - kept);
    }
}

using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// Estimated cycles of a layer's kernels on one core. Integer arithmetic on sizes only, so the choice is the same everywhere.
/// A cycle issues HalfRate / 2 multiply-adds of a whole vector.
/// </summary>
internal static class CostModel
{
    /// <summary>Cycles of a call and the start of its loops.</summary>
    private const long CallCycles = 40;

    /// <summary>Multiply-adds in the text of an unrolled convolution.</summary>
    public static long UnrolledMultiplyAdds(ConvTerms conv, Target target) =>
        (long)conv.Terms.Length * UnrolledTile.Choose(target, conv.Output.Maps, RowPixels(conv)).Vectors;

    /// <summary>
    /// Counted by a tenth more than its instructions take: on Zen 5 text that outgrows the decoder's cache takes 1.1 to 1.4 times as long as lists of the
    /// same estimate.
    /// </summary>
    public static long Unrolled(ConvTerms conv, Target target)
    {
        var tile = UnrolledTile.Choose(target, conv.Output.Maps, RowPixels(conv));
        long steps = tile.Steps(target, RowPixels(conv));
        var tiles = (conv.Output.Maps + tile.Outputs - 1) / tile.Outputs;
        var multiplyAdds = (long)conv.Terms.Length * tile.Vectors;
        var loads = (long)conv.Taps.Length * tile.Vectors * tiles * 23 / 16; // a vector that lies anywhere straddles two cache lines every second time
        var stores = (long)conv.Output.Maps * tile.Vectors * 3;
        var perStep = Math.Max(multiplyAdds * 2 / target.HalfRate, (loads + (multiplyAdds / 2)) * 2 / target.HalfRate) + stores;
        var split = conv.Conv.Window is { StrideY: 1, StrideX: 1 } ? 0 : (long)conv.Input.Length * 2;
        return CallCycles + (steps * perStep * 11 / 10) + split;
    }

    public static long Loop(ConvTerms conv, Target target)
    {
        if (conv.HasNarrowGroupsFor(target.Lanes))
        {
            return NarrowGroups(conv, target);
        }

        var taps = LongestGroup(conv);
        var tiles = LoopTile.Cover(target, conv.Output.Height, conv.Output.Width, conv.TargetsPerGroup, taps);
        return CallCycles + (conv.Conv.Groups * (LoopTile.Cycles(tiles, conv.Output.Height, taps) + (10 * tiles.Count)));
    }

    /// <summary>Lanes of output maps that read source maps of their own group: a vector of pixels' sums per tap.</summary>
    private static long NarrowGroups(ConvTerms conv, Target target)
    {
        var vectors = (conv.Output.Maps + target.Lanes - 1) / target.Lanes;
        var taps = conv.Taps.Select(t => t.Tap).Distinct().Count() * conv.SourcesPerGroup;
        var perRow = ((long)taps * conv.Output.Width * 2 * 2 / target.HalfRate) + (conv.Output.Width * 2);
        return CallCycles + ((long)conv.Output.Height * vectors * perRow);
    }

    /// <summary>Fully connected: bound by the multiply-adds or by reading every weight once.</summary>
    public static long Dense(int inputs, int units, Target target)
    {
        long vectors = (units + target.Lanes - 1) / target.Lanes;
        var weights = inputs * vectors * target.Lanes;
        var fromCache = weights <= 200_000 ? 2 : 1; // weights beyond the second-level cache come at half the speed
        return CallCycles + (weights * 2 / (target.Lanes * Math.Max(1, target.HalfRate * fromCache / 2)));
    }

    /// <summary>A product of matrices, bound by the multiply-adds.</summary>
    public static long Product(long elements, int depth, Target target) => CallCycles + (elements * depth * 2 / (target.Lanes * target.HalfRate));

    /// <summary>Maps brought from one order into the other, in blocks of whole vectors.</summary>
    public static long Reorder(Shape shape, Target target) => CallCycles + (shape.Length * 5L / target.Lanes);

    /// <summary>An operator that passes over its elements.</summary>
    public static long Elementwise(long elements, Target target) => CallCycles + (elements * 3 / target.Lanes);

    /// <summary>Floats of the line of pixels that an unrolled kernel walks: rows of the input's pitch.</summary>
    public static int RowPixels(ConvTerms conv)
    {
        var window = conv.Conv.Window;
        var pitch = window is { StrideY: 1, StrideX: 1 }
            ? conv.Input.Width + Math.Max(window.PadLeft, window.PadRight)
            : (conv.Input.Width + window.PadLeft + window.PadRight + window.StrideX - 1) / window.StrideX;
        return conv.Output.Height * pitch;
    }

    /// <summary>Taps of the group that has most of them.</summary>
    public static int LongestGroup(ConvTerms conv)
    {
        var sources = conv.Input.Maps / conv.Conv.Groups;
        return conv.Taps.GroupBy(t => t.Source / sources).Select(g => g.Count()).DefaultIfEmpty(0).Max();
    }
}

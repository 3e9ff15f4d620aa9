using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Register tile of a loop over taps: this many pixels of a row times this many vectors of output maps.</summary>
/// <param name="FirstMap">The first output map, within its group.</param>
internal readonly record struct LoopTile(Target Target, int FirstMap, int Pixels, int Vectors)
{
    /// <summary>
    /// Covers the output maps of a group with the tiles that take the fewest cycles. A few maps left over after whole vectors get
    /// a half as wide vector where the machine computes those twice as fast.
    /// </summary>
    public static List<LoopTile> Cover(Target target, int width, int maps)
    {
        var whole = maps / target.Lanes;
        var left = maps % target.Lanes;
        var narrow = target.Half is { } half && half.HalfRate > target.HalfRate && left <= half.Lanes ? half : null;
        whole += left > 0 && narrow is null ? 1 : 0;
        var tiles = Enumerable.Range(1, Math.Max(whole, 1))
            .Where(v => Fits(target, v))
            .Select(v => Split(target, width, whole, v))
            .OrderBy(t => Cycles(t, width))
            .First();
        if (left > 0 && narrow is not null)
        {
            tiles.Add(new LoopTile(narrow, whole * target.Lanes, PixelsPerTile(narrow, width, 1), 1));
        }

        return tiles;
    }

    /// <summary>Half cycles that one tap takes over a row of pixels and all tiles.</summary>
    public static long Cycles(IEnumerable<LoopTile> tiles, int width) =>
        tiles.Sum(t => (long)((width + t.Pixels - 1) / t.Pixels) * t.TapCycles());

    /// <summary>Half cycles of one tap in one tile: bound by multiply-adds, by loads, or by the latency of the sums.</summary>
    public long TapCycles()
    {
        var multiplyAdds = Pixels * Vectors * 4 / Target.HalfRate;
        var loads = (Vectors * 2) + Pixels + 1;
        return Math.Max(8, Math.Max(multiplyAdds, loads)) + 1;
    }

    /// <summary>Whether vectors of such tiles lie alike in the blocks of 16 maps in which the weights are stored.</summary>
    private static bool Fits(Target target, int vectors)
    {
        var perBlock = TensorLayout.Block / target.Lanes;
        return vectors <= Math.Min(target.Accumulators, 16) && (vectors % perBlock == 0 || perBlock % vectors == 0);
    }

    private static List<LoopTile> Split(Target target, int width, int whole, int vectors)
    {
        var tiles = new List<LoopTile>();
        for (var at = 0; at < whole;)
        {
            var v = Math.Min(vectors, whole - at);
            while (!Fits(target, v))
            {
                v--;
            }

            tiles.Add(new LoopTile(target, at * target.Lanes, PixelsPerTile(target, width, v), v));
            at += v;
        }

        return tiles;
    }

    /// <summary>As many pixels as the registers hold, evened out over the row.</summary>
    private static int PixelsPerTile(Target target, int width, int vectors) => EvenPixels(width, Math.Max(1, target.Accumulators / vectors));

    /// <summary>Pixels per tile, so that as few tiles as possible cover a row, and those as evenly as possible.</summary>
    public static int EvenPixels(int width, int most)
    {
        var tiles = (width + most - 1) / most;
        return (width + tiles - 1) / tiles;
    }
}

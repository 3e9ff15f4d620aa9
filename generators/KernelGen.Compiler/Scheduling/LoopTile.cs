using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// Register tile of a loop over taps, and the part of the map that it walks over: all rows of some columns, in tiles of
/// <paramref name="Height"/> × <paramref name="Width"/> pixels times <paramref name="Vectors"/> of output maps.
/// </summary>
/// <param name="FirstMap">The first output map, within its group.</param>
/// <param name="Column">The first column of the part.</param>
/// <param name="Columns">Columns of the part, at least a tile's. The last tile starts early where they do not divide; so do rows.</param>
internal readonly record struct LoopTile(Target Target, int FirstMap, int Vectors, int Height, int Width, int Column, int Columns)
{
    /// <summary>Sixteenths of a cycle until a sum can be added to again, with what is lost where nothing else fills the gap.</summary>
    private const int Latency = 70;

    public int Pixels => Height * Width;

    /// <summary>Of the last vector, if that is narrower than the others.</summary>
    public Target? Narrow { get; init; }

    /// <summary>Output maps, those that fill up the last vector included.</summary>
    public int Maps => ((Vectors - 1) * Target.Lanes) + TargetOf(Vectors - 1).Lanes;

    /// <summary>Of its vectors, for names of methods: how many, and the width of those that are not as wide as the target's.</summary>
    public string Name => Narrow is { } narrow ? $"{Vectors - 1}and{narrow.Suffix}" : $"{Vectors}{Target.Suffix}";

    public Target TargetOf(int vector) => vector == Vectors - 1 && Narrow is { } narrow ? narrow : Target;

    /// <summary>Covers the output maps of a group with the tiles that take the fewest cycles. A few maps left over after whole vectors get
    /// a half as wide vector where a machine may compute those twice as fast, in one tile with whole ones if there are any: where it does
    /// not, the inputs at least are read once.</summary>
    /// <param name="height">Rows of the output map.</param>
    /// <param name="width">Columns of the output map.</param>
    /// <param name="taps">Multiply-adds per output pixel.</param>
    public static List<LoopTile> Cover(Target target, int height, int width, int maps, int taps)
    {
        var whole = maps / target.Lanes;
        var left = maps % target.Lanes;
        var narrow = target.Half is { } half && half.HalfRate > target.HalfRate && left > 0 && left <= half.Lanes ? half : null;
        var all = whole + (left > 0 ? 1 : 0);
        var parts = new Dictionary<(int Vectors, Target? Narrow), List<LoopTile>>();
        return Enumerable.Range(1, all)
            .Where(v => Fits(target, v, 1))
            .Select(Split)
            .OrderBy(t => Cycles(t, height, taps))
            .First();

        List<LoopTile> Split(int vectors)
        {
            var result = new List<LoopTile>();
            for (var at = 0; at < all;)
            {
                var v = Math.Min(vectors, all - at);
                while (!Fits(target, v, 1))
                {
                    v--;
                }

                var last = at + v == all ? narrow : null;
                if (!parts.TryGetValue((v, last), out var cover))
                {
                    parts.Add((v, last), cover = v == 1 && last is not null ? CoverMap(last, 1, null, height, width, taps) : CoverMap(target, v, last, height, width, taps));
                }

                result.AddRange(cover.Select(t => t with { FirstMap = at * target.Lanes }));
                at += v;
            }

            return result;
        }
    }

    /// <summary>Cycles of all tiles over a map of so many rows.</summary>
    public static long Cycles(IEnumerable<LoopTile> tiles, int height, int taps) => tiles.Sum(t => t.Cost(height, taps)) / 16;

    /// <summary>Tiles from the first row to the last.</summary>
    public int RowSteps(int height) => TensorLayout.Steps(height, Height);

    /// <summary>Tiles from the first column to the last.</summary>
    public int ColumnSteps => TensorLayout.Steps(Columns, Width);

    /// <summary>Pixels per tile, so that as few tiles as possible cover a row, and those as evenly as possible.</summary>
    public static int EvenPixels(int width, int most)
    {
        var tiles = (width + most - 1) / most;
        return (width + tiles - 1) / tiles;
    }

    /// <summary>
    /// Covers a map with tiles of one shape, or with those and a strip of tiles of another shape at the right where the columns do not divide.
    /// </summary>
    private static List<LoopTile> CoverMap(Target target, int vectors, Target? narrow, int height, int width, int taps)
    {
        var shapes = (
            from h in Enumerable.Range(1, Math.Min(height, 8))
            from w in Enumerable.Range(1, Math.Min(width, 16))
            where Fits(target, vectors, h * w)
            select new LoopTile(target, 0, vectors, h, w, 0, width) { Narrow = narrow }).ToList();
        List<LoopTile> best = [];
        var least = long.MaxValue;
        foreach (var main in shapes)
        {
            var strip = width % main.Width;
            Consider([main]);
            if (strip > 0 && width > strip)
            {
                var right = shapes.Where(s => s.Width <= strip)
                    .Select(s => s with { Column = width - strip, Columns = strip })
                    .OrderBy(s => s.Cost(height, taps))
                    .First();
                Consider([main with { Columns = width - strip }, right]);
            }
        }

        return best;

        void Consider(List<LoopTile> tiles)
        {
            var cost = tiles.Sum(t => t.Cost(height, taps));
            if (cost < least)
            {
                (best, least) = (tiles, cost);
            }
        }
    }

    /// <summary>
    /// Whether the registers hold the sums, the weights or the inputs of one tap (whichever are fewer), and one of the others; and
    /// whether vectors of such tiles lie alike in the blocks of 16 maps in which the weights are stored.
    /// </summary>
    private static bool Fits(Target target, int vectors, int pixels)
    {
        var perBlock = TensorLayout.Block / target.Lanes;
        return (pixels * vectors) + Math.Min(pixels, vectors) + 1 <= target.Registers
            && vectors <= TensorLayout.Block
            && (vectors % perBlock == 0 || perBlock % vectors == 0);
    }

    /// <summary>Sixteenths of a cycle over all pixels of the part.</summary>
    private long Cost(int height, int taps) => (long)RowSteps(height) * ColumnSteps * ((taps * TapCost()) + TileCost());

    /// <summary>One tap in one tile: bound by multiply-adds, by loads, by instructions, or by the latency of the sums.</summary>
    private long TapCost()
    {
        var sums = Pixels * Vectors;
        var multiplyAdds = Pixels * ((Vectors * 2) - (Narrow is null ? 0 : 1)) * 33 / (Target.HalfRate * 2);
        var loads = (Vectors + Pixels + 1) * 32 / Target.HalfRate;
        var instructions = (sums + Vectors + Pixels + 5) * 16 / 5;
        return Math.Max(Math.Max(multiplyAdds, loads), Math.Max(instructions, Latency));
    }

    /// <summary>Starting the sums, finding the tile, storing.</summary>
    private long TileCost() => 160 + (16 * Pixels * Vectors);
}

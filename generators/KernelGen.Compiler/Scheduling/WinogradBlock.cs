using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// How a convolution by Winograd's algorithm walks over its output: in tiles of <paramref name="Size"/> × <paramref name="Size"/>
/// pixels, a block of <paramref name="Rows"/> × <paramref name="Columns"/> tiles at a time. Where tiles or blocks do not divide the map, the last
/// ones start early and compute some pixels again.
/// </summary>
/// <param name="Cycles">Estimated cycles of the whole layer.</param>
internal sealed record WinogradBlock(int Size, int Rows, int Columns, long Cycles)
{
    /// <summary>Floats of a block's transformed inputs and products at most: a part of the second-level cache.</summary>
    private const int MostFloats = 64_000;

    /// <summary>Floats that stay in the first-level cache.</summary>
    private const int FirstLevel = 8_000;

    /// <summary>Floats that stay in the second-level cache.</summary>
    private const int SecondLevel = 200_000;

    /// <summary>Cycles for the calls of one block, and those of one product.</summary>
    private const int CallCycles = 40;

    /// <summary>Products of a tile, each a matrix product over the maps.</summary>
    public int Points => (Size + 2) * (Size + 2);

    public int Tiles => Rows * Columns;

    /// <summary>Floats from one tile's transformed inputs or products to the next's. An odd number of cache lines: the same point of many tiles is read together.</summary>
    /// <param name="maps">Source or output maps.</param>
    public int TileStride(int maps) => (Points * TensorLayout.RoundUp(maps, TensorLayout.Block)) + TensorLayout.Block;

    /// <summary>Tiles that cover so many rows or columns.</summary>
    public int TilesOver(int length) => TensorLayout.Steps(length, Size);

    /// <summary>The cheapest block, or null if the layer is no dense 3×3 convolution of stride 1 over maps that hold a tile.</summary>
    public static WinogradBlock? Choose(ConvTerms conv, Target target)
    {
        if (conv.Conv is not { Groups: 1, Window: { KernelHeight: 3, KernelWidth: 3, StrideY: 1, StrideX: 1, DilationY: 1, DilationX: 1 } })
        {
            return null;
        }

        return new[] { 4, 2 }
            .Where(size => size <= Math.Min(conv.Output.Height, conv.Output.Width))
            .SelectMany(size => Blocks(size, conv))
            .Select(block => block with { Cycles = block.Cost(conv, target) })
            .OrderBy(block => block.Cycles)
            .FirstOrDefault();
    }

    /// <summary>Blocks of whole rows of tiles, or of a part of one row, that the cache holds.</summary>
    private static IEnumerable<WinogradBlock> Blocks(int size, ConvTerms conv)
    {
        var tile = new WinogradBlock(size, 1, 1, 0);
        var (rows, columns) = (tile.TilesOver(conv.Output.Height), tile.TilesOver(conv.Output.Width));
        var most = Math.Max(1, MostFloats / (tile.TileStride(conv.Input.Maps) + tile.TileStride(conv.Output.Maps)));
        return Enumerable.Range(1, Math.Min(columns, most)).Select(c => tile with { Columns = c })
            .Concat(Enumerable.Range(1, rows).Where(r => r > 1 && r * columns <= most).Select(r => tile with { Rows = r, Columns = columns }));
    }

    private long Cost(ConvTerms conv, Target target)
    {
        var (sources, outputs) = (conv.Input.Maps, conv.Output.Maps);
        var (input, output) = Size == 4 ? (84L, 60L) : (32L, 22L);
        var transforms = Tiles * ((Vectors(sources, target) * input) + (Vectors(outputs, target) * output)) * 4 / target.HalfRate;

        // What does not stay in the first-level cache comes from the second at 16 floats per cycle; weights, which come in order, at half of that, or less from afar.
        var floats = Tiles * (TileStride(sources) + TileStride(outputs));
        var traffic = floats > FirstLevel ? floats / 16 : 0;
        var weights = (long)Points * sources * TensorLayout.RoundUp(outputs, TensorLayout.Block);
        var streamed = weights > SecondLevel ? weights / 2 : weights > FirstLevel ? weights / 8 : 0;
        var products = Points * (CallCycles + LoopTile.Cycles(LoopTile.Cover(target, 1, Tiles, outputs, sources), 1, sources));
        var blocks = (long)TensorLayout.Steps(TilesOver(conv.Output.Height), Rows) * TensorLayout.Steps(TilesOver(conv.Output.Width), Columns);
        return blocks * (CallCycles + transforms + traffic + Math.Max(products, streamed));
    }

    private static long Vectors(int maps, Target target) => TensorLayout.Steps(maps, target.Lanes);
}

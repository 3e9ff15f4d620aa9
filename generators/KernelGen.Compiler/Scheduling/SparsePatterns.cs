namespace KernelGen.Compiler.Scheduling;

/// <summary>Some taps of a kernel that one piece of text computes, wherever in a kernel they lie.</summary>
/// <param name="Taps">Row and column of each, in the kernel or relative to the first; sorted by column, then row.</param>
internal sealed record SparsePattern(IReadOnlyList<(int Y, int X)> Taps)
{
    /// <summary>The taps of each column: they read the same rows, so that an input vector serves several of them.</summary>
    public IEnumerable<IGrouping<int, (int Y, int X)>> Columns => Taps.GroupBy(t => t.X);

    /// <summary>Weights that registers hold at once.</summary>
    public int MostPerColumn => Columns.Max(c => c.Count());
}

/// <summary>A pattern at a place in a kernel.</summary>
/// <param name="Pattern">Its number.</param>
/// <param name="Y">Added to the rows of its taps.</param>
/// <param name="X">Added to their columns.</param>
internal readonly record struct SparsePiece(int Pattern, int Y, int X);

/// <summary>
/// How the kernels of a convolution are made up of a few patterns. What kernels have in common becomes a pattern as a whole: all
/// taps where whole kernels are missing, a start and a stride where those were pruned. Other kernels come apart by columns into three
/// taps, two, two with a gap, and single ones.
/// </summary>
internal sealed class SparsePatterns
{
    /// <summary>Taps of the largest kernel whose pattern is a number.</summary>
    public const int MostTaps = 64;

    /// <summary>Taps of one column whose weights the registers hold beside enough sums.</summary>
    private const int MostHeld = 7;

    /// <summary>Multiply-adds per vector in the text of all patterns.</summary>
    private const int MostText = 64;

    /// <summary>A kernel becomes a pattern if it is one of so many.</summary>
    private const int Rarest = 12;

    private static readonly (int Y, int X)[][] ColumnPieces = [[(0, 0), (1, 0), (2, 0)], [(0, 0), (1, 0)], [(0, 0), (2, 0)], [(0, 0)]];

    private readonly int width;
    private readonly List<ulong> whole;
    private readonly List<int> columnPieces = [];
    private readonly Dictionary<ulong, SparsePiece[]> pieces = [];

    /// <param name="kernels">Every kernel as a number with a bit per tap.</param>
    /// <param name="width">Taps of a row of the kernel.</param>
    public SparsePatterns(IReadOnlyCollection<ulong> kernels, int width)
    {
        this.width = width;
        var counts = kernels.GroupBy(k => k).Select(g => (Kernel: g.Key, Count: (long)g.Count())).ToList();
        whole = Common(counts, kernels.Count);
        var patterns = whole.Select(k => new SparsePattern(TapsOf(k))).ToList();
        for (var piece = 0; piece < ColumnPieces.Length; piece++)
        {
            if (counts.Any(c => !whole.Contains(c.Kernel) && ByColumns(c.Kernel).Any(p => p.Piece == piece)))
            {
                columnPieces.Add(piece);
                patterns.Add(new SparsePattern(ColumnPieces[piece]));
            }
        }

        Patterns = patterns;
        Uses = new long[patterns.Count];
        foreach (var (kernel, count) in counts)
        {
            pieces.Add(kernel, Split(kernel));
            foreach (var piece in pieces[kernel])
            {
                Uses[piece.Pattern] += count;
            }
        }
    }

    public IReadOnlyList<SparsePattern> Patterns { get; }

    /// <summary>How often each pattern occurs.</summary>
    public long[] Uses { get; }

    /// <summary>The pieces that make up a kernel.</summary>
    public IReadOnlyList<SparsePiece> Of(ulong kernel) => kernel == 0 ? [] : pieces[kernel];

    private List<ulong> Common(List<(ulong Kernel, long Count)> counts, int kernels)
    {
        var common = new List<ulong>();
        var text = 0;
        foreach (var (kernel, _) in counts.Where(c => c.Count * Rarest >= kernels).OrderByDescending(c => c.Count).ThenBy(c => c.Kernel))
        {
            var pattern = new SparsePattern(TapsOf(kernel));
            if (pattern.Taps.Count > 1 && pattern.MostPerColumn <= MostHeld && text + pattern.Taps.Count <= MostText)
            {
                common.Add(kernel);
                text += pattern.Taps.Count;
            }
        }

        return common;
    }

    private SparsePiece[] Split(ulong kernel) => whole.IndexOf(kernel) is var index and >= 0
        ? [new SparsePiece(index, 0, 0)]
        : ByColumns(kernel).Select(p => new SparsePiece(whole.Count + columnPieces.IndexOf(p.Piece), p.Y, p.X)).ToArray();

    /// <summary>Column by column from the top, the longest piece that fits.</summary>
    private IEnumerable<(int Piece, int Y, int X)> ByColumns(ulong kernel)
    {
        foreach (var column in new SparsePattern(TapsOf(kernel)).Columns)
        {
            var left = column.Select(t => t.Y).ToList();
            while (left.Count > 0)
            {
                var top = left[0];
                var piece = Array.FindIndex(ColumnPieces, p => p.All(t => left.Contains(top + t.Y)));
                yield return (piece, top, column.Key);
                left.RemoveAll(y => ColumnPieces[piece].Any(t => top + t.Y == y));
            }
        }
    }

    private (int Y, int X)[] TapsOf(ulong kernel) => Enumerable.Range(0, MostTaps)
        .Where(t => (kernel >> t & 1) != 0)
        .Select(t => (Y: t / width, X: t % width))
        .OrderBy(t => t.X).ThenBy(t => t.Y)
        .ToArray();
}

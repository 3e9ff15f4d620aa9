using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// A convolution as lists: for every output map the pieces of kernels that exist, as places in the input and weights. Vectors lie
/// over the pixels of a row, a tile of rows stays in registers, so any weight may be missing at no cost, and the text does not
/// grow with the weights. What does not depend on the vectors' width is decided here, so that all targets share the lists.
/// </summary>
internal sealed class SparseConv
{
    /// <summary>Sums of a tile at most: what 16 registers hold beside an input and the weights of a column.</summary>
    private const int MostSums = 12;

    /// <summary>Sums that it takes to hide the latency of a multiply-add, with what is lost where they wait for loads.</summary>
    private const int EnoughSums = 9;

    /// <summary>Floats of the input that stay in the first-level cache while every output map reads them.</summary>
    private const int CachedFloats = 11_000;

    private readonly ConvTerms conv;
    private readonly ulong[] kernels;
    private readonly SparsePatterns patterns;

    /// <param name="conv">One that <see cref="Handles"/>.</param>
    public SparseConv(ConvTerms conv)
    {
        this.conv = conv;
        kernels = new ulong[conv.Output.Maps * conv.SourcesPerGroup];
        foreach (var term in conv.Terms)
        {
            kernels[KernelOf(term.Output, term.Source)] |= 1UL << term.Tap;
        }

        var window = conv.Conv.Window;
        patterns = new SparsePatterns(kernels.Where(k => k != 0).ToList(), window.KernelWidth);
        var held = Patterns.Select(p => p.MostPerColumn).DefaultIfEmpty(1).Max();
        Sums = Math.Min(MostSums, 15 - held);
        Rows = Enumerable.Range(1, Math.Min(Sums, conv.Output.Height))
            .OrderBy(rows => TensorLayout.Steps(conv.Output.Height, rows) * RowCost(Vector256Target.Instance, rows))
            .ThenBy(rows => TensorLayout.Steps(conv.Output.Height, rows) * rows)
            .ThenByDescending(rows => rows)
            .First();
        InputRows = ((Rows - 1) * window.StrideY) + ((window.KernelHeight - 1) * window.DilationY) + 1;
        IsPacked = window.StrideX > 1 || Cycles(Vector256Target.Instance, true) < Cycles(Vector256Target.Instance, false);
    }

    public IReadOnlyList<SparsePattern> Patterns => patterns.Patterns;

    /// <summary>Rows of a tile.</summary>
    public int Rows { get; }

    /// <summary>Rows of the input that a tile reads.</summary>
    public int InputRows { get; }

    /// <summary>
    /// Whether each tile's input is first copied together, one copy per column of the kernel, so that its vectors are aligned and
    /// lie side by side whatever the stride.
    /// </summary>
    public bool IsPacked { get; }

    /// <summary>Source maps whose share in all output maps is added before the next ones come.</summary>
    public int SourcesPerBlock => PerBlock(IsPacked);

    public int Blocks => TensorLayout.Steps(conv.Input.Maps, SourcesPerBlock);

    /// <summary>Vectors of packed input per source map.</summary>
    public int PackedVectors => conv.Conv.Window.KernelWidth * InputRows;

    private int Sums { get; }

    public static bool Handles(ConvTerms conv) => conv.Conv.Window.Area <= SparsePatterns.MostTaps;

    /// <summary>
    /// The target whose vectors fit into a row, no wider than the given one, and how many of them are a tile's width. The last
    /// one starts early if they are more than the row.
    /// </summary>
    public (Target Target, int Vectors) Tile(Target target) => Tile(target, Rows);

    /// <summary>Estimated cycles of all pixels.</summary>
    public long Cycles(Target target) => Cycles(target, IsPacked);

    /// <summary>
    /// The lists in the order of use: per block of source maps and output map, of each pattern how many pieces there are and where
    /// each reads; and beside it the bias (nothing after the first block) and the weights.
    /// </summary>
    /// <param name="place">Where the first tap of a piece lies: source map within its block, row and column in the kernel.</param>
    public (int[] Places, float[] Weights) Lists(Func<int, int, int, int> place)
    {
        var (places, weights) = (new List<int>(), new List<float>());
        var (area, width) = (conv.Conv.Window.Area, conv.Conv.Window.KernelWidth);
        var values = new float[kernels.Length * area];
        foreach (var term in conv.Terms)
        {
            values[(KernelOf(term.Output, term.Source) * area) + term.Tap] = term.Weight;
        }

        for (var first = 0; first < conv.Input.Maps; first += SourcesPerBlock)
        {
            for (var output = 0; output < conv.Output.Maps; output++)
            {
                var group = output / conv.TargetsPerGroup * conv.SourcesPerGroup;
                var sources = Enumerable.Range(first, SourcesPerBlock).Where(s => s >= group && s < group + conv.SourcesPerGroup);
                var pieces = sources.SelectMany(s => patterns.Of(kernels[KernelOf(output, s)]).Select(p => (Source: s, Piece: p))).ToLookup(p => p.Piece.Pattern);
                weights.Add(first == 0 ? conv.Bias(output) : 0);
                for (var pattern = 0; pattern < Patterns.Count; pattern++)
                {
                    places.Add(pieces[pattern].Count());
                    foreach (var (source, piece) in pieces[pattern])
                    {
                        places.Add(place(source - first, piece.Y, piece.X));
                        weights.AddRange(Patterns[pattern].Taps.Select(t =>
                            values[(KernelOf(output, source) * area) + ((t.Y + piece.Y) * width) + t.X + piece.X]));
                    }
                }
            }
        }

        return (places.ToArray(), weights.ToArray());
    }

    private (Target Target, int Vectors) Tile(Target target, int rows)
    {
        var fitting = target.AtMost(conv.Output.Width);
        var vectors = Enumerable.Range(1, TensorLayout.Steps(conv.Output.Width, fitting.Lanes))
            .Where(v => v == 1 || v * rows <= Sums)
            .OrderBy(v => TensorLayout.Steps(conv.Output.Width, v * fitting.Lanes) * Math.Max(v * rows, EnoughSums))
            .First();
        return (fitting, vectors);
    }

    /// <summary>Sums, computed twice and waited for ones included, that tiles of so many rows take from the first column to the last.</summary>
    private int RowCost(Target target, int rows)
    {
        var (fitting, vectors) = Tile(target, rows);
        return TensorLayout.Steps(conv.Output.Width, vectors * fitting.Lanes) * Math.Max(vectors * rows, EnoughSums);
    }

    private int KernelOf(int output, int source) => (output * conv.SourcesPerGroup) + (source % conv.SourcesPerGroup);

    private int PerBlock(bool packed)
    {
        // A row that is not packed takes about a cache line and a half.
        var most = Math.Max(1, CachedFloats / (packed ? PackedVectors * TensorLayout.Block : InputRows * 24));
        var blocks = TensorLayout.Steps(conv.Input.Maps, most);
        return TensorLayout.Steps(conv.Input.Maps, blocks);
    }

    /// <summary>Sixteenths of a cycle are counted, like a tap of <see cref="LoopTile"/>.</summary>
    private long Cycles(Target widest, bool packed)
    {
        var (target, vectors) = Tile(widest);
        var window = conv.Conv.Window;
        var sums = Rows * vectors;
        long tile = 0;
        for (var p = 0; p < Patterns.Count; p++)
        {
            var taps = Patterns[p].Taps.Count;
            var inputs = Patterns[p].Columns.Sum(c => Enumerable.Range(0, Rows)
                .SelectMany(r => c.Select(t => (r * window.StrideY) + (t.Y * window.DilationY))).Distinct().Count()) * vectors;

            // A vector that lies anywhere straddles two cache lines every second time, the widest one nearly always. That the rows may be aligned is not counted.
            var perInput = packed ? 16 : target.Lanes >= TensorLayout.Block ? 32 : 26;
            var loads = ((inputs * perInput) + (taps * 16)) * 2 / target.HalfRate;
            var multiplyAdds = taps * sums * 33 / target.HalfRate;
            var instructions = ((taps * sums) + inputs + taps + 6) * 16 / 5;
            tile += patterns.Uses[p] * Math.Max(Math.Max(loads, multiplyAdds), Math.Max(instructions, taps * 72));
        }

        var blocks = TensorLayout.Steps(conv.Input.Maps, PerBlock(packed));
        tile += (long)conv.Output.Maps * blocks * (80 + (24 * sums) + (40 * Patterns.Count));
        var perVector = window.StrideX == 1 || target.Lanes == 1 ? 20 : window.StrideX == 2 ? 24 : 16 * target.Lanes;
        tile += packed ? (long)conv.Input.Maps * PackedVectors * vectors * perVector : 0;
        return (TensorLayout.Steps(conv.Output.Height, Rows) * TensorLayout.Steps(conv.Output.Width, vectors * target.Lanes) * tile / 16) + 60;
    }
}

using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a copy between views: a kernel of its own where vectors help or the loops are many, else a call of a shared method.
/// </summary>
internal sealed class CopyKernel(KernelClass kernels, string layer, string id)
{
    /// <summary>Elements that are copied faster than a method of their own is compiled.</summary>
    private const int FewElements = 64;

    /// <summary>Above it a stretch is copied as fast by the runtime's own method.</summary>
    private const int LongRun = 1_024;

    /// <summary>Lanes of the widest tile: the registers of every target hold it, and what is on the way to its transpose.</summary>
    private const int WidestTile = 8;

    private readonly SourceWriter body = kernels.Body;

    /// <param name="source">C# reference to the source's first float.</param>
    /// <param name="target">C# reference to the target's first float.</param>
    public void Emit(TensorView from, TensorView to, string source, string target) =>
        Emit(
            StridedCopy.Loops(from.Strided(), to.Strided()),
            CopyEmitter.Shift(source, from.Origin),
            CopyEmitter.Shift(target, to.Origin),
            from.Buffer is not null);

    /// <param name="loops">The innermost last.</param>
    /// <param name="isInWorkspace">Whether floats beyond the source's last may be read.</param>
    public void Emit(List<CopyAxis> loops, string source, string target, bool isInWorkspace)
    {
        var few = loops.Aggregate(1L, (product, a) => product * a.Length) <= FewElements;
        var tile = few ? null : Tile(loops, isInWorkspace);
        if (tile is null && (few || !HasVectorForm(loops, isInWorkspace)) && CopyEmitter.Call(loops, source, target) is { } call)
        {
            kernels.Call(call);
            return;
        }

        loops = tile is null ? loops : TilesInnermost(loops);
        var name = kernels.Unique($"{id}_copy");
        var tables = Tables(loops);
        kernels.Call($"{name}({string.Join(", ", new[] { source, target }.Concat(tables.Select((t, i) => kernels.Constants.Ints($"{name}_offsets{i}", () => t.Offsets))))});");
        using var method = kernels.Method(
            name,
            string.Join(", ", new[] { "ref float x", "ref float y" }.Concat(tables.Select(t => $"ref int {t.Name}"))),
            $"{layer}: {string.Join("×", loops.Select(a => Literals.Int(a.Length)))} elements");
        Nest(loops, 0, "x", "y", tile, isInWorkspace);
    }

    private static bool IsRead(CopyAxis axis) => axis.IsRegular && axis.From.Stride == 1 && axis.To.Stride != 1;

    private static bool IsWritten(CopyAxis axis) => axis.IsRegular && axis.To.Stride == 1 && axis.From.Stride is not (0 or 1);

    /// <summary>
    /// The vectors of the square tiles in which a copy is transposed, or null: where neighbours of the source become apart, and
    /// neighbours of the target were. Fewer neighbours of the source than lanes are read with what follows them, if that may be.
    /// </summary>
    private Target? Tile(List<CopyAxis> loops, bool isInWorkspace)
    {
        if (loops.FirstOrDefault(IsRead) is not { } read || loops.FirstOrDefault(IsWritten) is not { } written)
        {
            return null;
        }

        var target = kernels.Target.AtMost(Math.Min(WidestTile, written.Length));
        target = isInWorkspace ? target.Holding(Math.Max(4, read.Length)) : target.AtMost(read.Length);
        return target.Lanes < 4 ? null : target;
    }

    /// <summary>The two axes of the tiles innermost, the longer one last: its neighbours complete the lines of memory that a tile begins.</summary>
    private static List<CopyAxis> TilesInnermost(List<CopyAxis> loops)
    {
        var (read, written) = (loops.First(IsRead), loops.First(IsWritten));
        return [.. loops.Where(a => a != read && a != written), .. new[] { read, written }.OrderBy(a => a.Length)];
    }

    private bool HasVectorForm(List<CopyAxis> loops, bool isInWorkspace) =>
        kernels.Target.Lanes > 1
        && ((loops.Count > 1 && loops[loops.Count - 1] is { IsRun: true, Length: <= LongRun }) || HasPairs(loops[loops.Count - 1], isInWorkspace));

    /// <summary>Whether every second element is taken: a vector of the source gives half a vector.</summary>
    private bool HasPairs(CopyAxis axis, bool isInWorkspace) =>
        isInWorkspace && axis.IsRegular && axis.From.Stride == 2 && axis.To.Stride == 1 && kernels.Target.AtMost(2 * axis.Length).Lanes > 1;

    private static List<(string Name, int[] Offsets)> Tables(List<CopyAxis> loops) =>
        loops.SelectMany((a, level) => new[] { (Name: Table("from", level), a.From.Offsets), (Name: Table("to", level), a.To.Offsets) })
            .Where(t => t.Offsets is not null)
            .Select(t => (t.Name, t.Offsets!))
            .ToList();

    private void Nest(List<CopyAxis> loops, int level, string s, string d, Target? tile, bool isInWorkspace)
    {
        var axis = loops[level];
        if (tile is not null && level == loops.Count - 2)
        {
            EmitTiles(tile, axis, loops[level + 1], s, d);
            return;
        }

        var isInnermost = level == loops.Count - 1;
        if (isInnermost && (axis.IsRun || axis.IsRepeated || HasPairs(axis, isInWorkspace)))
        {
            EmitStretch(axis, s, d);
            return;
        }

        using var loop = body.Open($"for (var i{level} = 0; i{level} < {axis.Length}; i{level}++)");
        var (from, to) = (At(axis.From, Table("from", level), level), At(axis.To, Table("to", level), level));
        if (isInnermost)
        {
            body.Line($"Unsafe.Add(ref {d}, {to}) = Unsafe.Add(ref {s}, {from});");
            return;
        }

        body.Line($"ref var s{level} = ref Unsafe.Add(ref {s}, {from});");
        body.Line($"ref var d{level} = ref Unsafe.Add(ref {d}, {to});");
        Nest(loops, level + 1, $"s{level}", $"d{level}", tile, isInWorkspace);
    }

    private void EmitStretch(CopyAxis axis, string s, string d)
    {
        if (axis.IsRepeated)
        {
            body.Line($"Shared.Fill(ref {d}, {axis.Length}, {s});");
        }
        else if (!axis.IsRun)
        {
            Runs.Pairs(body, kernels.Target.AtMost(2 * axis.Length), axis.Length, (target, i) =>
            {
                body.Line($"var v = L{target.Suffix}(ref {s}, 2 * {i});");
                body.Line($"StoreLower{target.Suffix}(Even{target.Suffix}(v), ref {d}, {i});");
            });
        }
        else if (axis.Length > LongRun || kernels.Target.Lanes == 1)
        {
            body.Line($"Shared.Copy(ref {s}, ref {d}, {axis.Length});");
        }
        else
        {
            Runs.Loop(body, kernels.Target, axis.Length, (target, i) => body.Line($"S{target.Suffix}(L{target.Suffix}(ref {s}, {i}), ref {d}, {i});"));
        }
    }

    /// <summary>Transposes tile by tile; those that do not fit in begin earlier.</summary>
    private void EmitTiles(Target target, CopyAxis outer, CopyAxis inner, string s, string d)
    {
        var (read, written) = IsRead(outer) ? (outer, inner) : (inner, outer);
        using var outerLoop = OpenTiles(outer, target.Lanes, "i");
        using var innerLoop = OpenTiles(inner, target.Lanes, "j");
        body.Line($"ref var p = ref Unsafe.Add(ref {s}, {Tile(read)} + ({Tile(written)} * {Literals.Int(written.From.Stride)}));");
        body.Line($"ref var q = ref Unsafe.Add(ref {d}, ({Tile(read)} * {Literals.Int(read.To.Stride)}) + {Tile(written)});");
        var rows = Enumerable.Range(0, target.Lanes).Select(r => $"r{r}").ToArray();
        for (var r = 0; r < target.Lanes; r++)
        {
            body.Line($"var {rows[r]} = L{target.Suffix}(ref p, {Literals.Int(r * written.From.Stride)});");
        }

        // Squares of half the tile change places, then squares of half of those within each, until single elements do.
        for (var half = target.Lanes / 2; half > 0; half /= 2)
        {
            foreach (var r in Enumerable.Range(0, target.Lanes).Where(r => (r & half) == 0))
            {
                var (low, high) = ($"l{half}_{r}", $"h{half}_{r}");
                body.Line($"var {low} = Low{half}Of{target.Suffix}({rows[r]}, {rows[r + half]});");
                body.Line($"var {high} = High{half}Of{target.Suffix}({rows[r]}, {rows[r + half]});");
                (rows[r], rows[r + half]) = (low, high);
            }
        }

        for (var r = 0; r < Math.Min(target.Lanes, read.Length); r++)
        {
            body.Line($"S{target.Suffix}({rows[r]}, ref q, {Literals.Int(r * read.To.Stride)});");
        }

        string Tile(CopyAxis axis) => axis == outer ? "i" : "j";
    }

    private SourceWriter.Block OpenTiles(CopyAxis axis, int lanes, string index)
    {
        if (axis.Length % lanes == 0 || axis.Length < lanes)
        {
            return body.Open($"for (var {index} = 0; {index} < {axis.Length}; {index} += {lanes})");
        }

        var block = body.Open($"for (var {index}Tile = 0; {index}Tile < {(axis.Length + lanes - 1) / lanes}; {index}Tile++)");
        body.Line($"var {index} = Math.Min({index}Tile * {lanes}, {axis.Length - lanes});");
        return block;
    }

    private static string At(StridedAxis axis, string table, int level) =>
        axis.Offsets is null ? $"i{level} * {Literals.Int(axis.Stride)}" : $"Unsafe.Add(ref {table}, i{level})";

    private static string Table(string side, int level) => $"{side}{level}";
}

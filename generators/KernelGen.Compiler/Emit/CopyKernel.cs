using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes a copy between views: a call of a shared method where it has few loops, else a kernel of its own.</summary>
internal sealed class CopyKernel(KernelClass kernels, string layer, string id)
{
    private readonly SourceWriter body = kernels.Body;

    /// <param name="source">C# reference to the source's first float.</param>
    /// <param name="target">C# reference to the target's first float.</param>
    public void Emit(TensorView from, TensorView to, string source, string target)
    {
        var loops = StridedCopy.Loops(from.Strided(), to.Strided());
        var (s, d) = (CopyEmitter.Shift(source, from.Origin), CopyEmitter.Shift(target, to.Origin));
        if (CopyEmitter.Call(loops, s, d) is { } call)
        {
            kernels.Call(call);
            return;
        }

        var name = kernels.Unique($"{id}_copy");
        var tables = Tables(loops);
        kernels.Call($"{name}({string.Join(", ", new[] { s, d }.Concat(tables.Select((t, i) => kernels.Constants.Ints($"{name}_offsets{i}", () => t.Offsets))))});");
        using var method = kernels.Method(
            name,
            string.Join(", ", new[] { "ref float x", "ref float y" }.Concat(tables.Select(t => $"ref int {t.Name}"))),
            $"{layer}: {string.Join("×", loops.Select(a => Literals.Int(a.Length)))} elements");
        Nest(loops, 0, "x", "y");
    }

    private static List<(string Name, int[] Offsets)> Tables(List<CopyAxis> loops) =>
        loops.SelectMany((a, level) => new[] { (Name: Table("from", level), a.From.Offsets), (Name: Table("to", level), a.To.Offsets) })
            .Where(t => t.Offsets is not null)
            .Select(t => (t.Name, t.Offsets!))
            .ToList();

    private void Nest(List<CopyAxis> loops, int level, string s, string d)
    {
        var axis = loops[level];
        var isInnermost = level == loops.Count - 1;
        if (isInnermost && (axis.IsRun || axis.IsRepeated))
        {
            body.Line(axis.IsRun
                ? $"Shared.Copy(ref {s}, ref {d}, {axis.Length});"
                : $"Shared.Fill(ref {d}, {axis.Length}, {s});");
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
        Nest(loops, level + 1, $"s{level}", $"d{level}");
    }

    private static string At(StridedAxis axis, string table, int level) =>
        axis.Offsets is null ? $"i{level} * {Literals.Int(axis.Stride)}" : $"Unsafe.Add(ref {table}, i{level})";

    private static string Table(string side, int level) => $"{side}{level}";
}

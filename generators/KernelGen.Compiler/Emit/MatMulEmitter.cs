using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes products of matrices: a tile of rows of the first times vectors of columns of the second stays in registers while a
/// loop runs over what they share. Tiles that do not fit in begin earlier and compute some elements again.
/// </summary>
internal sealed class MatMulEmitter(KernelClass kernels, MatMulStep step, string id)
{
    private readonly SourceWriter body = kernels.Body;
    private readonly Target target = kernels.Target.AtMost(step.Shape[step.Shape.Rank - 1]);
    private readonly int columns = step.Shape[step.Shape.Rank - 1];
    private readonly int depth = step.A.Shape[step.A.Shape.Rank - 1];
    private readonly int[] a = Operand(step.A, step.Shape.Rank);
    private readonly int[] b = Operand(step.B, step.Shape.Rank);
    private readonly int[] y = step.To.Layout.Strides(step.Shape);

    private int RowAxis => step.Shape.Rank - 2;

    public void Emit()
    {
        var (rows, batch) = Rows();
        var tileRows = Math.Min(rows, target.Accumulators >= 24 ? 6 : 4);
        var tiles = Columns(Math.Min(8, target.Accumulators / tileRows));
        var methods = new Dictionary<string, string>();
        foreach (var tile in tiles)
        {
            var key = string.Join(",", tile.Vectors);
            if (!methods.ContainsKey(key))
            {
                methods.Add(key, kernels.Unique($"{id}_product_{tileRows}x{tile.Vectors.Length}"));
                EmitTile(methods[key], tileRows, tile.Vectors);
            }
        }

        var name = kernels.Unique($"{id}_product");
        var lengths = step.Shape.Dimensions.Take(batch).ToArray();
        var panel = step.Panel is null ? string.Empty : ", " + KernelClass.Ref(step.Panel);
        kernels.Call($"{name}({kernels.Ref(step.A)}, {kernels.Ref(step.B)}, {KernelClass.Ref(step.To, step.To.Layout.Origin)}{panel});");
        using var method = kernels.Method(
            name, $"ref float a, ref float b, ref float y{(step.Panel is null ? string.Empty : ", ref float panel")}", $"{step.Name}: {step.A.Shape} times {step.B.Shape}");
        var nest = new LoopNest(lengths, [a, b, y]);
        nest.Write(body, kernels.Target.AtMost(1), ["a", "b", "y"], (_, i) =>
        {
            body.Line($"ref var s = {nest.Start(0, i)};");
            body.Line($"ref var t = {nest.Start(1, i)};");
            body.Line($"ref var d = {nest.Start(2, i)};");
            foreach (var tile in tiles)
            {
                using var columnLoop = body.Open($"for (var c = {tile.First}; c < {tile.First + (tile.Count * tile.Step)}; c += {tile.Step})");
                if (step.Panel is not null)
                {
                    body.Line($"Shared.CopyRuns(ref Unsafe.Add(ref t, c), ref panel, 1, 0, 0, {depth}, {b[RowAxis]}, {Span(tile.Vectors)}, {Span(tile.Vectors)});");
                }

                using var rowLoop = body.Open($"for (var tile = 0; tile < {(rows + tileRows - 1) / tileRows}; tile++)");
                body.Line($"var r = Math.Min(tile * {tileRows}, {rows - tileRows});");
                body.Line(
                    $"{methods[string.Join(",", tile.Vectors)]}(ref Unsafe.Add(ref s, r * {a[RowAxis]}), {(step.Panel is null ? "ref Unsafe.Add(ref t, c)" : "ref panel")}, ref Unsafe.Add(ref d, (r * {y[RowAxis]}) + c));");
            }
        });
    }

    /// <summary>The rows, and the number of axes of matrices: those that share one second matrix and follow each other are more rows.</summary>
    private (int Rows, int Batch) Rows()
    {
        var (rows, batch) = (step.Shape[RowAxis], RowAxis);
        while (batch > 0 && (step.Shape[batch - 1] == 1 || (b[batch - 1] == 0 && a[batch - 1] == rows * a[RowAxis] && y[batch - 1] == rows * y[RowAxis])))
        {
            batch--;
            rows *= step.Shape[batch];
        }

        return (rows, batch);
    }

    /// <summary>Tiles of columns: each the places of its vectors, alike ones together. The last vector begins earlier where the columns do not divide.</summary>
    private List<(int First, int Step, int Count, int[] Vectors)> Columns(int most)
    {
        var places = Enumerable.Range(0, (columns + target.Lanes - 1) / target.Lanes).Select(v => Math.Min(v * target.Lanes, columns - target.Lanes)).ToArray();
        var passes = (places.Length + most - 1) / most;
        var tiles = new List<(int First, int Step, int Count, int[] Vectors)>();
        for (var (pass, at) = (0, 0); pass < passes; pass++)
        {
            var count = (places.Length - at + passes - pass - 1) / (passes - pass);
            var vectors = places.Skip(at).Take(count).Select(p => p - places[at]).ToArray();
            var last = tiles.Count - 1;
            if (last >= 0 && tiles[last].Vectors.SequenceEqual(vectors) && places[at] == tiles[last].First + (tiles[last].Count * tiles[last].Step))
            {
                tiles[last] = tiles[last] with { Count = tiles[last].Count + 1 };
            }
            else
            {
                tiles.Add((places[at], count * target.Lanes, 1, vectors));
            }

            at += count;
        }

        return tiles;
    }

    private void EmitTile(string name, int rows, int[] vectors)
    {
        using var method = kernels.Method(name, "ref float a, ref float b, ref float y", $"{step.Name}: {rows} rows × {vectors.Length * target.Lanes} columns, {depth} products each");
        Each((r, v) => body.Line($"var s{r}_{v} = {target.Zero};"));
        using (body.Open($"for (var k = 0; k < {depth}; k++)"))
        {
            for (var v = 0; v < vectors.Length; v++)
            {
                body.Line($"var b{v} = L{target.Suffix}(ref b, {vectors[v]});");
            }

            for (var r = 0; r < rows; r++)
            {
                body.Line($"var a{r} = B{target.Suffix}(ref a, {r * a[RowAxis]});");
                for (var v = 0; v < vectors.Length; v++)
                {
                    body.Line($"s{r}_{v} = F{target.Suffix}(a{r}, b{v}, s{r}_{v});");
                }
            }

            body.Line($"a = ref Unsafe.Add(ref a, {a[RowAxis + 1]});");
            body.Line($"b = ref Unsafe.Add(ref b, {(step.Panel is null ? b[RowAxis] : Span(vectors))});");
        }

        Each((r, v) => body.Line($"S{target.Suffix}(s{r}_{v}, ref y, {(r * y[RowAxis]) + vectors[v]});"));

        void Each(Action<int, int> action)
        {
            for (var r = 0; r < rows; r++)
            {
                for (var v = 0; v < vectors.Length; v++)
                {
                    action(r, v);
                }
            }
        }
    }

    /// <summary>Columns from the first of a tile to its last.</summary>
    private int Span(int[] vectors) => vectors[vectors.Length - 1] + target.Lanes;

    /// <summary>Strides of an operand for every axis of the result, 0 along those matrices that it repeats.</summary>
    private static int[] Operand(Operand operand, int rank)
    {
        var own = operand.Layout.Strides(operand.Shape);
        var missing = rank - own.Length;
        return Enumerable.Range(0, rank).Select(axis =>
            axis < missing || (axis < rank - 2 && operand.Shape[axis - missing] == 1) ? 0 : own[axis - missing]).ToArray();
    }
}

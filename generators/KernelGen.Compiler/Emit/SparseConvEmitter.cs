using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a convolution as loops over lists of weights: per tile of pixels and output map one loop for each pattern of taps, whose
/// text loads a vector of a row once for all the taps of a column that read it.
/// </summary>
internal sealed class SparseConvEmitter
{
    private readonly KernelClass kernels;
    private readonly SparseConvStep step;
    private readonly string id;
    private readonly SourceWriter body;
    private readonly Target target;
    private readonly int vectors;
    private readonly TensorLayout from;
    private readonly TensorLayout to;

    public SparseConvEmitter(KernelClass kernels, SparseConvStep step, string id)
    {
        (this.kernels, this.step, this.id, body) = (kernels, step, id, kernels.Body);
        (target, vectors) = step.Sparse.Tile(kernels.Target);
        (from, to) = (step.From.Layout, step.To.Layout);
    }

    private Model.Window Window => step.Conv.Conv.Window;

    private SparseConv Sparse => step.Sparse;

    private int Sources => step.Conv.Input.Maps;

    /// <summary>
    /// Whether neighbouring lanes hold columns that are half a vector apart, until results are stored: every second float of two
    /// vectors is one like that without the order of lanes changing. Vectors that overlap must not wait in memory so.
    /// </summary>
    private bool IsPaired => Window.StrideX == 2 && target.Lanes > 1 && !(HasBlocks && Columns < PackedRow);

    private bool HasBlocks => Sparse.Blocks > 1;

    /// <summary>Columns of a tile.</summary>
    private int Columns => Math.Min(to.Width, PackedRow);

    /// <summary>Floats of a row of packed input.</summary>
    private int PackedRow => vectors * target.Lanes;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_sparse_{Sparse.Rows}x{vectors}{target.Suffix}");
        var x = from.Origin - (Window.PadTop * from.RowStride) - Window.PadLeft;
        var weights = kernels.Constants.Floats(id + "_sparse_weights", () => step.Lists.Weights);
        var places = kernels.Constants.Ints(id + "_sparse_places", () => step.Lists.Places);
        var packed = step.Packed is { } scratch ? (Argument: $"{KernelClass.Ref(scratch)}, ", Parameter: "ref float packed, ") : default;
        var addend = step.Addend is null ? string.Empty : $", {KernelClass.Ref(step.Addend, step.Addend.Layout.Origin)}";
        kernels.Call($"{name}({KernelClass.Ref(step.From, x)}, {packed.Argument}{weights}, {places}, {KernelClass.Ref(step.To, to.Origin)}{addend});");
        using var method = kernels.Method(
            name,
            $"ref float x, {packed.Parameter}ref float weights, ref int places, ref float y{Addend.Parameter(step.Addend)}",
            $"{step.Name}: {step.Conv.Terms.Length} weights, tiles of {Sparse.Rows} × {Columns} pixels");
        EmitTiles();
    }

    private void EmitTiles()
    {
        using var rows = body.Open($"for (var i = 0; i < {TensorLayout.Steps(to.Height, Sparse.Rows)}; i++)");
        body.Line(LoopConvEmitter.Start("row", "i", to.Height, Sparse.Rows));
        using var columns = body.Open($"for (var j = 0; j < {TensorLayout.Steps(to.Width, Columns)}; j++)");
        body.Line(LoopConvEmitter.Start("column", "j", to.Width, Columns));
        body.Line("ref var w = ref weights;");
        body.Line("ref var t = ref places;");
        if (!HasBlocks)
        {
            EmitBlock("0", Literals.Int(Sources));
            return;
        }

        using var blocks = body.Open($"for (var first = 0; first < {Sources}; first += {Sparse.SourcesPerBlock})");
        EmitBlock($"first * {from.MapStride}", Sources % Sparse.SourcesPerBlock == 0 ? Literals.Int(Sparse.SourcesPerBlock) : $"Math.Min({Sparse.SourcesPerBlock}, {Sources} - first)");
    }

    private void EmitBlock(string firstSource, string sources)
    {
        body.Line($"ref var s = ref Unsafe.Add(ref x, {firstSource} + (row * {Window.StrideY * from.RowStride}) + (column * {Window.StrideX}));");
        if (step.Packed is not null)
        {
            EmitPacking(sources);
            body.Line("s = ref packed;");
        }

        using var maps = body.Open($"for (var map = 0; map < {to.Maps}; map++)");
        var held = Sparse.Patterns.Select(p => p.MostPerColumn).DefaultIfEmpty(1).Max();
        body.Line($"ref var d = ref Unsafe.Add(ref y, (map * {to.MapStride}) + (row * {to.RowStride}) + column);");
        body.Line($"{target.Type} {string.Join(", ", Each().Select(s => Sum(s.Row, s.Vector)))}, v, {string.Join(", ", Enumerable.Range(0, held).Select(k => $"b{k}"))};");
        EmitStart();
        body.Line("w = ref Unsafe.Add(ref w, 1);");
        body.Line("int n;");
        foreach (var pattern in Sparse.Patterns)
        {
            body.Line();
            body.Line($"// taps {string.Join(" ", pattern.Taps.Select(p => $"{p.Y},{p.X}"))}");
            body.Line("n = t;");
            body.Line("t = ref Unsafe.Add(ref t, 1);");
            using var loop = body.Open("for (; n > 0; n--)");
            EmitPattern(pattern);
        }

        body.Line();
        if (!HasBlocks)
        {
            EmitResults();
        }
        else if (step.Addend is not null || step.Activation is not null || IsPaired)
        {
            using var last = body.Open($"if (first >= {Sources - Sparse.SourcesPerBlock})");
            EmitResults();
        }

        EachSum((sum, at) => body.Line($"S{target.Suffix}({sum}, ref d, {at});"));
    }

    /// <summary>Turns the sums into what is stored.</summary>
    private void EmitResults()
    {
        if (IsPaired)
        {
            EachSum((sum, _) => body.Line($"{sum} = Unpair{target.Suffix}({sum});"));
        }

        if (step.Addend?.Layout is { } added)
        {
            Addend.Add(body, step.Addend, $"(map * {added.MapStride}) + (row * {added.RowStride}) + column", add =>
            {
                foreach (var (row, vector) in Each())
                {
                    add(target, Sum(row, vector), (row * added.RowStride) + Column(vector));
                }
            });
        }

        if (step.Activation is not null)
        {
            EachSum((sum, _) => body.Line($"{sum} = {target.Activate(step.Activation, sum)};"));
        }
    }

    /// <summary>Sums start with the bias, and go on with what the source maps before have brought.</summary>
    private void EmitStart()
    {
        if (!HasBlocks)
        {
            FromBias();
            return;
        }

        using (body.Open("if (first == 0)"))
        {
            FromBias();
        }

        using var otherwise = body.Open("else");
        EachSum((sum, at) => body.Line($"{sum} = L{target.Suffix}(ref d, {at});"));

        void FromBias()
        {
            body.Line($"b0 = B{target.Suffix}(ref w, 0);");
            EachSum((sum, _) => body.Line($"{sum} = b0;"));
        }
    }

    private void EmitPattern(SparsePattern pattern)
    {
        body.Line($"ref var q = ref Unsafe.Add(ref s, t{(step.Packed is null ? string.Empty : $" * {PackedRow}")});");
        body.Line("t = ref Unsafe.Add(ref t, 1);");
        var weight = 0;
        foreach (var column in pattern.Columns)
        {
            // Input row → (sum's row, weight) of everything that reads it.
            var uses = new SortedDictionary<int, List<(int Row, int Weight)>>();
            foreach (var ((y, _), k) in column.Select((tap, k) => (tap, k)))
            {
                body.Line($"b{k} = B{target.Suffix}(ref w, {weight++});");
                for (var row = 0; row < Sparse.Rows; row++)
                {
                    var inputRow = (row * Window.StrideY) + (y * Window.DilationY);
                    uses[inputRow] = uses.TryGetValue(inputRow, out var list) ? list : [];
                    uses[inputRow].Add((row, k));
                }
            }

            foreach (var use in uses)
            {
                for (var vector = 0; vector < vectors; vector++)
                {
                    body.Line($"v = L{target.Suffix}(ref q, {Place(column.Key, use.Key, vector)});");
                    foreach (var (row, k) in use.Value)
                    {
                        body.Line($"{Sum(row, vector)} = F{target.Suffix}(v, b{k}, {Sum(row, vector)});");
                    }
                }
            }
        }

        body.Line($"w = ref Unsafe.Add(ref w, {weight});");
    }

    /// <summary>Copies the input of a tile together: per source map and column of the kernel the rows below each other.</summary>
    private void EmitPacking(string sources)
    {
        using var maps = body.Open($"for (var source = 0; source < {sources}; source++)");
        body.Line($"ref var a = ref Unsafe.Add(ref s, source * {from.MapStride});");
        body.Line($"ref var p = ref Unsafe.Add(ref packed, source * {Sparse.PackedVectors * PackedRow});");
        using var rows = body.Open($"for (var r = 0; r < {Sparse.InputRows}; r++)");
        for (var x = 0; x < Window.KernelWidth; x++)
        {
            for (var vector = 0; vector < vectors; vector++)
            {
                EmitPackedVector(x, vector);
            }
        }

        body.Line($"a = ref Unsafe.Add(ref a, {from.RowStride});");
        body.Line($"p = ref Unsafe.Add(ref p, {PackedRow});");
    }

    private void EmitPackedVector(int x, int vector)
    {
        var source = (x * Window.DilationX) + (Column(vector) * Window.StrideX);
        var place = Place(x, 0, vector);
        if (IsPaired)
        {
            // Two neighbouring taps are the even and the odd elements of the same loads.
            var isSecond = Window.DilationX == 1 && x % 2 == 1;
            if (isSecond)
            {
                source--;
            }

            body.Line($"S{target.Suffix}({(isSecond ? "High1Of" : "Low1Of")}{target.Suffix}({Load(source)}, {Load(source + target.Lanes)}), ref p, {place});");
        }
        else if (Window.StrideX == 1 || target.Lanes == 1)
        {
            body.Line($"S{target.Suffix}({Load(source)}, ref p, {place});");
        }
        else
        {
            using var loop = body.Open($"for (var c = 0; c < {target.Lanes}; c++)");
            body.Line($"Unsafe.Add(ref p, {place} + c) = Unsafe.Add(ref a, {source} + (c * {Window.StrideX}));");
        }

        string Load(int offset) => $"L{target.Suffix}(ref a, {offset})";
    }

    private void EachSum(Action<string, int> action)
    {
        foreach (var (row, vector) in Each())
        {
            action(Sum(row, vector), (row * to.RowStride) + Column(vector));
        }
    }

    private IEnumerable<(int Row, int Vector)> Each() =>
        from row in Enumerable.Range(0, Sparse.Rows) from vector in Enumerable.Range(0, vectors) select (row, vector);

    /// <summary>Where a tap's column reads a vector of an input row, from the tile's first element of a source map.</summary>
    private int Place(int x, int row, int vector) => step.Packed is null
        ? (x * Window.DilationX) + (row * from.RowStride) + Column(vector)
        : (((x * Sparse.InputRows) + row) * PackedRow) + (vector * target.Lanes);

    /// <summary>The first column of a vector in its tile.</summary>
    private int Column(int vector) => Math.Min(vector * target.Lanes, Columns - target.Lanes);

    private static string Sum(int row, int vector) => $"a{row}_{vector}";
}

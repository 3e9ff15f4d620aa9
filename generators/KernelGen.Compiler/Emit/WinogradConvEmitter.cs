using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a 3×3 convolution by Winograd's algorithm, block by block: tiles of the input transformed, a matrix product over the source
/// maps at every point, and its results transformed to pixels. Vectors are of maps throughout.
/// </summary>
internal sealed class WinogradConvEmitter(KernelClass kernels, WinogradConvStep step, string id)
{
    private const int Block = TensorLayout.Block;
    private readonly SourceWriter body = kernels.Body;
    private readonly Target target = kernels.Target;
    private readonly WinogradBlock block = step.Block;
    private readonly WinogradTransform transform = new(step.Block.Size);
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;
    private readonly int sources = step.Conv.Input.Maps;
    private readonly int outputs = step.Conv.Output.Maps;
    private readonly int size = step.Block.Size;

    /// <summary>Floats from one point of a tile to the next.</summary>
    private int SourceStride => TensorLayout.RoundUp(sources, Block);

    private int OutputStride => TensorLayout.RoundUp(outputs, Block);

    private int SourceTile => block.TileStride(sources);

    private int OutputTile => block.TileStride(outputs);

    /// <summary>Floats of one point and block of 16 output maps: what the sums start with, then the weights source map by source map.</summary>
    private int WeightBlock => (sources + 1) * Block;

    public void Emit()
    {
        var (input, output) = (kernels.Unique(id + "_winograd_input"), kernels.Unique(id + "_winograd_output"));
        EmitInput(input);
        var products = EmitProducts();
        EmitOutput(output);
        var name = kernels.Unique(id + "_winograd");
        EmitBlocks(name, input, products, output);
        var window = step.Conv.Conv.Window;
        var x = from.Origin - (window.PadTop * from.RowStride) - (window.PadLeft * from.PixelStride);
        var weights = kernels.Constants.Floats($"{id}_winograd{size}_weights", Weights);
        var added = step.Addend is { } addend ? ", " + KernelClass.Ref(addend, addend.Layout.Origin) : string.Empty;
        kernels.Call($"{name}({KernelClass.Ref(step.From, x)}, {weights}, {KernelClass.Ref(step.Room)}, {KernelClass.Ref(step.To, to.Origin)}{added});");
    }

    /// <summary>The loop over blocks.</summary>
    /// <param name="products">Calls for one point, with references <c>v</c>, <c>w</c> and <c>m</c>.</param>
    private void EmitBlocks(string name, string input, List<string> products, string output)
    {
        using var method = kernels.Method(
            name,
            $"ref float x, ref float weights, ref float room, ref float y{Addend.Parameter(step.Addend)}",
            $"{step.Name}: {sources} to {outputs} maps in tiles of {size} × {size} pixels, {block.Rows} × {block.Columns} tiles at a time");
        var (rows, columns) = (block.TilesOver(to.Height), block.TilesOver(to.Width));
        using var down = body.Open($"for (var i = 0; i < {TensorLayout.Steps(rows, block.Rows)}; i++)");
        body.Line(LoopConvEmitter.Start("row", "i", rows, block.Rows));
        using var across = body.Open($"for (var j = 0; j < {TensorLayout.Steps(columns, block.Columns)}; j++)");
        body.Line(LoopConvEmitter.Start("column", "j", columns, block.Columns));
        EachRow(() => body.Line(
            $"{input}(ref Unsafe.Add(ref x, top * {from.RowStride}), ref Unsafe.Add(ref room, r * {block.Columns * SourceTile}), column);"));
        body.Line("ref var v = ref room;");
        body.Line("ref var w = ref weights;");
        body.Line($"ref var m = ref Unsafe.Add(ref room, {block.Tiles * SourceTile});");
        using (body.Open($"for (var point = 0; point < {block.Points}; point++)"))
        {
            products.ForEach(p => body.Line(p));
            body.Line($"v = ref Unsafe.Add(ref v, {SourceStride});");
            body.Line($"w = ref Unsafe.Add(ref w, {OutputStride / Block * WeightBlock});");
            body.Line($"m = ref Unsafe.Add(ref m, {OutputStride});");
        }

        EachRow(() => body.Line(
            $"{output}(ref Unsafe.Add(ref room, {block.Tiles * SourceTile} + (r * {block.Columns * OutputTile})), ref Unsafe.Add(ref y, top * {to.RowStride}){(step.Addend is { } added ? $", ref Unsafe.Add(ref z, top * {added.Layout.RowStride})" : string.Empty)}, column);"));

        void EachRow(Action write)
        {
            using var loop = body.Open($"for (var r = 0; r < {block.Rows}; r++)");
            body.Line($"var top = Math.Min((row + r) * {size}, {to.Height - size});");
            write();
        }
    }

    /// <summary>Bᵀ·d·B of one row of tiles. Neighbouring tiles share two columns, which stay in registers.</summary>
    private void EmitInput(string name)
    {
        using var method = kernels.Method(name, "ref float x, ref float v, int column", $"{step.Name}: inputs of {block.Columns} tiles");
        transform.DeclareFactors(body, target);
        for (var pair = 0; pair < transform.InputPairs.Length; pair++)
        {
            using var maps = body.Open($"for (var m = 0; m < {sources}; m += {target.Lanes})");
            body.Line("ref var d = ref Unsafe.Add(ref v, m);");
            if (to.Width % size == 0)
            {
                body.Line($"ref var s = ref Unsafe.Add(ref x, (column * {size * from.PixelStride}) + m);");
                EmitInputTiles(pair, Literals.Int(block.Columns));
                continue;
            }

            // The last tile of the map starts early.
            using var parts = body.Open("for (var part = 0; part < 2; part++)");
            body.Line($"var count = part == 0 ? Math.Min({block.Columns}, {to.Width / size} - column) : column + {Literals.Int(block.Columns - (to.Width / size))};");
            body.Line($"ref var s = ref Unsafe.Add(ref x, ((part == 0 ? column * {size} : {to.Width - size}) * {from.PixelStride}) + m);");
            EmitInputTiles(pair, "count");
        }
    }

    private void EmitInputTiles(int pair, string count)
    {
        var rows = transform.InputPairs[pair];
        Columns(0, 2);
        using var tiles = body.Open($"for (var tile = 0; tile < {count}; tile++)");
        Columns(2, size + 2);
        Points("a", rows.First);
        Points("b", rows.Second);
        body.Line($"s = ref Unsafe.Add(ref s, {size * from.PixelStride});");
        body.Line($"d = ref Unsafe.Add(ref d, {SourceTile});");

        void Columns(int first, int end)
        {
            for (var c = first; c < end; c++)
            {
                var column = c * from.PixelStride;
                var (a, b) = transform.Input(
                    body, target, pair, r => $"L{target.Suffix}(ref s, {(r * from.RowStride) + column})", $"_{c}");
                body.Line($"var a{c} = {a};");
                body.Line($"var b{c} = {b};");
            }
        }

        void Points(string row, int number)
        {
            for (var p = 0; p < transform.InputPairs.Length; p++)
            {
                var (first, second) = transform.Input(body, target, p, c => $"{row}{c}", $"_{row}{p}");
                var places = transform.InputPairs[p];
                Store(first, places.First);
                Store(second, places.Second);
            }

            for (var c = 0; c < 2; c++)
            {
                body.Line($"{row}{c} = {row}{size + c};");
            }

            void Store(string value, int place) => body.Line($"S{target.Suffix}({value}, ref d, {((number * (size + 2)) + place) * SourceStride});");
        }
    }

    /// <summary>The matrix product at one point, tiles × sources by sources × outputs, as the calls that make it up.</summary>
    private List<string> EmitProducts()
    {
        var methods = new Dictionary<LoopTile, string>();
        var calls = new List<string>();
        foreach (var tile in LoopTile.Cover(target, 1, block.Tiles, outputs, sources))
        {
            var shape = tile with { FirstMap = 0, Column = 0 };
            if (!methods.TryGetValue(shape, out var name))
            {
                name = kernels.Unique($"{id}_winograd_{tile.Width}x{tile.Name}");
                methods.Add(shape, name);
                EmitProduct(name, tile);
            }

            var w = (tile.FirstMap / Block * WeightBlock) + (tile.FirstMap % Block);
            calls.Add(
                $"{name}(ref Unsafe.Add(ref v, {tile.Column * SourceTile}), ref Unsafe.Add(ref w, {w}), ref Unsafe.Add(ref m, {(tile.Column * OutputTile) + tile.FirstMap}));");
        }

        return calls;
    }

    private void EmitProduct(string name, LoopTile tile)
    {
        using var method = kernels.Method(
            name,
            "ref float v, ref float weights, ref float m",
            $"{step.Name}: one point of {tile.Columns} tiles, {tile.Width} × {tile.Maps} maps at a time");
        using var tiles = body.Open($"for (var j = 0; j < {tile.ColumnSteps}; j++)");
        body.Line(LoopConvEmitter.Start("tile", "j", tile.Columns, tile.Width));
        body.Line($"ref var q = ref Unsafe.Add(ref v, tile * {SourceTile});");
        body.Line($"ref var d = ref Unsafe.Add(ref m, tile * {OutputTile});");
        RegisterTile.Start(body, tile, v => VectorOffset(tile, v));
        body.Line($"ref var w = ref Unsafe.Add(ref weights, {Block});");
        using (body.Open($"for (var source = 0; source < {sources}; source++)"))
        {
            RegisterTile.MultiplyAdd(body, tile, p => p * SourceTile, v => VectorOffset(tile, v));
            body.Line($"w = ref Unsafe.Add(ref w, {Block});");
            body.Line("q = ref Unsafe.Add(ref q, 1);");
        }

        RegisterTile.Each(tile, (p, v) => body.Line($"S{tile.TargetOf(v).Suffix}(a{p}_{v}, ref d, {(p * OutputTile) + (v * tile.Target.Lanes)});"));
    }

    private int VectorOffset(LoopTile tile, int vector)
    {
        var lane = vector * tile.Target.Lanes;
        return (lane / Block * WeightBlock) + (lane % Block);
    }

    /// <summary>Aᵀ·m·A of one row of tiles, activated.</summary>
    private void EmitOutput(string name)
    {
        using var method = kernels.Method(name, $"ref float m, ref float y{Addend.Parameter(step.Addend)}, int column", $"{step.Name}: outputs of {block.Columns} tiles");
        transform.DeclareFactors(body, target);
        using var tiles = body.Open($"for (var tile = 0; tile < {block.Columns}; tile++)");
        body.Line($"var left = Math.Min((column + tile) * {size}, {to.Width - size});");
        using var maps = body.Open($"for (var map = 0; map < {outputs}; map += {target.Lanes})");
        body.Line($"ref var s = ref Unsafe.Add(ref m, (tile * {OutputTile}) + map);");
        body.Line($"ref var d = ref Unsafe.Add(ref y, (left * {to.PixelStride}) + map);");
        if (step.Addend is { } added)
        {
            body.Line($"ref var added = ref Unsafe.Add(ref z, (left * {added.Layout.PixelStride}) + map);");
        }

        for (var set = 0; set < transform.OutputSets.Length; set++)
        {
            var rows = transform.OutputSets[set];
            for (var c = 0; c < size + 2; c++)
            {
                var column = c * OutputStride;
                var values = transform.Output(
                    body, target, set, r => $"L{target.Suffix}(ref s, {(r * (size + 2) * OutputStride) + column})", $"{set}_{c}");
                for (var r = 0; r < rows.Length; r++)
                {
                    body.Line($"var p{rows[r]}_{c} = {values[r]};");
                }
            }

            foreach (var row in rows)
            {
                EmitPixels(row);
            }
        }
    }

    private void EmitPixels(int row)
    {
        for (var set = 0; set < transform.OutputSets.Length; set++)
        {
            var columns = transform.OutputSets[set];
            var values = transform.Output(body, target, set, c => $"p{row}_{c}", $"{set}_row{row}");
            for (var c = 0; c < columns.Length; c++)
            {
                var value = step.Addend?.Layout is { } added
                    ? $"({values[c]} + L{target.Suffix}(ref added, {(row * added.RowStride) + (columns[c] * added.PixelStride)}))"
                    : values[c];
                var pixel = (row * to.RowStride) + (columns[c] * to.PixelStride);
                body.Line($"S{target.Suffix}({target.Activate(step.Activation, value)}, ref d, {pixel});");
            }
        }
    }

    /// <summary>Per point and block of 16 output maps: what the 16 sums start with, then 16 weights per source map.</summary>
    private float[] Weights()
    {
        var kernelOf = new double[outputs, sources][];
        foreach (var term in step.Conv.Terms)
        {
            (kernelOf[term.Output, term.Source] ??= new double[9])[term.Tap] = term.Weight;
        }

        var table = new float[block.Points * (OutputStride / Block) * WeightBlock];
        for (var o = 0; o < outputs; o++)
        {
            table[Place(transform.BiasPoint, o)] = step.Conv.Bias(o);
            for (var s = 0; s < sources; s++)
            {
                if (kernelOf[o, s] is { } kernel)
                {
                    var filter = transform.Filter(kernel);
                    for (var point = 0; point < filter.Length; point++)
                    {
                        table[Place(point, o) + ((s + 1) * Block)] = (float)filter[point];
                    }
                }
            }
        }

        return table;

        int Place(int point, int output) => (((point * (OutputStride / Block)) + (output / Block)) * WeightBlock) + (output % Block);
    }
}

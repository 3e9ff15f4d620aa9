using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a fully connected layer: every input element times a row of weights, vectors over units. The weights are stored in
/// panels of at most 64 units in the order in which they are read.
/// </summary>
internal sealed class DenseEmitter(KernelClass kernels, DenseStep step, string id)
{
    private const int Block = TensorLayout.Block;
    private const int PanelBlocks = 4;

    private readonly Target target = kernels.Target;
    private readonly Dense dense = step.Dense;
    private readonly int inputs = step.Dense.Weights.Length / step.Dense.Units;

    public void Emit()
    {
        var line = Line();
        if (step.Unrolled)
        {
            EmitUnrolled(line);
        }
        else
        {
            EmitLoops(line);
        }
    }

    /// <summary>The input's elements side by side: copied there if need be, in the order in which they lie in memory.</summary>
    private string Line()
    {
        var from = step.From.Layout;
        if (IsLine(from))
        {
            return KernelClass.Ref(step.From, from.Origin);
        }

        var compact = from.Order == MapOrder.Planar
            ? TensorLayout.Compact(from.Maps, from.Height, from.Width)
            : new TensorLayout(MapOrder.Interleaved, from.Maps, from.Height, from.Width, 1, from.Width * from.Maps, from.Maps, 0, inputs);
        kernels.Call(CopyEmitter.Call(from, compact, KernelClass.Ref(step.From), KernelClass.Ref(step.Line)));
        return KernelClass.Ref(step.Line);
    }

    private static bool IsLine(TensorLayout from) =>
        from.IsCompact
        || (from.Order == MapOrder.Interleaved
            && ((from.Height == 1 && from.Width == 1)
                || (from.PixelStride == from.Maps && (from.Height == 1 || from.RowStride == from.Width * from.Maps))));

    /// <summary>For every position on the line, the input's number in CHW order.</summary>
    private int[] InputOrder()
    {
        var from = step.From.Layout;
        var pixels = from.Height * from.Width;
        return from.Order == MapOrder.Planar || pixels == 1
            ? Enumerable.Range(0, inputs).ToArray()
            : Enumerable.Range(0, inputs).Select(i => (i % from.Maps * pixels) + (i / from.Maps)).ToArray();
    }

    private float Bias(int unit) => unit < dense.Units ? dense.Bias?[unit] ?? 0f : 0f;

    private float Weight(int unit, int input) => unit < dense.Units ? dense.Weights[(unit * inputs) + input] : 0f;

    private void EmitLoops(string line)
    {
        var blocks = TensorLayout.RoundUp(dense.Units, Block) / Block;
        var panels = (blocks + PanelBlocks - 1) / PanelBlocks;
        var perPanel = (blocks + panels - 1) / panels;
        var weights = kernels.Constants.Floats(id + "_weights_by_unit", () => Panels(blocks, perPanel));
        var methods = new Dictionary<(int Vectors, int Row), string>();
        for (var first = 0; first < blocks; first += perPanel)
        {
            var row = Math.Min(perPanel, blocks - first) * Block;
            var vectors = row / target.Lanes;
            var passes = (vectors + Math.Min(16, target.Accumulators) - 1) / Math.Min(16, target.Accumulators);
            var perPass = (vectors + passes - 1) / passes;
            for (var v = 0; v < vectors; v += perPass)
            {
                var key = (Math.Min(perPass, vectors - v), row);
                if (!methods.TryGetValue(key, out var name))
                {
                    name = kernels.Unique($"{id}_loop_1x{key.Item1}");
                    methods.Add(key, name);
                    EmitLoop(name, key.Item1, row);
                }

                var lane = v * target.Lanes;
                kernels.Call(
                    $"{name}({line}, ref Unsafe.Add({weights}, {(first * Block * (inputs + 1)) + lane}), {KernelClass.Ref(step.To, step.To.Layout.Origin + (first * Block) + lane)});");
            }
        }
    }

    private void EmitLoop(string name, int vectors, int row)
    {
        var body = kernels.Body;
        using var method = kernels.Method(name, "ref float x, ref float w, ref float y", $"{step.Name}: {vectors * target.Lanes} units, {inputs} inputs");
        var chains = Math.Max(1, Target.InFlight / vectors);
        for (var v = 0; v < vectors; v++)
        {
            body.Line($"var a0_{v} = L(ref w, {v * target.Lanes});");
            for (var c = 1; c < chains; c++)
            {
                body.Line($"var a{c}_{v} = {target.Zero};");
            }
        }

        body.Line($"w = ref Unsafe.Add(ref w, {row});");
        EmitInputs(0, inputs / chains * chains, chains, vectors, row);
        EmitInputs(inputs / chains * chains, inputs, 1, vectors, row);
        for (var v = 0; v < vectors; v++)
        {
            var sum = string.Join(" + ", Enumerable.Range(0, chains).Select(c => $"a{c}_{v}"));
            body.Line($"S({target.Activate(step.Activation, chains == 1 ? sum : $"({sum})")}, ref y, {v * target.Lanes});");
        }
    }

    private void EmitInputs(int start, int end, int chains, int vectors, int row)
    {
        if (start == end)
        {
            return;
        }

        var body = kernels.Body;
        using var loop = body.Open($"for (var i = {start}; i < {end}; i += {chains})");
        for (var c = 0; c < chains; c++)
        {
            body.Line($"var x{c} = B(ref x, i + {c});");
            for (var v = 0; v < vectors; v++)
            {
                body.Line($"a{c}_{v} = F(x{c}, L(ref w, {(c * row) + (v * target.Lanes)}), a{c}_{v});");
            }
        }

        body.Line($"w = ref Unsafe.Add(ref w, {chains * row});");
    }

    /// <summary>Per panel: its biases, then its weights input by input.</summary>
    private float[] Panels(int blocks, int perPanel)
    {
        var order = InputOrder();
        var table = new float[blocks * Block * (inputs + 1)];
        var at = 0;
        for (var first = 0; first < blocks; first += perPanel)
        {
            var (start, end) = (first * Block, Math.Min(first + perPanel, blocks) * Block);
            for (var unit = start; unit < end; unit++)
            {
                table[at++] = Bias(unit);
            }

            foreach (var input in order)
            {
                for (var unit = start; unit < end; unit++)
                {
                    table[at++] = Weight(unit, input);
                }
            }
        }

        return table;
    }

    private void EmitUnrolled(string line)
    {
        // A vector of literals is as many IL instructions as it has lanes, and a few.
        var perMethod = Math.Max(1, 8_000 / (target.Lanes + 6));
        var order = InputOrder();
        var vectors = (dense.Units + target.Lanes - 1) / target.Lanes;
        for (var first = 0; first < vectors; first += Target.InFlight)
        {
            var count = Math.Min(Target.InFlight, vectors - first);
            var inputsPerMethod = Math.Max(1, perMethod / count);
            for (var i = 0; i < inputs; i += inputsPerMethod)
            {
                EmitLiterals(line, order, first, count, i, Math.Min(inputs, i + inputsPerMethod));
            }
        }
    }

    private void EmitLiterals(string line, int[] order, int firstVector, int count, int start, int end)
    {
        var body = kernels.Body;
        var name = kernels.Unique($"{id}_unrolled_1x{count}");
        var unit = firstVector * target.Lanes;
        kernels.Call($"{name}({line}, {KernelClass.Ref(step.To, step.To.Layout.Origin + unit)});");
        using var method = kernels.Method(
            name, "ref float x, ref float y", $"{step.Name}: units {unit}–{Math.Min(dense.Units, unit + (count * target.Lanes)) - 1}, inputs {start}–{end - 1}");
        for (var v = 0; v < count; v++)
        {
            body.Line($"var a{v} = {(start == 0 ? Vector(lane => Bias(unit + (v * target.Lanes) + lane)) : $"L(ref y, {v * target.Lanes})")};");
        }

        body.Line($"{target.Type} x0;");
        for (var i = start; i < end; i++)
        {
            body.Line($"x0 = B(ref x, {i});");
            for (var v = 0; v < count; v++)
            {
                body.Line($"a{v} = F(x0, {Vector(lane => Weight(unit + (v * target.Lanes) + lane, order[i]))}, a{v});");
            }
        }

        for (var v = 0; v < count; v++)
        {
            body.Line($"S({(end == inputs ? target.Activate(step.Activation, $"a{v}") : $"a{v}")}, ref y, {v * target.Lanes});");
        }
    }

    private string Vector(Func<int, float> lane)
    {
        var literals = string.Join(", ", Enumerable.Range(0, target.Lanes).Select(l => Literals.Float(lane(l))));
        return target.Lanes == 1 ? literals : $"Vector{target.Name}.Create({literals})";
    }
}

using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes a fully connected layer: every input element times a row of weights, vectors over units. The weights are stored in
/// panels of at most 64 units in the order in which they are read, without the rows of a panel that are all zero if those are many.
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
        var panels = Panels();
        var isSparse = panels.Sum(p => p.Inputs.Length) * 10 <= panels.Count * inputs * 9;
        if (!isSparse)
        {
            panels = panels.Select(p => p with { Inputs = Enumerable.Range(0, inputs).ToArray() }).ToList();
        }

        var weights = kernels.Constants.Floats(id + "_weights_by_unit", () => Table(panels));
        var places = isSparse ? kernels.Constants.Ints(id + "_inputs", () => panels.SelectMany(p => p.Inputs).ToArray()) : string.Empty;
        var methods = new Dictionary<(int Vectors, int Row), string>();
        var (firstWeight, firstPlace) = (0, 0);
        foreach (var panel in panels)
        {
            var vectors = panel.Units / target.Lanes;
            var passes = (vectors + Math.Min(16, target.Accumulators) - 1) / Math.Min(16, target.Accumulators);
            var perPass = (vectors + passes - 1) / passes;
            for (var v = 0; v < vectors; v += perPass)
            {
                var key = (Math.Min(perPass, vectors - v), panel.Units);
                if (!methods.TryGetValue(key, out var name))
                {
                    name = kernels.Unique($"{id}_loop_1x{key.Item1}");
                    methods.Add(key, name);
                    EmitLoop(name, key.Item1, panel.Units, isSparse);
                }

                var lane = v * target.Lanes;
                var sparse = isSparse ? $", ref Unsafe.Add({places}, {firstPlace}), {panel.Inputs.Length}" : string.Empty;
                kernels.Call(
                    $"{name}({line}, ref Unsafe.Add({weights}, {firstWeight + lane}), {KernelClass.Ref(step.To, step.To.Layout.Origin + panel.First + lane)}{sparse});");
            }

            firstWeight += panel.Units * (panel.Inputs.Length + 1);
            firstPlace += panel.Inputs.Length;
        }
    }

    private void EmitLoop(string name, int vectors, int row, bool isSparse)
    {
        var body = kernels.Body;
        using var method = kernels.Method(
            name,
            $"ref float x, ref float w, ref float y{(isSparse ? ", ref int places, int count" : string.Empty)}",
            $"{step.Name}: {vectors * target.Lanes} units, {(isSparse ? "some" : "all")} of {inputs} inputs");
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
        if (isSparse)
        {
            body.Line("var i = 0;");
            EmitInputs($"for (; i <= count - {chains}; i += {chains})", chains, vectors, row, isSparse);
            if (chains > 1)
            {
                EmitInputs("for (; i < count; i++)", 1, vectors, row, isSparse);
            }
        }
        else
        {
            var whole = inputs / chains * chains;
            EmitInputs($"for (var i = 0; i < {whole}; i += {chains})", chains, vectors, row, isSparse);
            if (whole < inputs)
            {
                EmitInputs($"for (var i = {whole}; i < {inputs}; i++)", 1, vectors, row, isSparse);
            }
        }

        for (var v = 0; v < vectors; v++)
        {
            var sum = string.Join(" + ", Enumerable.Range(0, chains).Select(c => $"a{c}_{v}"));
            body.Line($"S({target.Activate(step.Activation, chains == 1 ? sum : $"({sum})")}, ref y, {v * target.Lanes});");
        }
    }

    private void EmitInputs(string head, int chains, int vectors, int row, bool isSparse)
    {
        var body = kernels.Body;
        using var loop = body.Open(head);
        for (var c = 0; c < chains; c++)
        {
            if (isSparse)
            {
                body.Line($"var o{c} = Unsafe.Add(ref places, i + {c});");
            }

            body.Line($"var x{c} = B(ref x, {(isSparse ? $"o{c}" : $"i + {c}")});");
            for (var v = 0; v < vectors; v++)
            {
                body.Line($"a{c}_{v} = F(x{c}, L(ref w, {(c * row) + (v * target.Lanes)}), a{c}_{v});");
            }
        }

        body.Line($"w = ref Unsafe.Add(ref w, {chains * row});");
    }

    /// <summary>The units in panels as even as whole blocks allow, and the places on the line whose inputs any unit of a panel has a weight for.</summary>
    private List<Panel> Panels()
    {
        var order = InputOrder();
        var blocks = TensorLayout.RoundUp(dense.Units, Block) / Block;
        var count = (blocks + PanelBlocks - 1) / PanelBlocks;
        var perPanel = (blocks + count - 1) / count;
        var panels = new List<Panel>();
        for (var first = 0; first < blocks; first += perPanel)
        {
            var (start, end) = (first * Block, Math.Min(first + perPanel, blocks) * Block);
            var used = Enumerable.Range(0, inputs).Where(i => Enumerable.Range(start, end - start).Any(unit => Weight(unit, order[i]) != 0)).ToArray();
            panels.Add(new Panel(start, end - start, used));
        }

        return panels;
    }

    /// <summary>Per panel: its biases, then its weights input by input.</summary>
    private float[] Table(List<Panel> panels)
    {
        var order = InputOrder();
        var table = new List<float>();
        foreach (var panel in panels)
        {
            table.AddRange(Enumerable.Range(panel.First, panel.Units).Select(Bias));
            foreach (var place in panel.Inputs)
            {
                for (var unit = panel.First; unit < panel.First + panel.Units; unit++)
                {
                    table.Add(Weight(unit, order[place]));
                }
            }
        }

        return table.ToArray();
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
                var weights = Enumerable.Range(0, target.Lanes).Select(lane => Weight(unit + (v * target.Lanes) + lane, order[i])).ToArray();
                if (weights.Any(w => w != 0))
                {
                    body.Line($"a{v} = F(x0, {Vector(lane => weights[lane])}, a{v});");
                }
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

    /// <param name="First">The first unit.</param>
    /// <param name="Units">Whole blocks of them.</param>
    /// <param name="Inputs">Places on the line.</param>
    private sealed record Panel(int First, int Units, int[] Inputs);
}

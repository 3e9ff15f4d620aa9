using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes reductions: vectors over positions of the result where its elements lie side by side, else along the axis over which
/// it runs. Long sums are sums of sums, so that they stay exact.
/// </summary>
internal sealed class ReduceEmitter(KernelClass kernels, ReduceStep step, string id)
{
    /// <summary>Elements that one sum takes before it is added to the whole.</summary>
    private const int MostInOneSum = 512;

    private readonly SourceWriter body = kernels.Body;
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;
    private readonly ReduceKind kind = step.Reduce.Kind;

    private bool IsSum => kind is ReduceKind.Sum or ReduceKind.Mean;

    private bool IsExtremum => kind is ReduceKind.Max or ReduceKind.Min;

    private bool IsIndex => kind is ReduceKind.ArgMax or ReduceKind.ArgMin;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_{kind.ToString().ToLowerInvariant()}");
        var result = new Shape(step.Shape.Dimensions.Select((d, axis) => step.Reduce.Axes.Contains(axis) ? 1 : d).ToArray());
        var nest = new LoopNest(
            Lanes.Others(step.Shape, step.Reduce.Axes, from, to), [from.Strides(step.Shape), to.Strides(result)]);
        var axes = Axes();
        kernels.Call($"{name}({KernelClass.Ref(step.From, from.Origin)}, {KernelClass.Ref(step.To, to.Origin)});");
        using var method = kernels.Method(name, "ref float x, ref float y", $"{step.Name}: {step.Shape} to {result}");
        var inner = axes[axes.Count - 1];
        if (!nest.IsVector && !IsIndex && kind != ReduceKind.Product && inner.Stride == 1 && kernels.Target.AtMost(inner.Length).Lanes > 1)
        {
            nest.Write(body, kernels.Target.AtMost(1), ["x", "y"], (scalar, i) => EmitAlong(nest, scalar, i, axes));
        }
        else
        {
            nest.Write(body, kernels.Target, ["x", "y"], (target, i) =>
            {
                if (IsIndex)
                {
                    EmitIndex(nest, target, i, inner);
                }
                else
                {
                    EmitAcross(nest, target, i, axes);
                }
            });
        }
    }

    /// <summary>The axes over which it runs, the innermost last, joined where they pass without a gap; at least one.</summary>
    private List<StridedAxis> Axes()
    {
        var strides = from.Strides(step.Shape);
        var axes = new List<StridedAxis>();
        foreach (var axis in step.Reduce.Axes.Where(a => step.Shape[a] > 1).OrderByDescending(a => strides[a]))
        {
            var last = axes.Count - 1;
            if (last >= 0 && axes[last].Stride == step.Shape[axis] * strides[axis])
            {
                axes[last] = new StridedAxis(axes[last].Length * step.Shape[axis], strides[axis]);
            }
            else
            {
                axes.Add(new StridedAxis(step.Shape[axis], strides[axis]));
            }
        }

        return axes.Count > 0 ? axes : [new StridedAxis(1, 0)];
    }

    private string Start(Target target) => kind == ReduceKind.Product ? target.Constant(1) : target.Zero;

    private string Combine(Target target, string x, string y) => kind switch
    {
        ReduceKind.Max => $"Max{target.Suffix}({x}, {y})",
        ReduceKind.Min => $"Min{target.Suffix}({x}, {y})",
        ReduceKind.Product => $"{x} * {y}",
        _ => $"{x} + {y}",
    };

    private string Finish(Target target, string value) =>
        kind == ReduceKind.Mean ? $"{value} * {target.Constant((float)(1.0 / step.Reduce.Axes.Aggregate(1L, (n, a) => n * step.Shape[a])))}" : value;

    /// <summary>Every lane a result of its own: one element after the other.</summary>
    private void EmitAcross(LoopNest nest, Target target, string i, List<StridedAxis> axes)
    {
        var sums = new Sums(this, IsSum && axes.Aggregate(1L, (n, a) => n * a.Length) > MostInOneSum, [("v", target, IsExtremum ? nest.Load(target, 0, i) : Start(target))]);
        var inner = axes[axes.Count - 1];
        Each(axes, MostInOneSum, (offset, length) =>
        {
            using (body.Open($"for (var k = 0; k < {length}; k++)"))
            {
                body.Line($"var e = {nest.Load(target, 0, i, $"{offset} + (k * {inner.Stride})")};");
                body.Line($"v = {Combine(target, "v", "e")};");
            }

            sums.Flush();
        });
        body.Line(nest.Store(target, 1, i, Finish(target, sums.Of("v"))));
    }

    /// <summary>One result at a time: vectors along the innermost axis, several in flight, and their lanes at the end.</summary>
    private void EmitAlong(LoopNest nest, Target scalar, string i, List<StridedAxis> axes)
    {
        var inner = axes[axes.Count - 1];
        var target = kernels.Target.AtMost(inner.Length);
        var chains = Math.Min(4, inner.Length / target.Lanes);
        var most = MostInOneSum * chains * target.Lanes;
        body.Line($"ref var s = {nest.Start(0, i)};");
        var lengths = inner.Length > most ? new[] { most, inner.Length % most } : [inner.Length];
        var vectors = lengths.SelectMany(length => Runs.Parts(target, length)).GroupBy(p => p.Target).SelectMany(part =>
            Enumerable.Range(0, part.Key == target ? chains : 1).Select(c => (
                Vector(part.Key, c), part.Key, IsExtremum ? $"L{part.Key.Suffix}(ref s, {part.First().Start + (c * part.Key.Lanes)})" : Start(part.Key)))).ToList();
        var sums = new Sums(this, IsSum && axes.Aggregate(1L, (n, a) => n * a.Length) > most, vectors);
        Each(axes, most, (offset, length) =>
        {
            body.Line($"ref var q = ref Unsafe.Add(ref s, {offset});");
            foreach (var (part, start, end) in Runs.Parts(target, length))
            {
                var count = part == target ? chains : 1;
                var steps = (end - start) / (count * part.Lanes);
                using (body.Open($"for (var k = {start}; k < {start + (steps * count * part.Lanes)}; k += {count * part.Lanes})"))
                {
                    Take(part, count, "k");
                }

                Take(part, (end - start - (steps * count * part.Lanes)) / part.Lanes, Literals.Int(start + (steps * count * part.Lanes)));
            }

            sums.Flush();
        });
        var results = vectors.GroupBy(v => v.Key).Select(part => Horizontal(part.Key, part.Select(v => sums.Of(v.Item1)).ToList())).ToList();
        body.Line($"var result = {results[0]};");
        foreach (var result in results.Skip(1))
        {
            body.Line($"result = {Combine(scalar, "result", result)};");
        }

        body.Line(nest.Store(scalar, 1, i, Finish(scalar, "result")));

        void Take(Target part, int count, string k)
        {
            for (var c = 0; c < count; c++)
            {
                body.Line($"{Vector(part, c)} = {Combine(part, Vector(part, c), $"L{part.Suffix}(ref q, {k} + {c * part.Lanes})")};");
            }
        }
    }

    private static string Vector(Target target, int chain) => $"v{target.Suffix}_{chain}";

    /// <summary>Combines vectors, and then the lanes of what they give; the smallest is the largest of the negated.</summary>
    private string Horizontal(Target target, List<string> vectors)
    {
        var all = $"all{target.Suffix}";
        body.Line($"var {all} = {vectors.Aggregate((x, y) => Combine(target, x, y))};");
        return kind switch
        {
            ReduceKind.Max => $"Largest{target.Suffix}({all})",
            ReduceKind.Min => $"-Largest{target.Suffix}(-{all})",
            _ => $"Sum{target.Suffix}({all})",
        };
    }

    /// <summary>Loops over the axes but the innermost, and over stretches of that of a certain length at most.</summary>
    /// <param name="stretch">Writes the work for one stretch: the C# expression of its start, and its length.</param>
    private void Each(List<StridedAxis> axes, int most, Action<string, int> stretch, int depth = 0, string offset = "0")
    {
        var axis = axes[depth];
        if (depth < axes.Count - 1)
        {
            using var loop = body.Open($"for (var r{depth} = 0; r{depth} < {axis.Length}; r{depth}++)");
            Each(axes, most, stretch, depth + 1, $"{(depth == 0 ? string.Empty : $"{offset} + ")}(r{depth} * {axis.Stride})");
            return;
        }

        var whole = axis.Length / most * most;
        if (axis.Length <= most)
        {
            whole = 0;
        }
        else
        {
            using var loop = body.Open($"for (var first = 0; first < {whole}; first += {most})");
            stretch($"{offset} + (first * {axis.Stride})", most);
        }

        if (axis.Length > whole)
        {
            using var rest = body.Open();
            stretch($"{offset} + {whole * axis.Stride}", axis.Length - whole);
        }
    }

    /// <summary>The number of the largest or smallest element of one axis: of equal ones the first.</summary>
    private void EmitIndex(LoopNest nest, Target target, string i, StridedAxis axis)
    {
        var sign = kind == ReduceKind.ArgMin ? "-" : string.Empty;
        body.Line($"var best = {sign}{nest.Load(target, 0, i)};");
        body.Line($"var place = {target.Zero};");
        using (body.Open($"for (var k = 1; k < {axis.Length}; k++)"))
        {
            body.Line($"var e = {sign}{nest.Load(target, 0, i, $"(k * {axis.Stride})")};");
            body.Line($"var number = {(target.Lanes == 1 ? "(float)k" : $"Vector{target.Name}.Create((float)k)")};");
            body.Line($"place = Above{target.Suffix}(e, best, number, place);");
            body.Line($"best = Max{target.Suffix}(best, e);");
        }

        body.Line(nest.Store(target, 1, i, "place"));
    }

    /// <summary>The variables into which elements are combined, and where the sums are long, those into which they are added.</summary>
    private sealed class Sums
    {
        private readonly ReduceEmitter emitter;
        private readonly bool isLong;
        private readonly IReadOnlyList<(string Name, Target Target, string Start)> vectors;

        public Sums(ReduceEmitter emitter, bool isLong, IReadOnlyList<(string Name, Target Target, string Start)> vectors)
        {
            (this.emitter, this.isLong, this.vectors) = (emitter, isLong, vectors);
            foreach (var (name, target, start) in vectors)
            {
                emitter.body.Line($"var {name} = {start};");
                if (isLong)
                {
                    emitter.body.Line($"var total_{name} = {target.Zero};");
                }
            }
        }

        public string Of(string vector) => isLong ? $"total_{vector}" : vector;

        public void Flush()
        {
            foreach (var (name, target, _) in isLong ? vectors : [])
            {
                emitter.body.Line($"total_{name} += {name};");
                emitter.body.Line($"{name} = {target.Zero};");
            }
        }
    }
}

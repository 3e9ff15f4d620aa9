using KernelGen.Compiler.Emit;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>The form of a layer's kernels.</summary>
internal enum ScheduleKind
{
    /// <summary>Loops over constant weights, or whatever else is the only form of an operator.</summary>
    Loop,

    /// <summary>Every multiply-add is in the text.</summary>
    Unrolled,

    /// <summary>Loops over lists of the weights that exist.</summary>
    Sparse,
}

/// <summary>How one layer will be computed, and why.</summary>
internal sealed record LayerSchedule(ScheduleKind Kind, string Name, string Reason, long Cycles);

/// <summary>
/// Chooses each layer's schedule by the cost model for the widest target. Text is a budget of the whole network: layers that gain
/// most per written-out multiply-add come first.
/// </summary>
internal static class Scheduler
{
    /// <param name="convs">The terms of every convolution of the graph.</param>
    public static Dictionary<string, LayerSchedule> Choose(
        NetworkGraph graph, IReadOnlyDictionary<string, ConvTerms> convs, CompilerOptions options)
    {
        var target = Target.Parse(options.Targets[0]);
        var schedules = new Dictionary<string, LayerSchedule>();
        var candidates = new List<(string Name, long Unrolled, long Loop, long? Sparse, long Text)>();
        foreach (var node in graph.Nodes)
        {
            if (convs.TryGetValue(node.Name, out var terms))
            {
                candidates.Add((
                    node.Name,
                    CostModel.Unrolled(terms, target),
                    CostModel.Loop(terms, target),
                    SparseConv.Handles(terms) ? terms.Sparse.Cycles(target) : null,
                    CostModel.UnrolledMultiplyAdds(terms, target)));
            }
            else
            {
                schedules[node.Name] = ChooseOther(graph, node, options, target);
            }
        }

        var budget = (long)options.UnrollBudget;
        foreach (var c in candidates.OrderByDescending(c => (double)(Math.Min(c.Loop, c.Sparse ?? c.Loop) - c.Unrolled) / Math.Max(1, c.Text)))
        {
            var costs = $"unrolled {Literals.Int(c.Unrolled)} cycles ({Literals.Int(c.Text)} multiply-adds of text), loop {Literals.Int(c.Loop)}"
                + (c.Sparse is { } cycles ? $", sparse {Literals.Int(cycles)}" : string.Empty);
            var (looped, least) = c.Sparse < c.Loop && !convs[c.Name].IsDense ? (ScheduleKind.Sparse, c.Sparse.Value) : (ScheduleKind.Loop, c.Loop);
            var name = looped.ToString().ToLowerInvariant();
            var (kind, why) = options.Schedule switch
            {
                ScheduleChoice.Unrolled => (ScheduleKind.Unrolled, "unrolled by option"),
                ScheduleChoice.Loop => (ScheduleKind.Loop, "loop by option"),
                ScheduleChoice.Sparse when c.Sparse is not null => (ScheduleKind.Sparse, "sparse by option"),
                ScheduleChoice.Sparse => (ScheduleKind.Loop, "loop, as the kernels are too large for sparse"),
                _ when c.Unrolled >= least => (looped, $"{name} is cheaper"),
                _ when c.Text > budget => (looped, $"unrolled is over the {Literals.Int(budget)} left of the budget"),
                _ => (ScheduleKind.Unrolled, "unrolled is cheaper"),
            };
            budget -= kind == ScheduleKind.Unrolled ? c.Text : 0;
            var chosen = kind switch { ScheduleKind.Unrolled => c.Unrolled, ScheduleKind.Sparse => c.Sparse!.Value, _ => c.Loop };
            schedules[c.Name] = new LayerSchedule(kind, kind.ToString().ToLowerInvariant(), $"{costs}: {why}", chosen);
        }

        return schedules;
    }

    private static LayerSchedule ChooseOther(NetworkGraph graph, Node node, CompilerOptions options, Target target)
    {
        var output = graph.ShapeOf(node.Name);
        if (node.Operator is Dense dense)
        {
            var unrolled = options.Schedule == ScheduleChoice.Unrolled;
            var cycles = CostModel.Dense(dense.Weights.Length / dense.Units, dense.Units, target);
            return new LayerSchedule(
                unrolled ? ScheduleKind.Unrolled : ScheduleKind.Loop,
                unrolled ? "unrolled" : "loop",
                unrolled ? "unrolled by option" : $"{Literals.Int(cycles)} cycles as a matrix product, weights streamed",
                cycles);
        }

        if (node.Operator is Constant)
        {
            return new LayerSchedule(ScheduleKind.Loop, "constant", "read where it is", 0);
        }

        if (node.Operator is MatMul)
        {
            var cycles = CostModel.Product(output.Length, graph.ShapeOf(node.Inputs[0]).Width, target.AtMost(output.Width));
            return new LayerSchedule(ScheduleKind.Loop, "loop", $"{Literals.Int(cycles)} cycles as tiles of the product", cycles);
        }

        if (MoveBuilder.IsMove(node.Operator))
        {
            return new LayerSchedule(ScheduleKind.Loop, "copy", "elements change places", CostModel.Elementwise(output.Length, target));
        }

        var elements = node.Operator switch
        {
            Resample resample => (long)output.Length * resample.Taps,
            Pool pool => (long)output.Length * pool.Window.Area,
            Softmax => (long)output.Length * 8,
            Add or Binary => (long)output.Length * node.Inputs.Count,
            _ => Math.Max(output.Length, node.Inputs.Sum(i => (long)graph.ShapeOf(i).Length)),
        };
        return new LayerSchedule(ScheduleKind.Loop, "simd", "one pass over its elements", CostModel.Elementwise(elements, target));
    }
}

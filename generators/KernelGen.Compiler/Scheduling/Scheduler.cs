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

    /// <summary>A 3×3 convolution by Winograd's algorithm.</summary>
    Winograd,
}

/// <summary>How one layer will be computed, and why.</summary>
/// <param name="Winograd">How Winograd's algorithm walks over the output; null for other kinds.</param>
internal sealed record LayerSchedule(ScheduleKind Kind, string Name, string Reason, long Cycles, WinogradBlock? Winograd = null);

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
        var candidates = new List<(string Name, long Unrolled, long Loop, long Text, WinogradBlock? Winograd)>();
        foreach (var node in graph.Nodes)
        {
            if (convs.TryGetValue(node.Name, out var terms))
            {
                candidates.Add((
                    node.Name,
                    CostModel.Unrolled(terms, target),
                    CostModel.Loop(terms, target),
                    CostModel.UnrolledMultiplyAdds(terms, target),
                    WinogradBlock.Choose(terms, target)));
            }
            else
            {
                schedules[node.Name] = ChooseOther(graph, node, options, target);
            }
        }

        var budget = (long)options.UnrollBudget;
        foreach (var c in candidates.OrderByDescending(c => (double)(Looped(c.Loop, c.Winograd) - c.Unrolled) / Math.Max(1, c.Text)))
        {
            var costs = $"unrolled {Literals.Int(c.Unrolled)} cycles ({Literals.Int(c.Text)} multiply-adds of text), loop {Literals.Int(c.Loop)}"
                + (c.Winograd is { } w ? $", Winograd {Literals.Int(w.Cycles)} ({w.Size}×{w.Size} outputs of {w.Points} products)" : string.Empty);
            var looped = c.Winograd?.Cycles < c.Loop ? ScheduleKind.Winograd : ScheduleKind.Loop;
            var (kind, why) = options.Schedule switch
            {
                ScheduleChoice.Unrolled => (ScheduleKind.Unrolled, "unrolled by option"),
                ScheduleChoice.Loop => (ScheduleKind.Loop, "loop by option"),
                ScheduleChoice.Winograd when c.Winograd is not null => (ScheduleKind.Winograd, "Winograd by option"),
                ScheduleChoice.Winograd => (ScheduleKind.Loop, "loop by option"),
                _ when c.Unrolled >= Looped(c.Loop, c.Winograd) => (looped, $"{looped.ToString().ToLowerInvariant()} is cheapest"),
                _ when c.Text > budget => (looped, $"unrolled is over the {Literals.Int(budget)} left of the budget"),
                _ => (ScheduleKind.Unrolled, "unrolled is cheapest"),
            };
            budget -= kind == ScheduleKind.Unrolled ? c.Text : 0;
            var (cycles, block) = kind switch
            {
                ScheduleKind.Unrolled => (c.Unrolled, null),
                ScheduleKind.Winograd => (c.Winograd!.Cycles, c.Winograd),
                _ => (c.Loop, null),
            };
            schedules[c.Name] = new LayerSchedule(kind, kind.ToString().ToLowerInvariant(), $"{costs}: {why}", cycles, block);
        }

        return schedules;
    }

    private static long Looped(long loop, WinogradBlock? winograd) => Math.Min(loop, winograd?.Cycles ?? loop);

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

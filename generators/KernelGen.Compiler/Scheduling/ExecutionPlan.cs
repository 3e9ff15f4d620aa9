using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Everything the emitter needs for one target: steps in order, tensors with layouts and places.</summary>
internal sealed record ExecutionPlan(
    Target Target,
    NetworkGraph Graph,
    IReadOnlyDictionary<string, LayerSchedule> Schedules,
    IReadOnlyList<Step> Steps,
    IReadOnlyList<TensorBuffer> Buffers,
    int WorkspaceLength)
{
    /// <summary>Plans a graph that has been through the passes, for each target of the options in their order.</summary>
    public static IReadOnlyList<ExecutionPlan> Create(NetworkGraph graph, CompilerOptions options)
    {
        var convs = graph.Nodes.Where(n => n.Operator is Conv).ToDictionary(
            n => n.Name, n => new ConvTerms((Conv)n.Operator, graph.ShapeOf(n.Inputs[0]), graph.ShapeOf(n.Name)));
        return options.Targets.Select(name => Create(graph, convs, Target.Parse(name), options)).ToList();
    }

    private static ExecutionPlan Create(NetworkGraph graph, IReadOnlyDictionary<string, ConvTerms> convs, Target target, CompilerOptions options)
    {
        var schedules = Scheduler.Choose(graph, convs, target, options);
        var sums = new FusedSums(graph);
        foreach (var (sum, conv) in sums.All)
        {
            schedules[sum] = new LayerSchedule(ScheduleKind.Loop, "fused", $"added by {conv} before it stores", 0);
        }

        var builder = new StepBuilder(graph, convs, schedules, sums);
        builder.Build();
        foreach (var buffer in builder.Buffers)
        {
            buffer.Pitch.AtLeast(buffer.Width + Math.Max(buffer.PadLeft, buffer.PadRight));
        }

        foreach (var buffer in builder.Buffers)
        {
            buffer.Pitch.Align(buffer.Width);
        }

        foreach (var step in builder.Steps)
        {
            step.Prepare();
        }

        foreach (var buffer in builder.Buffers)
        {
            buffer.Layout = buffer.MakeLayout();
        }

        var length = ArenaPlanner.Place(builder.Steps, builder.Buffers);
        return new ExecutionPlan(target, graph, schedules, builder.Steps, builder.Buffers, length);
    }
}

/// <summary>Gives tensors that live at different times the same memory.</summary>
internal static class ArenaPlanner
{
    /// <summary>Places every tensor at a multiple of 16 floats, first fit in the order of size.</summary>
    /// <returns>Floats of workspace.</returns>
    public static int Place(IReadOnlyList<Step> steps, IReadOnlyList<TensorBuffer> buffers)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            foreach (var buffer in steps[i].Reads.Concat(steps[i].Scratch).Concat(steps[i].Writes is { } w ? [w] : []))
            {
                buffer.FirstStep = buffer.FirstStep < 0 ? i : buffer.FirstStep;
                buffer.LastStep = i;
            }
        }

        var placed = new List<TensorBuffer>();
        foreach (var buffer in buffers.Where(b => b.FirstStep >= 0).OrderByDescending(b => b.Layout.Length).ThenBy(b => b.FirstStep))
        {
            var offset = 0;
            foreach (var other in placed.Where(p => p.FirstStep <= buffer.LastStep && buffer.FirstStep <= p.LastStep).OrderBy(p => p.Offset))
            {
                if (offset + Size(buffer) <= other.Offset)
                {
                    break;
                }

                offset = Math.Max(offset, other.Offset + Size(other));
            }

            buffer.Offset = offset;
            placed.Add(buffer);
        }

        return placed.Select(p => p.Offset + Size(p)).DefaultIfEmpty(0).Max();
    }

    private static int Size(TensorBuffer buffer) => TensorLayout.RoundUp(buffer.Layout.Length, TensorLayout.Block);
}

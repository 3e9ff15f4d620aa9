using KernelGen.Compiler.Emit;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>How one layer will be computed, and why.</summary>
/// <param name="Cycles">Estimated, with what it takes to bring its input (or the network's output) into order.</param>
/// <param name="Winograd">How Winograd's algorithm walks over the output; null for other kinds.</param>
internal sealed record LayerSchedule(ScheduleKind Kind, string Name, string Reason, long Cycles, WinogradBlock? Winograd = null);

/// <summary>
/// Chooses the schedules of all layers together by the cost model: changing the order of maps between two layers costs cycles too.
/// It starts from the best form of each convolution that needs no text, and changes runs of up to <see cref="LongestRun"/> neighbouring
/// convolutions at a time, the most gain per multiply-add of text first, until nothing gains any more. Text is a budget of the whole network.
/// </summary>
internal static class Scheduler
{
    private const int LongestRun = 8;

    /// <summary>Text that even a change without any is taken to cost, so that gains per text can be compared.</summary>
    private const long LeastText = 500;

    /// <param name="convs">The terms of every convolution of the graph.</param>
    public static Dictionary<string, LayerSchedule> Choose(
        NetworkGraph graph, IReadOnlyDictionary<string, ConvTerms> convs, Target target, CompilerOptions options)
    {
        var names = graph.Nodes.Where(n => convs.ContainsKey(n.Name)).Select(n => n.Name).ToList();
        var candidates = names.Select(n => ScheduleCandidate.Of(convs[n], target)).ToList();
        var costs = new OrderCosts(graph, names, target);
        var chosen = options.Schedule switch
        {
            ScheduleChoice.Auto => Improve(candidates, costs, options.UnrollBudget),
            var forced => candidates.Select(c => c.FirstOrDefault(k => k.Name == forced.ToString().ToLowerInvariant()) ?? c[0]).ToList(),
        };

        var left = options.UnrollBudget - chosen.Sum(c => c.Text);
        var orders = new Dictionary<string, long>();
        costs.Total(chosen, orders);
        var schedules = new Dictionary<string, LayerSchedule>();
        for (var i = 0; i < names.Count; i++)
        {
            var order = orders.TryGetValue(names[i], out var cycles) ? cycles : 0;
            var why = options.Schedule == ScheduleChoice.Auto ? Why(candidates[i], chosen[i], left) : $"{chosen[i].Name} by option";
            schedules[names[i]] = new LayerSchedule(
                chosen[i].Kind,
                chosen[i].Name,
                $"{string.Join(", ", candidates[i].Select(Describe))}{(order > 0 ? $", order of maps {Literals.Int(order)}" : string.Empty)}: {why}",
                chosen[i].Cycles + order,
                chosen[i].Winograd);
        }

        foreach (var node in graph.Nodes.Where(n => !convs.ContainsKey(n.Name)))
        {
            var other = ChooseOther(graph, node, options, target);
            schedules[node.Name] = other with { Cycles = other.Cycles + (orders.TryGetValue(node.Name, out var order) ? order : 0) };
        }

        return schedules;
    }

    private static List<ScheduleCandidate> Improve(List<IReadOnlyList<ScheduleCandidate>> candidates, OrderCosts costs, long budget)
    {
        var chosen = candidates.Select(c => c.Where(k => k.Text == 0).OrderBy(k => k.Cycles).First()).ToList();
        var total = Total(chosen);
        while (true)
        {
            List<ScheduleCandidate>? best = null;
            var (bestTotal, bestGain, bestText) = (0L, 0L, 1L);
            foreach (var change in Changes(candidates, chosen))
            {
                var text = change.Sum(c => c.Text);
                var changed = text <= budget ? Total(change) : long.MaxValue;
                var gain = total - changed;
                var more = LeastText + Math.Max(0, text - chosen.Sum(c => c.Text));

                // Gain per text, compared without fractions.
                if (gain > 0 && gain * bestText > bestGain * more)
                {
                    (best, bestTotal, bestGain, bestText) = (change, changed, gain, more);
                }
            }

            if (best is null)
            {
                return chosen;
            }

            (chosen, total) = (best, bestTotal);
        }

        long Total(List<ScheduleCandidate> choice) => choice.Sum(c => c.Cycles) + costs.Total(choice);
    }

    /// <summary>Every run of neighbouring convolutions, each of them in its best form that reads and writes one order of maps, with text or without.</summary>
    private static IEnumerable<List<ScheduleCandidate>> Changes(List<IReadOnlyList<ScheduleCandidate>> candidates, List<ScheduleCandidate> chosen)
    {
        var styles = new Func<ScheduleCandidate, bool>[]
        {
            c => c.Writes == MapOrder.Interleaved,
            c => c.Writes == MapOrder.Planar && c.Text == 0,
            c => c.Writes == MapOrder.Planar,
        };
        foreach (var style in styles)
        {
            var best = candidates.Select(c => c.Where(style).OrderBy(k => k.Cycles).FirstOrDefault()).ToList();
            for (var first = 0; first < chosen.Count; first++)
            {
                var change = chosen.ToList();
                for (var last = first; last < Math.Min(chosen.Count, first + LongestRun) && best[last] is { } form; last++)
                {
                    change[last] = form;
                    yield return change.ToList();
                }
            }
        }
    }

    private static string Describe(ScheduleCandidate candidate) =>
        $"{candidate.Name} {Literals.Int(candidate.Cycles)} cycles{(candidate.Text > 0 ? $" ({Literals.Int(candidate.Text)} multiply-adds of text)" : string.Empty)}";

    private static string Why(IReadOnlyList<ScheduleCandidate> candidates, ScheduleCandidate chosen, long left)
    {
        var cheapest = candidates.OrderBy(c => c.Cycles).First();
        return chosen.Kind == cheapest.Kind ? $"{chosen.Name} is cheapest"
            : cheapest.Text > left + chosen.Text ? $"{cheapest.Name} is over the {Literals.Int(left)} left of the budget"
            : $"with the order of maps around it {chosen.Name} is cheapest";
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

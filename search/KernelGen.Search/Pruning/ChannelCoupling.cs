using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>
/// Numbers every map that some layer starts, then unites those that must go together. A map is an index of a tensor's first
/// axis.
/// </summary>
/// <remarks>
/// Elementwise operators couple the maps that they combine, a grouped convolution those of each of its groups; operators that
/// leave the first axis alone pass maps through. A map goes only if everything that reads it is a convolution or a fully
/// connected layer, which then reads zero in its place; so maps are never removed that are inputs or outputs of the network,
/// that some operator weighs against each other, moves or repeats along the first axis (softmax, reduction, slice, gather,
/// transposition, …), or that meet another tensor's map under an axis that is not its first. Constants lose the maps that the
/// tensors they are combined with lose.
/// </remarks>
internal sealed class ChannelCoupling
{
    private readonly NetworkGraph graph;
    private readonly Dictionary<string, int[]> tensors = [];
    private readonly UnionFind sets = new();
    private readonly List<string> producer = [];
    private readonly List<int> frozen = [];
    private readonly HashSet<string> constants;

    public ChannelCoupling(NetworkGraph graph)
    {
        this.graph = graph;
        constants = graph.Nodes.Where(n => n.Operator is Constant).Select(n => n.Name).ToHashSet();
        foreach (var input in graph.Inputs)
        {
            tensors[input.Name] = StartFrozen(input.Name, input.Shape.Maps);
        }

        foreach (var node in graph.Nodes)
        {
            tensors[node.Name] = Result(node);
        }

        foreach (var output in graph.Outputs)
        {
            frozen.AddRange(tensors[output]);
        }
    }

    public ChannelGroups Resolve()
    {
        var fixedRoots = frozen.Select(sets.Find).ToHashSet();
        var members = Enumerable.Range(0, sets.Count)
            .GroupBy(sets.Find)
            .Where(c => !fixedRoots.Contains(c.Key))
            .Select(c => (Root: c.Key, Producers: c.Select(m => producer[m]).Where(p => !constants.Contains(p)).Distinct().ToList()))
            .Where(c => c.Producers.Count > 0);
        var groups = new List<ChannelGroup>();
        var units = new Dictionary<int, UnitRef>();
        foreach (var group in members.GroupBy(c => string.Join("+", c.Producers)))
        {
            var roots = group.Select(c => c.Root).ToList();
            for (var i = 0; i < roots.Count; i++)
            {
                units[roots[i]] = new UnitRef(groups.Count, i);
            }

            groups.Add(new ChannelGroup(group.Key, roots.Count));
        }

        return new ChannelGroups(
            groups,
            tensors.ToDictionary(t => t.Key, t => t.Value.Select(m => units.GetValueOrDefault(sets.Find(m), UnitRef.Fixed)).ToArray()));
    }

    private int[] Result(Node node)
    {
        var input = node.Inputs.IsEmpty ? [] : tensors[node.Inputs[0]];
        return node.Operator switch
        {
            Constant constant => Start(node.Name, constant.Shape.Maps),
            Conv { Groups: 1 } conv => Start(node.Name, conv.OutputMaps),
            Conv conv => StartGrouped(node.Name, conv, input),
            Dense dense => Start(node.Name, dense.Units),
            Add or Binary or Expand or MatMul => Broadcast(node),
            Concat { Axis: 0 } => [.. node.Inputs.SelectMany(i => tensors[i])],
            Concat => UniteAll([.. node.Inputs.Select(i => tensors[i])]),
            Flatten or Reshape => Regroup(input, graph.ShapeOf(node.Inputs[0]), graph.ShapeOf(node.Name)),
            var op when LeavesMapsAlone(op, input.Length) => input,
            _ => Replace(node, input),
        };
    }

    /// <summary>Whether map m of an operator's result depends on map m of its one input only.</summary>
    private static bool LeavesMapsAlone(Operator op, int maps) => op switch
    {
        BatchNorm or Activation or Pool or GlobalPool => true,
        Softmax softmax => softmax.Axis != 0,
        Reduce reduce => !reduce.Axes.Contains(0),
        Transpose transpose => transpose.Permutation[0] == 0,
        Slice slice => (slice.Starts[0], slice.Steps[0], slice.Sizes[0]) == (0, 1, maps),
        Pad pad => (pad.Before[0], pad.After[0]) == (0, 0),
        Gather gather => gather.Axis != 0,
        Resample resample => resample.Axis != 0,
        _ => false,
    };

    private int[] Start(string name, int count)
    {
        producer.AddRange(Enumerable.Repeat(name, count));
        return sets.Add(count);
    }

    private int[] StartFrozen(string name, int count)
    {
        var started = Start(name, count);
        frozen.AddRange(started);
        return started;
    }

    /// <summary>Maps that nothing may take from, and others in their place.</summary>
    private int[] Replace(Node node, int[] input)
    {
        frozen.AddRange(input);
        return StartFrozen(node.Name, graph.ShapeOf(node.Name).Maps);
    }

    /// <summary>A group of a convolution goes as a whole, or not at all; in a depthwise convolution that is one map.</summary>
    private int[] StartGrouped(string name, Conv conv, int[] input)
    {
        var output = Start(name, conv.OutputMaps);
        var (sources, targets) = (input.Length / conv.Groups, conv.OutputMaps / conv.Groups);
        for (var g = 0; g < conv.Groups; g++)
        {
            sets.Unite(input.AsSpan(g * sources, sources));
            sets.Unite(output.AsSpan(g * targets, targets));
            sets.Unite(input[g * sources], output[g * targets]);
        }

        return output;
    }

    /// <summary>
    /// Inputs whose first axis is the result's own are coupled map by map. The others are repeated along it, or their first axis
    /// meets another axis of the result: they stay whole. So does a second factor of two axes, whose first one is summed over.
    /// </summary>
    private int[] Broadcast(Node node)
    {
        var to = graph.ShapeOf(node.Name);
        var coupled = new List<int[]>();
        for (var i = 0; i < node.Inputs.Count; i++)
        {
            var (shape, maps) = (graph.ShapeOf(node.Inputs[i]), tensors[node.Inputs[i]]);
            var isSummedOver = node.Operator is MatMul && i == 1 && shape.Rank == 2;
            if (shape.Rank == to.Rank && shape.Maps == to.Maps && !isSummedOver)
            {
                coupled.Add(maps);
            }
            else
            {
                frozen.AddRange(maps);
            }
        }

        return coupled.Count > 0 ? UniteAll(coupled) : StartFrozen(node.Name, to.Maps);
    }

    private int[] UniteAll(List<int[]> tensors)
    {
        for (var m = 0; m < tensors[0].Length; m++)
        {
            sets.Unite([.. tensors.Select(t => t[m])]);
        }

        return tensors[0];
    }

    /// <summary>The same elements along another first axis: maps that end up in one index are coupled.</summary>
    private int[] Regroup(int[] input, Shape from, Shape to)
    {
        var (before, after) = (from.Length / from.Maps, to.Length / to.Maps);
        var result = new int[to.Maps];
        for (var m = 0; m < result.Length; m++)
        {
            var first = (int)((long)m * after / before);
            var last = (int)((((m + 1L) * after) - 1) / before);
            sets.Unite(input.AsSpan(first, last - first + 1));
            result[m] = input[first];
        }

        return result;
    }
}

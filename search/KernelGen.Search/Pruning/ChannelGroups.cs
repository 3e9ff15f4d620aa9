using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>
/// Which feature maps of a network can only be removed together. A sum couples the maps it adds, a grouped convolution
/// couples the maps of each of its groups; every other operator passes maps through or starts new ones. Network inputs and
/// outputs, and maps that a softmax weighs against each other, are never removed.
/// </summary>
public sealed class ChannelGroups
{
    private readonly Dictionary<string, UnitRef[]> maps;

    private ChannelGroups(IReadOnlyList<ChannelGroup> groups, Dictionary<string, UnitRef[]> maps)
    {
        Groups = groups;
        this.maps = maps;
    }

    /// <summary>The groups that may lose maps, in the order in which the network first computes them.</summary>
    public IReadOnlyList<ChannelGroup> Groups { get; }

    /// <summary>The unit behind each index along the first axis of a tensor.</summary>
    public IReadOnlyList<UnitRef> Maps(string tensor) => maps[tensor];

    /// <summary>Finds the groups of a network.</summary>
    public static ChannelGroups Of(NetworkGraph graph)
    {
        var coupling = new Coupling(graph);
        return coupling.Resolve();
    }

    /// <summary>Numbers every map that some layer starts, then unites those that must go together (union-find).</summary>
    private sealed class Coupling
    {
        private readonly NetworkGraph graph;
        private readonly Dictionary<string, int[]> tensors = [];
        private readonly List<int> parent = [];
        private readonly List<string> producer = [];
        private readonly List<int> frozen = [];

        public Coupling(NetworkGraph graph)
        {
            this.graph = graph;
            foreach (var input in graph.Inputs)
            {
                tensors[input.Name] = Start(input.Name, input.Shape.Maps);
                frozen.AddRange(tensors[input.Name]);
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
            var fixedRoots = frozen.Select(Find).ToHashSet();
            var members = Enumerable.Range(0, parent.Count).GroupBy(Find).Where(c => !fixedRoots.Contains(c.Key));
            var groups = new List<ChannelGroup>();
            var units = new Dictionary<int, UnitRef>();
            foreach (var group in members.GroupBy(c => string.Join("+", c.Select(m => producer[m]).Distinct())))
            {
                var roots = group.Select(c => c.Key).ToList();
                for (var i = 0; i < roots.Count; i++)
                {
                    units[roots[i]] = new UnitRef(groups.Count, i);
                }

                groups.Add(new ChannelGroup(group.Key, roots.Count));
            }

            return new ChannelGroups(
                groups,
                tensors.ToDictionary(t => t.Key, t => t.Value.Select(m => units.GetValueOrDefault(Find(m), UnitRef.Fixed)).ToArray()));
        }

        private int[] Result(Node node)
        {
            var input = tensors[node.Inputs[0]];
            switch (node.Operator)
            {
                case Conv { Groups: 1 } conv:
                    return Start(node.Name, conv.OutputMaps);
                case Conv conv:
                    return StartGrouped(node.Name, conv, input);
                case Dense dense:
                    return Start(node.Name, dense.Units);
                case Add:
                    UniteAll(node.Inputs.Select(i => tensors[i]).ToList());
                    return input;
                case Concat:
                    return node.Inputs.SelectMany(i => tensors[i]).ToArray();
                case Flatten or Reshape:
                    return Regroup(input, graph.ShapeOf(node.Inputs[0]), graph.ShapeOf(node.Name));
                case Softmax:
                    frozen.AddRange(input);
                    return input;
                default:
                    return input;
            }
        }

        private int[] Start(string name, int count)
        {
            var started = Enumerable.Range(parent.Count, count).ToArray();
            parent.AddRange(started);
            producer.AddRange(Enumerable.Repeat(name, count));
            return started;
        }

        /// <summary>A group of a convolution goes as a whole, or not at all; in a depthwise convolution that is one map.</summary>
        private int[] StartGrouped(string name, Conv conv, int[] input)
        {
            var output = Start(name, conv.OutputMaps);
            var (sources, targets) = (input.Length / conv.Groups, conv.OutputMaps / conv.Groups);
            for (var g = 0; g < conv.Groups; g++)
            {
                Unite(input.AsSpan(g * sources, sources));
                Unite(output.AsSpan(g * targets, targets));
                Unite([input[g * sources], output[g * targets]]);
            }

            return output;
        }

        private void UniteAll(List<int[]> summands)
        {
            for (var m = 0; m < summands[0].Length; m++)
            {
                Unite(summands.Select(s => s[m]).ToArray());
            }
        }

        /// <summary>The same elements along another first axis: maps that end up in one index are coupled.</summary>
        private int[] Regroup(int[] input, Shape from, Shape to)
        {
            var (before, after) = (from.Length / from.Maps, to.Length / to.Maps);
            var result = new int[to.Maps];
            for (var m = 0; m < result.Length; m++)
            {
                var first = m * after / before;
                var last = (((m + 1) * after) - 1) / before;
                Unite(input.AsSpan(first, last - first + 1));
                result[m] = input[first];
            }

            return result;
        }

        private void Unite(ReadOnlySpan<int> elements)
        {
            foreach (var element in elements)
            {
                var (a, b) = (Find(elements[0]), Find(element));
                parent[Math.Max(a, b)] = Math.Min(a, b);
            }
        }

        private int Find(int element)
        {
            while (parent[element] != element)
            {
                parent[element] = parent[parent[element]];
                element = parent[element];
            }

            return element;
        }
    }
}

/// <summary>Maps (or fully connected units) that genes are drawn for together.</summary>
/// <param name="Name">The layers that compute them, joined by <c>+</c>.</param>
/// <param name="Units">How many there are; each is one map, or several that can only be removed together.</param>
public sealed record ChannelGroup(string Name, int Units);

/// <summary>One unit of a <see cref="ChannelGroup"/>.</summary>
public readonly record struct UnitRef(int Group, int Unit)
{
    /// <summary>A map that is never removed.</summary>
    public static UnitRef Fixed { get; } = new(-1, -1);

    public bool IsFixed => Group < 0;
}

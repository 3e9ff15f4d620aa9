using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>Everything about a dense network that genomes refer to: its channel groups, convolutions and fully connected layers.</summary>
public sealed class PruningSpace
{
    private PruningSpace(NetworkDescription network, NetworkGraph graph)
    {
        Network = network;
        Graph = graph;
        Channels = ChannelGroups.Of(graph);
        Convs = graph.Nodes.Where(n => n.Operator is Conv).Select(ConvSite).ToList();
        Denses = graph.Nodes.Where(n => n.Operator is Dense).Select(DenseSite).ToList();
        Full = new Genome(
            Channels.Groups.Select(g => AllOf(g.Units)).ToEquatableArray(),
            Convs.Select(c => new ConvGene(
                AllOf(c.Sources.Count * c.TargetsPerGroup),
                Enumerable.Repeat(new StridedTaps(0, 1), c.Sources.Count).ToEquatableArray())).ToEquatableArray());
    }

    /// <summary>The dense network.</summary>
    public NetworkDescription Network { get; }

    public NetworkGraph Graph { get; }

    public ChannelGroups Channels { get; }

    /// <summary>The convolutions in the order of the network; a genome has one gene for each.</summary>
    public IReadOnlyList<ConvSite> Convs { get; }

    public IReadOnlyList<DenseSite> Denses { get; }

    /// <summary>The genome that removes nothing.</summary>
    public Genome Full { get; }

    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="ArgumentException">A convolution of the network is sparse already.</exception>
    public static PruningSpace Create(NetworkDescription network) => new(network, NetworkGraph.Create(network));

    private static EquatableArray<bool> AllOf(int count) => Enumerable.Repeat(true, count).ToEquatableArray();

    private ConvSite ConvSite(Node node)
    {
        var conv = (Conv)node.Operator;
        if (conv.Weights.Kernels is not null || !conv.Weights.Taps.IsEmpty)
        {
            throw new ArgumentException($"The convolution '{node.Name}' is sparse already; pruning starts from a dense network.");
        }

        var shape = Graph.ShapeOf(node.Name);
        return new ConvSite(
            node.Name, Channels.Maps(node.Inputs[0]), Channels.Maps(node.Name), conv.Groups, conv.Window.Area, shape.Height * shape.Width);
    }

    private DenseSite DenseSite(Node node)
    {
        var input = Graph.ShapeOf(node.Inputs[0]);
        return new DenseSite(node.Name, Channels.Maps(node.Inputs[0]), input.Length / input.Maps, Channels.Maps(node.Name));
    }
}

/// <summary>One convolution as the search sees it.</summary>
/// <param name="Sources">The unit behind each input map.</param>
/// <param name="Targets">The unit behind each output map.</param>
/// <param name="Area">Taps of one kernel.</param>
/// <param name="Positions">Elements of one output map.</param>
public sealed record ConvSite(
    string Layer, IReadOnlyList<UnitRef> Sources, IReadOnlyList<UnitRef> Targets, int Groups, int Area, int Positions)
{
    public int TargetsPerGroup => Targets.Count / Groups;

    public int SourcesPerGroup => Sources.Count / Groups;

    public long Weights => (long)Sources.Count * TargetsPerGroup * Area;

    /// <summary>The output map that target <paramref name="target"/> of this source map's group is.</summary>
    public int TargetMap(int source, int target) => (source / SourcesPerGroup * TargetsPerGroup) + target;

    /// <summary>The input map that weight <paramref name="k"/> of an output map (its group's sources × taps) reads.</summary>
    public int SourceMap(int target, int k) => (target / TargetsPerGroup * SourcesPerGroup) + (k / Area);

    /// <summary>Where that weight stands in the order of a genome: source maps × targets of the group × taps.</summary>
    public int TapIndex(int target, int k) =>
        (((SourceMap(target, k) * TargetsPerGroup) + (target % TargetsPerGroup)) * Area) + (k % Area);
}

/// <summary>One fully connected layer as the search sees it.</summary>
/// <param name="Sources">The unit behind each input map.</param>
/// <param name="ElementsPerSource">Inputs that each input map brings.</param>
/// <param name="Targets">The unit behind each output unit.</param>
public sealed record DenseSite(string Layer, IReadOnlyList<UnitRef> Sources, int ElementsPerSource, IReadOnlyList<UnitRef> Targets)
{
    public long Weights => (long)Sources.Count * ElementsPerSource * Targets.Count;
}

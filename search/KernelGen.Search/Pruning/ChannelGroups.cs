using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>
/// Which feature maps of a network can only be removed together: see <see cref="ChannelCoupling"/>.
/// </summary>
public sealed class ChannelGroups
{
    private readonly Dictionary<string, UnitRef[]> maps;

    internal ChannelGroups(IReadOnlyList<ChannelGroup> groups, Dictionary<string, UnitRef[]> maps)
    {
        Groups = groups;
        this.maps = maps;
    }

    /// <summary>The groups that may lose maps, in the order in which the network first computes them.</summary>
    public IReadOnlyList<ChannelGroup> Groups { get; }

    /// <summary>The unit behind each index along the first axis of a tensor.</summary>
    public IReadOnlyList<UnitRef> Maps(string tensor) => maps[tensor];

    /// <summary>Finds the groups of a network.</summary>
    public static ChannelGroups Of(NetworkGraph graph) => new ChannelCoupling(graph).Resolve();
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

using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>What several passes ask of a graph or do to it.</summary>
internal static class GraphEditing
{
    /// <summary>The nodes that read each tensor, once per use.</summary>
    public static ILookup<string, Node> Readers(this NetworkGraph graph) =>
        graph.Nodes.SelectMany(n => n.Inputs.Select(i => (Input: i, Node: n))).ToLookup(p => p.Input, p => p.Node);

    /// <summary>The node that makes each tensor.</summary>
    public static Dictionary<string, Node> Producers(this NetworkGraph graph) => graph.Nodes.ToDictionary(n => n.Name);

    /// <summary>Whether the tensor is read by one node only and is no output of the network.</summary>
    public static bool HasOneReader(this NetworkGraph graph, ILookup<string, Node> readers, string tensor) =>
        readers[tensor].Count() == 1 && !graph.Outputs.Contains(tensor);

    /// <summary>
    /// Replaces a node and its only reader by <paramref name="merged"/>. The result keeps the first node's name, unless the
    /// reader's result is an output of the network, whose name must stay.
    /// </summary>
    public static NetworkGraph Merge(this NetworkGraph graph, Node first, Node reader, Node merged)
    {
        var name = graph.Outputs.Contains(reader.Name) ? reader.Name : first.Name;
        var nodes = graph.Nodes
            .Where(n => n.Name != reader.Name)
            .Select(n => n.Name == first.Name ? merged with { Name = name } : n.Rewire(reader.Name, name));
        return graph.With(nodes.ToList());
    }

    /// <summary>The node with one of its inputs replaced.</summary>
    public static Node Rewire(this Node node, string from, string to) =>
        node.Inputs.Contains(from)
            ? node with { Inputs = node.Inputs.Select(i => i == from ? to : i).ToEquatableArray() }
            : node;
}

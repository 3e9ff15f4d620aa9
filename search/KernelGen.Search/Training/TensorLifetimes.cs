using KernelGen.Model;

namespace KernelGen.Search.Training;

/// <summary>After which node of a network each tensor is no longer needed.</summary>
internal static class TensorLifetimes
{
    /// <summary>Per node, by name, the tensors of other nodes that it is the last to read, or its own if nobody reads it.</summary>
    /// <param name="kept">Tensors that are needed to the end.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> EndingAt(NetworkGraph graph, IReadOnlyCollection<string> kept)
    {
        var last = graph.Nodes.ToDictionary(n => n.Name, n => n.Name);
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs.Where(last.ContainsKey))
            {
                last[input] = node.Name;
            }
        }

        var ending = last.Where(t => !kept.Contains(t.Key)).ToLookup(t => t.Value, t => t.Key);
        return graph.Nodes.ToDictionary(n => n.Name, n => (IReadOnlyList<string>)[.. ending[n.Name]]);
    }
}

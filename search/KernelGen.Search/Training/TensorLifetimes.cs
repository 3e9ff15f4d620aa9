using KernelGen.Model;

namespace KernelGen.Search.Training;

/// <summary>After which node of a network each tensor is no longer needed, and which may be overwritten by then.</summary>
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

    /// <summary>Rectifiers that may overwrite what they read: a tensor with memory of its own that nobody else reads.</summary>
    /// <param name="kept">Tensors that are needed to the end.</param>
    public static IEnumerable<string> InPlace(NetworkGraph graph, IReadOnlyCollection<string> kept)
    {
        var producers = graph.Nodes.ToDictionary(n => n.Name);
        return graph.Nodes
            .Where(n => n.Operator is Activation { Kind: ActivationKind.Relu }
                && producers.TryGetValue(n.Inputs[0], out var producer)
                && producer.Operator is Conv or Dense or BatchNorm or Add
                && IsReadOnce(graph, n.Inputs[0], kept))
            .Select(n => n.Name);
    }

    /// <summary>Whether one node reads a tensor, once, and it is not needed to the end.</summary>
    public static bool IsReadOnce(NetworkGraph graph, string tensor, IReadOnlyCollection<string> kept) =>
        !kept.Contains(tensor) && graph.Nodes.Sum(n => n.Inputs.Count(i => i == tensor)) == 1;
}

namespace KernelGen.Model;

/// <summary>Checks a network's graph and infers the shape of every tensor.</summary>
public static class GraphVerifier
{
    /// <summary>Sorts the nodes, infers shapes and lists every rule that the network breaks.</summary>
    public static Verification Verify(EquatableArray<NetworkInput> inputs, IReadOnlyList<Node> nodes, EquatableArray<string> outputs) =>
        throw new NotImplementedException();
}

/// <param name="Sorted">The nodes in topological order, ties in the given order.</param>
/// <param name="Shapes">By tensor name.</param>
/// <param name="Problems">Empty if the network is valid; otherwise the other results are partial.</param>
public sealed record Verification(IReadOnlyList<Node> Sorted, Dictionary<string, Shape> Shapes, IReadOnlyList<NetworkProblem> Problems);

namespace KernelGen.Model;

/// <summary>
/// A network that has been verified: nodes in an order in which every node follows its inputs, and the shape of every tensor.
/// </summary>
public sealed class NetworkGraph
{
    private readonly Dictionary<string, Shape> shapes;

    private NetworkGraph(
        string name,
        EquatableArray<NetworkInput> inputs,
        IReadOnlyList<Node> nodes,
        EquatableArray<string> outputs,
        Dictionary<string, Shape> shapes)
    {
        Name = name;
        Inputs = inputs;
        Nodes = nodes;
        Outputs = outputs;
        this.shapes = shapes;
    }

    public string Name { get; }

    public EquatableArray<NetworkInput> Inputs { get; }

    /// <summary>In topological order.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    public EquatableArray<string> Outputs { get; }

    /// <summary>The graph of a description.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of <see cref="GraphVerifier"/>.</exception>
    public static NetworkGraph Create(NetworkDescription description) =>
        Create(description.Name, description.Inputs, description.Outputs, GraphVerifier.Verify(description));

    /// <summary>A verified graph of these nodes, given in any order.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of <see cref="GraphVerifier"/>.</exception>
    public static NetworkGraph Create(
        string name,
        EquatableArray<NetworkInput> inputs,
        IEnumerable<Node> nodes,
        EquatableArray<string> outputs) =>
        Create(name, inputs, outputs, GraphVerifier.Verify(inputs, nodes.ToList(), outputs));

    /// <summary>The same graph with other nodes, verified again.</summary>
    public NetworkGraph With(IEnumerable<Node> nodes) => Create(Name, Inputs, nodes, Outputs);

    /// <summary>The shape of a network input or of a node's result.</summary>
    public Shape ShapeOf(string tensor) => shapes[tensor];

    /// <summary>
    /// The graph as a description. A node with a fused activation becomes two layers: the operator under a new name, and the
    /// activation under the node's own, so that whatever reads the node keeps reading the same tensor.
    /// </summary>
    public NetworkDescription ToDescription(EquatableArray<string> labels = default, Provenance? provenance = null)
    {
        var names = new HashSet<string>(shapes.Keys, StringComparer.Ordinal);
        var layers = new List<Layer>();
        foreach (var node in Nodes)
        {
            if (node.Activation is not { } activation)
            {
                layers.Add(new Layer(node.Name, node.Operator, node.Inputs));
                continue;
            }

            var unique = node.Name + ".linear";
            while (!names.Add(unique))
            {
                unique += "_";
            }

            layers.Add(new Layer(unique, node.Operator, node.Inputs));
            layers.Add(new Layer(node.Name, activation, [unique]));
        }

        return new NetworkDescription(Name, Inputs, layers.ToEquatableArray(), Outputs) { Labels = labels, Provenance = provenance };
    }

    private static NetworkGraph Create(
        string name,
        EquatableArray<NetworkInput> inputs,
        EquatableArray<string> outputs,
        Verification result) =>
        result.Problems.Count == 0
            ? new NetworkGraph(name, inputs, result.Sorted, outputs, result.Shapes)
            : throw new InvalidNetworkException(result.Problems);
}

/// <summary>One operator application. Its result carries its name.</summary>
public sealed record Node(string Name, Operator Operator, EquatableArray<string> Inputs)
{
    /// <summary>Applied to the result; set by the compiler when it fuses a layer with the activation that follows.</summary>
    public Activation? Activation { get; init; }
}

/// <summary>A rule of the model that a network breaks.</summary>
/// <param name="Id">One of <see cref="ProblemId"/>.</param>
/// <param name="Message">What is wrong, with names and sizes, and what would be right.</param>
/// <param name="Layer">The layer or input it is about; null: the network as a whole.</param>
public sealed record NetworkProblem(string Id, string Message, string? Layer);

/// <summary>A network was refused; every problem found is listed.</summary>
public sealed class InvalidNetworkException(IReadOnlyList<NetworkProblem> problems)
    : Exception(string.Join("\n", problems.Select(p => p.Layer is null ? p.Message : $"{p.Layer}: {p.Message}")))
{
    public IReadOnlyList<NetworkProblem> Problems { get; } = problems;
}

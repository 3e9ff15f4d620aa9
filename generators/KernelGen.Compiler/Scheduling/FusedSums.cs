using KernelGen.Compiler.Passes;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// Which convolutions add another tensor to their results before they store them: those that feed a sum of two and that no one
/// else reads. They run in the sum's place, where the other tensor is there.
/// </summary>
internal sealed class FusedSums
{
    private readonly Dictionary<string, Node> convBySum = [];
    private readonly HashSet<string> convs = [];

    public FusedSums(NetworkGraph graph)
    {
        var (readers, producers) = (graph.Readers(), graph.Producers());
        foreach (var sum in graph.Nodes.Where(n => n.Operator is Add && n.Inputs.Count == 2))
        {
            // Of two convolutions the later one: the first stays where it is.
            var conv = graph.Nodes.LastOrDefault(n => n is { Operator: Conv, Activation: null } && sum.Inputs.Contains(n.Name));
            if (conv is not null
                && graph.HasOneReader(readers, conv.Name)
                && graph.ShapeOf(Other(sum, conv)) == graph.ShapeOf(conv.Name)
                && !(producers.TryGetValue(Other(sum, conv), out var other) && other.Operator is Constant))
            {
                convBySum.Add(sum.Name, conv);
                convs.Add(conv.Name);
            }
        }
    }

    /// <summary>The names of the sums and of the convolutions that compute them.</summary>
    public IEnumerable<(string Sum, string Conv)> All => convBySum.Select(p => (p.Key, p.Value.Name));

    /// <summary>Whether this convolution is computed where its sum is.</summary>
    public bool IsFused(string conv) => convs.Contains(conv);

    /// <summary>The convolution that computes a sum, or null.</summary>
    public Node? ConvOf(string sum) => convBySum.TryGetValue(sum, out var conv) ? conv : null;

    /// <summary>The sum's other summand.</summary>
    public static string Other(Node sum, Node conv) => sum.Inputs[0] == conv.Name ? sum.Inputs[1] : sum.Inputs[0];
}

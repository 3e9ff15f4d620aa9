using KernelGen.Compiler;
using KernelGen.Compiler.Passes;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Search.Export;

/// <summary>A network as it is described: batch norms folded, generated, compiled and loaded.</summary>
internal sealed record NetworkEngine(NetworkDescription Folded, NetworkGraph Graph, CompiledNetwork Network) : IDisposable
{
    public NetworkPlan Plan => Network.Source.Plan;

    /// <summary>Bytes of the existing weights and biases.</summary>
    public long WeightBytes => 4L * Folded.Layers.Sum(l => l.Operator switch
    {
        Conv conv => conv.Weights.Values.Length + (conv.Bias?.Length ?? 0),
        Dense dense => dense.Weights.Length + (dense.Bias?.Length ?? 0),
        BatchNorm norm => 4 * norm.Scale.Length,
        _ => 0,
    });

    public static NetworkEngine Load(NetworkDescription description)
    {
        var graph = FoldBatchNorm.Run(NetworkGraph.Create(description));
        var folded = description with
        {
            Layers = graph.Nodes.Select(n => new Layer(n.Name, n.Operator, n.Inputs)).ToEquatableArray(),
        };
        return new NetworkEngine(folded, graph, CompiledNetwork.Load(folded));
    }

    public void Dispose() => Network.Dispose();
}

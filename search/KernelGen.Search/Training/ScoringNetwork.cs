using KernelGen.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// A trained network as it is now, for nothing but its scores: batch norms are folded into the weights before them, rectifiers
/// work in place, and every tensor is given back as soon as nothing reads it any more.
/// </summary>
internal sealed class ScoringNetwork : IDisposable
{
    private readonly TrainableNetwork network;
    private readonly NetworkGraph graph;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> ending;
    private readonly Dictionary<string, (Tensor Weight, Tensor Bias)> folded = [];
    private readonly HashSet<string> merged = [];
    private readonly IReadOnlySet<string> inPlace;

    /// <param name="network">Neither trained nor run otherwise while this is in use; the caller keeps it.</param>
    /// <param name="precision">In which it runs until this is disposed of.</param>
    public ScoringNetwork(TrainableNetwork network, Precision precision)
    {
        this.network = network;
        network.Precision = precision;
        graph = network.Graph;
        string[] kept = [network.ScoresTensor];
        ending = TensorLifetimes.EndingAt(graph, kept);
        inPlace = network.InPlace(network.ScoresTensor);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var producers = graph.Nodes.ToDictionary(n => n.Name);
        foreach (var node in graph.Nodes.Where(n => n.Operator is BatchNorm && !network.HasMapMask(n.Name)))
        {
            if (producers.TryGetValue(node.Inputs[0], out var producer)
                && producer.Operator is Conv or Dense
                && !network.HasMapMask(producer.Name)
                && TensorLifetimes.IsReadOnce(graph, producer.Name, kept))
            {
                folded.Add(producer.Name, Fold(producer, node));
                merged.Add(node.Name);
            }
        }
    }

    /// <summary>The scores of a batch.</summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    /// <returns>[count, classes]</returns>
    public Tensor Scores(Tensor images)
    {
        var tensors = new Dictionary<string, Tensor> { [graph.Inputs[0].Name] = images };
        foreach (var node in graph.Nodes)
        {
            tensors[node.Name] = Apply(node, [.. node.Inputs.Select(i => tensors[i])]);
            foreach (var name in ending[node.Name].Where(n => n == node.Name || !ReferenceEquals(tensors[n], tensors[node.Name])))
            {
                tensors[name].Dispose();
            }
        }

        return MixedPrecision.As(torch.float32, tensors[network.ScoresTensor]).flatten(1);
    }

    public void Dispose()
    {
        foreach (var (weight, bias) in folded.Values)
        {
            weight.Dispose();
            bias.Dispose();
        }

        network.Precision = Precision.Single;
    }

    private Tensor Apply(Node node, IReadOnlyList<Tensor> inputs)
    {
        if (folded.TryGetValue(node.Name, out var own))
        {
            var x = MixedPrecision.As(own.Weight.dtype, inputs[0]);
            var result = node.Operator is Conv conv
                ? TorchOperators.Convolve(x, conv.Window, own.Weight, own.Bias, conv.Groups)
                : F.linear(x.flatten(1), own.Weight, own.Bias);
            if (!ReferenceEquals(x, inputs[0]))
            {
                x.Dispose();
            }

            return result;
        }

        return merged.Contains(node.Name) ? inputs[0]
            : inPlace.Contains(node.Name) ? inputs[0].relu_()
            : network.Apply(node, inputs);
    }

    private (Tensor Weight, Tensor Bias) Fold(Node layer, Node norm)
    {
        var (own, weight) = network.ParametersOf(layer.Name)!.Value;
        var statistics = network.ParametersOf(norm.Name)!.Value.Own;
        var factor = statistics.Scale! / statistics.Variance!.Plus(TorchScalars.Constant(((BatchNorm)norm.Operator).Epsilon)).sqrt();
        var shift = statistics.Bias! - (statistics.Mean! * factor);
        var bias = own.Bias is null ? shift : shift.Plus(own.Bias * factor);
        long[] perTarget = [-1, .. Enumerable.Repeat(1L, (int)weight!.dim() - 1)];
        var type = network.Precision == Precision.Mixed && MixedPrecision.IsRounded(layer.Operator) ? torch.bfloat16 : torch.float32;
        return ((weight * factor.reshape(perTarget)).to(type).DetachFromDisposeScope(), bias.to(type).DetachFromDisposeScope());
    }
}

using KernelGen.Model;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Networks;

/// <summary>
/// Gives a network the batch norms that exporters fold away: one after each convolution and fully connected layer that has none,
/// except those after which no other follows. With them a network can be trained anew, and a pruned candidate's statistics can
/// be measured before it is judged. They are folded again when the network is exported.
/// </summary>
internal static class BatchNormInsertion
{
    private const float Epsilon = 1e-5f;

    /// <summary>Batch norms as at the start of training: statistics 0 and 1, scale 1, shift 0; biases before them go.</summary>
    public static NetworkDescription Fresh(NetworkDescription network) =>
        Insert(network, (_, maps, _) => new BatchNorm(Fill(maps, 1), Fill(maps, 0), Fill(maps, 0), Fill(maps, 1), Epsilon));

    /// <summary>
    /// Batch norms that change nothing: each has the statistics of these images, and the scale and shift that undo them. Biases
    /// before them become part of the shift.
    /// </summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    public static NetworkDescription Neutral(NetworkDescription network, torch.Tensor images)
    {
        using var trainable = TrainableNetwork.Create(network);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var tensors = trainable.ForwardAll(images);
        return Insert(network, (layer, maps, bias) =>
        {
            var values = tensors[layer].transpose(0, 1).flatten(1);
            var mean = values.mean([1]).data<float>().ToArray();
            var variance = values.var(1, unbiased: false).data<float>().ToArray();
            return new BatchNorm(
                new FloatData(Array.ConvertAll(variance, v => (float)Math.Sqrt((double)v + Epsilon))),
                new FloatData(mean),
                new FloatData(mean.Select((m, i) => m - (bias?[i] ?? 0)).ToArray()),
                new FloatData(variance),
                Epsilon);
        });
    }

    /// <summary>How many batch norms these would be.</summary>
    public static int Count(NetworkDescription network) => Places(network).Count;

    private static NetworkDescription Insert(NetworkDescription network, Func<string, int, FloatData?, BatchNorm> norm)
    {
        var graph = NetworkGraph.Create(network);
        foreach (var place in Places(network))
        {
            var name = network.FreeName(place + ".bn");
            var layers = network.Layers.SelectMany(layer => layer.Name == place
                ? [layer with { Operator = WithoutBias(layer.Operator) }, new Layer(name, norm(place, graph.ShapeOf(place).Maps, Bias(layer.Operator)), [place])]
                : new[] { layer.Rewire(place, name) });
            network = network with { Layers = layers.ToEquatableArray() };
        }

        return network;
    }

    private static List<string> Places(NetworkDescription network)
    {
        var graph = NetworkGraph.Create(network);
        var before = graph.BeforeWeights();
        var normalised = graph.Nodes.Where(n => n.Operator is BatchNorm).Select(n => n.Inputs[0]).ToHashSet();
        return [.. graph.Nodes
            .Where(n => n.Operator is Conv or Dense && before.Contains(n.Name) && !normalised.Contains(n.Name) && !graph.Outputs.Contains(n.Name))
            .Select(n => n.Name)];
    }

    private static FloatData? Bias(Operator op) => op is Conv conv ? conv.Bias : ((Dense)op).Bias;

    private static Operator WithoutBias(Operator op) => op is Conv conv ? conv with { Bias = null } : (Dense)op with { Bias = null };

    private static FloatData Fill(int count, float value) => new(Enumerable.Repeat(value, count).ToArray());
}

using KernelGen.Model;

namespace KernelGen.Search.Networks;

/// <summary>
/// An architecture with new weights: those of convolutions and fully connected layers are drawn (He et al., 2015), biases are 0,
/// batch norms are as at the start of training. Other constants of the network stay as they are.
/// </summary>
internal static class Initialization
{
    public static NetworkDescription Draw(NetworkDescription network, long seed)
    {
        var graph = NetworkGraph.Create(network);
        var before = graph.BeforeWeights();
        return network with
        {
            Layers = network.Layers
                .Select((layer, index) => layer with { Operator = Draw(layer, index, graph, before.Contains(layer.Name) ? 2 : 1, seed) })
                .ToEquatableArray(),
        };
    }

    private static Operator Draw(Layer layer, int index, NetworkGraph graph, double gain, long seed)
    {
        switch (layer.Operator)
        {
            case Conv conv:
                var sources = graph.ShapeOf(layer.Inputs[0]).Maps;
                var (area, fanIn) = (conv.Window.Area, sources / conv.Groups * conv.Window.Area);
                var weights = HeNormal.Draw(seed, index, conv.OutputMaps * fanIn, fanIn, gain);
                return conv with
                {
                    Weights = ConvWeights.FromDense(
                        weights, conv.OutputMaps, sources, conv.Groups, area, conv.Weights.Kernels, conv.Weights.Taps),
                    Bias = Zeros(conv.Bias),
                };
            case Dense dense:
                var inputs = graph.ShapeOf(layer.Inputs[0]).Length;
                return dense with
                {
                    Weights = new FloatData(HeNormal.Draw(seed, index, dense.Units * inputs, inputs, gain)),
                    Bias = Zeros(dense.Bias),
                };
            case BatchNorm norm:
                FloatData Fill(float value) => new(Enumerable.Repeat(value, norm.Scale.Length).ToArray());
                return norm with { Scale = Fill(1), Shift = Fill(0), Mean = Fill(0), Variance = Fill(1) };
            default:
                return layer.Operator;
        }
    }

    private static FloatData? Zeros(FloatData? bias) => bias is null ? null : new FloatData(new float[bias.Length]);
}

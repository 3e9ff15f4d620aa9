using KernelGen.Model;
using KernelGen.Search.Training;

namespace KernelGen.Search.Pruning;

/// <summary>Training a compacted network: what is gone from its convolutions stays gone, and is gone from the result.</summary>
public static class SparseTraining
{
    /// <summary>Masks that keep the weights that do not exist at zero. Removed maps need none: they are not there.</summary>
    public static NetworkMasks Masks(NetworkDescription compacted)
    {
        var graph = NetworkGraph.Create(compacted);
        var masks = new Dictionary<string, float[]>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operator is Conv conv)
            {
                var sources = graph.ShapeOf(node.Inputs[0]).Maps;
                var mask = new float[conv.OutputMaps * (sources / conv.Groups) * conv.Window.Area];
                foreach (var index in conv.Weights.Indices(conv.OutputMaps, sources, conv.Groups, conv.Window.Area))
                {
                    mask[index] = 1;
                }

                masks.Add(node.Name, mask);
            }
        }

        return NetworkMasks.None with { Weights = masks };
    }

    /// <summary>The trained network, whose convolutions are dense with zeros, in the sparse form of the compacted one.</summary>
    public static NetworkDescription Restore(NetworkDescription trained, NetworkDescription compacted)
    {
        var graph = NetworkGraph.Create(compacted);
        var sparse = compacted.Layers.ToDictionary(l => l.Name, l => l.Operator);
        return trained with
        {
            Layers = trained.Layers.Select(layer =>
            {
                if (layer.Operator is not Conv conv)
                {
                    return layer;
                }

                var (sources, pattern) = (graph.ShapeOf(layer.Inputs[0]).Maps, ((Conv)sparse[layer.Name]).Weights);
                var dense = conv.Weights.ToDense(conv.OutputMaps, sources, conv.Groups, conv.Window.Area);
                var weights = ConvWeights.FromDense(
                    dense, conv.OutputMaps, sources, conv.Groups, conv.Window.Area, pattern.Kernels, pattern.Taps);
                return layer with { Operator = conv with { Weights = weights } };
            }).ToEquatableArray(),
        };
    }
}

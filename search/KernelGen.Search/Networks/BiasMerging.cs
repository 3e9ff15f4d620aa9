using KernelGen.Model;

namespace KernelGen.Search.Networks;

/// <summary>
/// Makes a constant that is added to every map of a convolution, or to every unit of a fully connected layer, that layer's bias,
/// which can be trained and pruned. Some exporters write biases as additions.
/// </summary>
internal static class BiasMerging
{
    public static NetworkDescription Run(NetworkDescription network)
    {
        while (Find(NetworkGraph.Create(network)) is var (layer, sum, terms))
        {
            var layers = network.Layers
                .Where(l => l.Name != layer.Name)
                .Select(l => l.Name == sum.Name ? new Layer(l.Name, WithBias(layer.Operator, terms), layer.Inputs) : l)
                .ToList();
            var read = layers.SelectMany(l => l.Inputs).Concat(network.Outputs).ToHashSet();
            network = network with { Layers = layers.Where(l => l.Operator is not Constant || read.Contains(l.Name)).ToEquatableArray() };
        }

        return network;
    }

    private static (Node Layer, Node Sum, float[] Terms)? Find(NetworkGraph graph)
    {
        var producers = graph.Nodes.ToDictionary(n => n.Name);
        var readers = graph.Nodes.SelectMany(n => n.Inputs).Concat(graph.Outputs).ToLookup(i => i);
        foreach (var sum in graph.Nodes.Where(n => n.Operator is Add && n.Inputs.Count == 2))
        {
            foreach (var (first, second) in new[] { (sum.Inputs[0], sum.Inputs[1]), (sum.Inputs[1], sum.Inputs[0]) })
            {
                if (producers.TryGetValue(first, out var layer)
                    && layer.Operator is Conv or Dense
                    && readers[first].Count() == 1
                    && producers.TryGetValue(second, out var other)
                    && other.Operator is Constant constant
                    && PerMap(constant, graph.ShapeOf(first)) is { } terms)
                {
                    return (layer, sum, terms);
                }
            }
        }

        return null;
    }

    /// <summary>The constant's value for each map of a tensor of this shape; null if it has others too, or makes the sum larger.</summary>
    private static float[]? PerMap(Constant constant, Shape shape)
    {
        var values = constant.Values.Span.ToArray();
        var isPerMap = constant.Shape.Rank == shape.Rank && constant.Shape.Maps == shape.Maps && values.Length == shape.Maps;
        return isPerMap ? values
            : values.Length == 1 && constant.Shape.Rank <= shape.Rank ? [.. Enumerable.Repeat(values[0], shape.Maps)]
            : null;
    }

    private static Operator WithBias(Operator op, float[] terms)
    {
        FloatData Sum(FloatData? bias) => new(terms.Select((t, i) => t + (bias?[i] ?? 0)).ToArray());
        return op is Conv conv ? conv with { Bias = Sum(conv.Bias) } : (Dense)op with { Bias = Sum(((Dense)op).Bias) };
    }
}

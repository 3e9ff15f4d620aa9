using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>Multiplies a batch norm into the convolution or fully connected layer that alone feeds it.</summary>
public static class FoldBatchNorm
{
    public static NetworkGraph Run(NetworkGraph graph)
    {
        while (FindPair(graph) is var (layer, norm))
        {
            var merged = layer with { Operator = Fold(graph, layer, (BatchNorm)norm.Operator) };
            graph = graph.Merge(layer, norm, merged);
        }

        return graph;
    }

    private static (Node Layer, Node Norm)? FindPair(NetworkGraph graph)
    {
        var readers = graph.Readers();
        var producers = graph.Producers();
        foreach (var norm in graph.Nodes.Where(n => n.Operator is BatchNorm))
        {
            if (producers.TryGetValue(norm.Inputs[0], out var layer)
                && layer.Operator is Conv or Dense
                && layer.Activation is null
                && graph.HasOneReader(readers, layer.Name))
            {
                return (layer, norm);
            }
        }

        return null;
    }

    private static Operator Fold(NetworkGraph graph, Node layer, BatchNorm norm)
    {
        var scale = new double[norm.Scale.Length];
        for (var i = 0; i < scale.Length; i++)
        {
            scale[i] = norm.Scale[i] / Math.Sqrt((double)norm.Variance[i] + norm.Epsilon);
        }

        FloatData FoldBias(FloatData? bias) => new(
            Enumerable.Range(0, scale.Length)
                .Select(i => (float)((((bias?[i] ?? 0.0) - norm.Mean[i]) * scale[i]) + norm.Shift[i]))
                .ToArray());

        switch (layer.Operator)
        {
            case Conv conv:
                return conv with
                {
                    Weights = conv.Weights with { Values = FoldValues(graph, layer, conv, scale) },
                    Bias = FoldBias(conv.Bias),
                };
            case Dense dense:
                var inputs = dense.Weights.Length / dense.Units;
                var weights = dense.Weights.Span.ToArray();
                for (var unit = 0; unit < dense.Units; unit++)
                {
                    for (var k = unit * inputs; k < (unit + 1) * inputs; k++)
                    {
                        weights[k] = (float)(weights[k] * scale[unit]);
                    }
                }

                return dense with { Weights = new FloatData(weights), Bias = FoldBias(dense.Bias) };
            default:
                throw new InvalidOperationException($"Batch norm cannot be folded into {layer.Operator.GetType().Name}.");
        }
    }

    private static FloatData FoldValues(NetworkGraph graph, Node layer, Conv conv, double[] scale)
    {
        var inputMaps = graph.ShapeOf(layer.Inputs[0]).Maps;
        var kernel = inputMaps / conv.Groups * conv.Window.Area;
        var values = conv.Weights.Values.Span.ToArray();
        var k = 0;
        foreach (var index in conv.Weights.Indices(conv.OutputMaps, inputMaps, conv.Groups, conv.Window.Area))
        {
            values[k] = (float)(values[k] * scale[index / kernel]);
            k++;
        }

        return new FloatData(values);
    }
}

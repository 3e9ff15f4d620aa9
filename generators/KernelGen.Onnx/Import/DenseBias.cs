using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>Exporters write a fully connected layer as MatMul and Add; the two become one layer again, which is pruned as one.</summary>
internal static class DenseBias
{
    /// <summary>The network with each sum of a constant and a layer without bias, which nothing else reads, as that layer with bias.</summary>
    public static NetworkDescription Merge(NetworkDescription network)
    {
        var layers = network.Layers.ToDictionary(l => l.Name, StringComparer.Ordinal);
        var reads = network.Layers.SelectMany(l => l.Inputs).Concat(network.Outputs).GroupBy(n => n, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        foreach (var sum in network.Layers.Where(l => l.Operator is Add && l.Inputs.Count == 2))
        {
            if ((Merged(sum.Inputs[0], sum.Inputs[1]) ?? Merged(sum.Inputs[1], sum.Inputs[0])) is { } merged)
            {
                layers[sum.Name] = sum with { Operator = merged.Operator, Inputs = merged.Inputs };
            }
        }

        return network with
        {
            Layers = network.Layers.Where(l => layers.ContainsKey(l.Name)).Select(l => layers[l.Name]).ToEquatableArray(),
        };

        Layer? Merged(string product, string bias)
        {
            if (reads[product] > 1
                || !layers.TryGetValue(product, out var layer)
                || layer.Operator is not Dense { Bias: null } dense
                || !layers.TryGetValue(bias, out var addend)
                || addend.Operator is not Constant constant
                || constant.Shape != new Shape(dense.Units))
            {
                return null;
            }

            layers.Remove(product);
            if (--reads[bias] == 0)
            {
                layers.Remove(bias);
            }

            return layer with { Operator = dense with { Bias = constant.Values } };
        }
    }
}

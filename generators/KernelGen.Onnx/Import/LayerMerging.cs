using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>
/// Puts layers together that exporters have taken apart: a fully connected layer or convolution and the constant that is added to it, a
/// convolution and the zeros around its input. They are pruned as one.
/// </summary>
internal sealed class LayerMerging
{
    private readonly NetworkDescription network;
    private readonly Dictionary<string, Layer> layers;
    private readonly Dictionary<string, int> reads;

    private LayerMerging(NetworkDescription network)
    {
        this.network = network;
        layers = network.Layers.ToDictionary(l => l.Name, StringComparer.Ordinal);
        reads = network.Layers.SelectMany(l => l.Inputs).Concat(network.Outputs).GroupBy(n => n, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
    }

    /// <summary>A network that computes the same; a layer that has become part of another is gone if nothing else reads it.</summary>
    public static NetworkDescription Merge(NetworkDescription network)
    {
        var merging = new LayerMerging(network);
        foreach (var layer in network.Layers)
        {
            merging.Visit(layer);
        }

        return network with
        {
            Layers = network.Layers.Where(l => merging.layers.ContainsKey(l.Name)).Select(l => merging.layers[l.Name]).ToEquatableArray(),
        };
    }

    private void Visit(Layer layer)
    {
        switch (layer.Operator)
        {
            case Add when layer.Inputs.Count == 2:
                if ((WithBias(layer.Inputs[0], layer.Inputs[1]) ?? WithBias(layer.Inputs[1], layer.Inputs[0])) is { } merged)
                {
                    layers[layer.Name] = merged with { Name = layer.Name };
                    Forget(layer.Inputs);
                }

                break;
            case Conv conv when Find(layer.Inputs[0]) is { Operator: Pad pad } padded && WithPadding(conv.Window, pad) is { } window:
                layers[layer.Name] = new Layer(layer.Name, conv with { Window = window }, padded.Inputs);
                reads[padded.Inputs[0]] += reads[padded.Name] > 1 ? 1 : 0;
                Forget(layer.Inputs);
                break;
        }
    }

    /// <summary>A layer without bias, which nothing else reads, with the constant as its bias; null if the two are something else.</summary>
    private Layer? WithBias(string product, string bias)
    {
        if (reads[product] > 1 || Find(product) is not { } layer || Find(bias)?.Operator is not Constant { Shape: var shape, Values: var values })
        {
            return null;
        }

        return layer.Operator switch
        {
            Dense { Bias: null } dense when shape == new Shape(dense.Units) => layer with { Operator = dense with { Bias = values } },
            Conv { Bias: null } conv when shape == new Shape(conv.OutputMaps, 1, 1) => layer with { Operator = conv with { Bias = values } },
            _ => null,
        };
    }

    /// <summary>The window with more padding; null if that is not all that the layer before does.</summary>
    private static Window? WithPadding(Window window, Pad pad)
    {
        if (pad.Value != 0 || pad.Before.Count != 3 || pad.Before[0] != 0 || pad.After[0] != 0)
        {
            return null;
        }

        var wider = window with
        {
            PadTop = window.PadTop + pad.Before[1],
            PadLeft = window.PadLeft + pad.Before[2],
            PadBottom = window.PadBottom + pad.After[1],
            PadRight = window.PadRight + pad.After[2],
        };
        return new[] { wider.PadTop, wider.PadLeft, wider.PadBottom, wider.PadRight }.All(p => p <= Limits.Window) ? wider : null;
    }

    private Layer? Find(string name) => layers.TryGetValue(name, out var layer) ? layer : null;

    /// <summary>The layers are read once less each; one that nothing reads any more goes.</summary>
    private void Forget(IEnumerable<string> names)
    {
        foreach (var name in names.Where(n => --reads[n] == 0))
        {
            layers.Remove(name);
        }
    }
}

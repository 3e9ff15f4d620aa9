using KernelGen.Model;

namespace KernelGen.Search.Networks;

/// <summary>What the steps that rewrite a description have in common.</summary>
internal static class LayerEditing
{
    /// <summary>The layer with one of its inputs replaced.</summary>
    public static Layer Rewire(this Layer layer, string from, string to) =>
        layer.Inputs.Contains(from)
            ? layer with { Inputs = layer.Inputs.Select(i => i == from ? to : i).ToEquatableArray() }
            : layer;

    /// <summary>A name like the wanted one that no tensor of the network has.</summary>
    public static string FreeName(this NetworkDescription network, string wanted)
    {
        var taken = network.Inputs.Select(i => i.Name).Concat(network.Layers.Select(l => l.Name)).ToHashSet();
        var name = wanted;
        for (var i = 2; taken.Contains(name); i++)
        {
            name = FormattableString.Invariant($"{wanted}.{i}");
        }

        return name;
    }

    /// <summary>The tensors that some later convolution or fully connected layer depends on.</summary>
    public static HashSet<string> BeforeWeights(this NetworkGraph graph)
    {
        var before = new HashSet<string>();
        foreach (var node in graph.Nodes.Reverse())
        {
            if (node.Operator is Conv or Dense || before.Contains(node.Name))
            {
                before.UnionWith(node.Inputs);
            }
        }

        return before;
    }
}

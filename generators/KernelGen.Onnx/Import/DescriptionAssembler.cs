using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>
/// Makes the description of the collected layers: those that the outputs need, each named after the ONNX value that it computes.
/// </summary>
internal static class DescriptionAssembler
{
    /// <param name="outputs">The outputs' ONNX names and their tensors, in order.</param>
    /// <param name="values">ONNX names of values that tensors carry, in the order of the nodes.</param>
    /// <exception cref="OnnxNodeException">An output is a constant that the model does not take.</exception>
    public static NetworkDescription Assemble(
        string name,
        IReadOnlyList<NetworkInput> inputs,
        GraphBuilder graph,
        IReadOnlyList<(string Name, Tensor Tensor)> outputs,
        IEnumerable<(string Name, string Tensor)> values)
    {
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new UniqueNames();
        names.Add(inputs.Select(i => i.Name));
        foreach (var input in inputs)
        {
            renamed.Add(input.Name, input.Name);
        }

        var results = outputs.Select(o => Output(o.Name, o.Tensor)).ToEquatableArray();
        var needed = Needed(graph.Layers, results);
        foreach (var (value, tensor) in values.Concat(graph.Layers.Select(l => (l.Name, l.Name))))
        {
            if (needed.Contains(tensor) && !renamed.ContainsKey(tensor))
            {
                renamed.Add(tensor, names.Unique(Text.Name(value)));
            }
        }

        return new NetworkDescription(
            name,
            inputs.ToEquatableArray(),
            graph.Layers
                .Where(l => needed.Contains(l.Name))
                .Select(l => new Layer(renamed[l.Name], l.Operator, l.Inputs.Select(i => renamed[i]).ToEquatableArray()))
                .ToEquatableArray(),
            results.Select(r => renamed[r]).ToEquatableArray());

        // A tensor that has a name already, as an input or as another output, is computed again under the output's name.
        string Output(string output, Tensor tensor)
        {
            graph.Prefix = Text.Name(output);
            var layer = graph.NameOf(tensor);
            if (renamed.TryGetValue(layer, out var other))
            {
                if (other == output)
                {
                    return layer;
                }

                layer = graph.Copy(tensor).Name!;
            }

            renamed.Add(layer, names.Unique(Text.Name(output)));
            return layer;
        }
    }

    // A layer stands behind those it reads.
    private static HashSet<string> Needed(IReadOnlyList<Layer> layers, IEnumerable<string> outputs)
    {
        var needed = new HashSet<string>(outputs, StringComparer.Ordinal);
        foreach (var layer in layers.Reverse().Where(l => needed.Contains(l.Name)))
        {
            needed.UnionWith(layer.Inputs);
        }

        return needed;
    }
}

using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>
/// Removes the output maps of convolutions (and units of fully connected layers) that the next layer has no weight for.
/// The way between the two may pass through operators that treat every map by itself.
/// </summary>
public static class RemoveDeadMaps
{
    public static NetworkGraph Run(NetworkGraph graph)
    {
        // From the last layer to the first: a map that goes takes its weights along, which may free maps before it.
        foreach (var name in graph.Nodes.Select(n => n.Name).Reverse().ToList())
        {
            var node = graph.Producers()[name];
            if (node.Operator is Conv { Groups: 1 } or Dense)
            {
                graph = Shrink(graph, node);
            }
        }

        return graph;
    }

    private static NetworkGraph Shrink(NetworkGraph graph, Node node)
    {
        var path = PathToReader(graph, node);
        if (path is null)
        {
            return graph;
        }

        var maps = graph.ShapeOf(node.Name).Maps;
        var reader = path[path.Count - 1];
        var readerShape = graph.ShapeOf(reader.Inputs[0]);
        var read = ReadMaps(reader.Operator, readerShape, maps);
        var kept = Enumerable.Range(0, maps).Where(m => read[m]).ToArray();
        if (kept.Length == maps || kept.Length == 0)
        {
            return graph;
        }

        var changed = new Dictionary<string, Operator>
        {
            [node.Name] = KeepOutputs(node.Operator, kept, graph.ShapeOf(node.Inputs[0]).Maps),
            [reader.Name] = KeepInputs(reader.Operator, kept, readerShape, maps),
        };
        foreach (var between in path.Take(path.Count - 1))
        {
            changed[between.Name] = KeepBetween(between.Operator, kept, maps);
        }

        return graph.With(graph.Nodes.Select(n => changed.TryGetValue(n.Name, out var op) ? n with { Operator = op } : n).ToList());
    }

    /// <summary>The nodes after <paramref name="node"/> up to the one layer that mixes its maps; null if there is no such single way.</summary>
    private static List<Node>? PathToReader(NetworkGraph graph, Node node)
    {
        var readers = graph.Readers();
        var path = new List<Node>();
        for (var at = node; graph.HasOneReader(readers, at.Name);)
        {
            at = readers[at.Name].Single();
            path.Add(at);
            switch (at.Operator)
            {
                case Dense:
                case Conv { Groups: 1 }:
                    return path;
                case Activation:
                case Pool:
                case GlobalPool:
                case Flatten:
                case BatchNorm when graph.ShapeOf(at.Name).Maps == graph.ShapeOf(node.Name).Maps:
                    continue;
                default:
                    return null;
            }
        }

        return null;
    }

    private static bool[] ReadMaps(Operator reader, Shape input, int maps)
    {
        var read = new bool[maps];
        if (reader is Conv conv)
        {
            for (var i = 0; i < maps; i++)
            {
                read[i] = conv.Weights.Pattern(i).Indices(conv.Window.Area).Length > 0
                    && (conv.Weights.Kernels?.CountOfSource(i) ?? 1) > 0;
            }
        }
        else if (reader is Dense dense)
        {
            var perMap = input.Length / maps;
            var weights = dense.Weights.Span;
            for (var i = 0; i < maps; i++)
            {
                for (var first = i * perMap; !read[i] && first < weights.Length; first += input.Length)
                {
                    foreach (var weight in weights.Slice(first, perMap))
                    {
                        read[i] |= weight != 0;
                    }
                }
            }
        }

        return read;
    }

    private static Operator KeepOutputs(Operator op, int[] kept, int inputMaps)
    {
        switch (op)
        {
            case Conv conv:
                var kernel = inputMaps * conv.Window.Area;
                var dense = conv.Weights.ToDense(conv.OutputMaps, inputMaps, 1, conv.Window.Area);
                var mask = conv.Weights.Kernels is { } k
                    ? new KernelMask(
                        inputMaps,
                        kept.Length,
                        Enumerable.Range(0, inputMaps).SelectMany(i => kept.Select(o => k.Has(i, o))).ToEquatableArray())
                    : null;
                return conv with
                {
                    OutputMaps = kept.Length,
                    Bias = Keep(conv.Bias, kept, 1),
                    Selection = Keep(conv.Selection, kept, conv.OutputMaps),
                    Weights = ConvWeights.FromDense(
                        Keep(new FloatData(dense), kept, kernel)!.Span, kept.Length, inputMaps, 1, conv.Window.Area, mask, conv.Weights.Taps),
                };
            case Dense layer:
                return layer with
                {
                    Units = kept.Length,
                    Bias = Keep(layer.Bias, kept, 1),
                    Selection = Keep(layer.Selection, kept, layer.Units),
                    Weights = Keep(layer.Weights, kept, layer.Weights.Length / layer.Units)!,
                };
            default:
                throw new InvalidOperationException($"{op.GetType().Name} has no maps of its own.");
        }
    }

    private static Operator KeepInputs(Operator op, int[] kept, Shape input, int maps)
    {
        switch (op)
        {
            case Conv conv:
                var area = conv.Window.Area;
                var old = conv.Weights.ToDense(conv.OutputMaps, maps, 1, area);
                var rows = new float[conv.OutputMaps * kept.Length * area];
                for (var o = 0; o < conv.OutputMaps; o++)
                {
                    for (var i = 0; i < kept.Length; i++)
                    {
                        Array.Copy(old, ((o * maps) + kept[i]) * area, rows, ((o * kept.Length) + i) * area, area);
                    }
                }

                var mask = conv.Weights.Kernels is { } k
                    ? new KernelMask(
                        kept.Length,
                        k.Targets,
                        kept.SelectMany(i => Enumerable.Range(0, k.Targets).Select(o => k.Has(i, o))).ToEquatableArray())
                    : null;
                var taps = conv.Weights.Taps.IsEmpty ? [] : kept.Select(i => conv.Weights.Taps[i]).ToEquatableArray();
                return conv with { Weights = ConvWeights.FromDense(rows, conv.OutputMaps, kept.Length, 1, area, mask, taps) };
            case Dense dense:
                var perMap = input.Length / maps;
                var columns = kept.SelectMany(m => Enumerable.Range(m * perMap, perMap)).ToArray();
                var weights = new float[dense.Units * columns.Length];
                for (var u = 0; u < dense.Units; u++)
                {
                    for (var c = 0; c < columns.Length; c++)
                    {
                        weights[(u * columns.Length) + c] = dense.Weights[(u * input.Length) + columns[c]];
                    }
                }

                return dense with { Weights = new FloatData(weights) };
            default:
                throw new InvalidOperationException($"{op.GetType().Name} does not mix maps.");
        }
    }

    private static Operator KeepBetween(Operator op, int[] kept, int maps) =>
        op is BatchNorm norm && norm.Scale.Length == maps
            ? norm with
            {
                Scale = Keep(norm.Scale, kept, 1)!,
                Shift = Keep(norm.Shift, kept, 1)!,
                Mean = Keep(norm.Mean, kept, 1)!,
                Variance = Keep(norm.Variance, kept, 1)!,
            }
            : op;

    private static FloatData? Keep(FloatData? data, int[] kept, int size)
    {
        if (data is null)
        {
            return null;
        }

        var result = new float[kept.Length * size];
        for (var i = 0; i < kept.Length; i++)
        {
            data.Span.Slice(kept[i] * size, size).CopyTo(result.AsSpan(i * size));
        }

        return new FloatData(result);
    }

    private static MapSelection Keep(MapSelection? selection, int[] kept, int maps) =>
        selection is null
            ? new MapSelection(maps, kept.ToEquatableArray())
            : new MapSelection(selection.Of, kept.Select(i => selection.Kept[i]).ToEquatableArray());
}

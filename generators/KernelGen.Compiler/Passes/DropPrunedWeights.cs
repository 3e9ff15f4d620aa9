using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>
/// Describes each convolution's zero weights as missing: a kernel of zeros leaves the kernel mask, a tap that is zero in
/// every kernel of its source map leaves that map's pattern.
/// </summary>
public static class DropPrunedWeights
{
    public static NetworkGraph Run(NetworkGraph graph) =>
        graph.With(graph.Nodes
            .Select(n => n.Operator is Conv conv
                ? n with { Operator = conv with { Weights = Drop(conv, graph.ShapeOf(n.Inputs[0]).Maps) } }
                : n)
            .ToList());

    private static ConvWeights Drop(Conv conv, int inputMaps)
    {
        var zeros = 0;
        foreach (var value in conv.Weights.Values.Span)
        {
            zeros += value == 0 ? 1 : 0;
        }

        if (zeros == 0)
        {
            return conv.Weights;
        }

        var area = conv.Window.Area;
        var targets = conv.OutputMaps / conv.Groups;
        var sources = inputMaps / conv.Groups;
        var dense = conv.Weights.ToDense(conv.OutputMaps, inputMaps, conv.Groups, area);
        var kernels = new bool[inputMaps * targets];
        var taps = new TapPattern[inputMaps];
        for (var i = 0; i < inputMaps; i++)
        {
            var used = new bool[area];
            for (var o = 0; o < targets; o++)
            {
                var start = (((((i / sources) * targets) + o) * sources) + (i % sources)) * area;
                for (var t = 0; t < area; t++)
                {
                    if (dense[start + t] != 0)
                    {
                        used[t] = true;
                        kernels[(i * targets) + o] = true;
                    }
                }
            }

            taps[i] = Pattern(conv.Weights.Pattern(i), used);
        }

        var mask = kernels.All(k => k) ? null : new KernelMask(inputMaps, targets, kernels.ToEquatableArray());
        var patterns = taps.All(t => t is DenseTaps) ? [] : taps.ToEquatableArray();
        return ConvWeights.FromDense(dense, conv.OutputMaps, inputMaps, conv.Groups, area, mask, patterns);
    }

    private static TapPattern Pattern(TapPattern old, bool[] used)
    {
        var left = Enumerable.Range(0, used.Length).Where(t => used[t]).ToArray();
        return left.SequenceEqual(old.Indices(used.Length)) ? old : new FreeTaps(left.ToEquatableArray());
    }
}

using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>
/// Convolutions of [N, C, L] and [N, C, H, W]. A batch of N becomes N groups of maps, the weights repeated for each.
/// </summary>
internal static class ConvolutionOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Conv", Conv),
        ("ConvTranspose", ConvTranspose),
    ];

    private static Value[] Conv(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        var (shape, weights) = Weights(node, x);
        var groups = Groups(node, x.Shape[1], shape[0], shape[1]);
        var axes = WindowAxis.Padded(node, shape.Skip(2).ToArray(), x.Shape.Skip(2).ToArray());
        var window = WindowAxis.ToWindow(axes);
        var result = Convolve(node, Maps(node, x), window, weights, Bias(node, shape[0], 1), shape[0], groups, x.Shape[0]);
        return [node.Result(result, [x.Shape[0], shape[0], .. Spatial(result.Shape, x.Rank)])];
    }

    /// <summary>
    /// One convolution gives all results between two neighbours of the input as maps of their own, Stride of them per axis; they are
    /// then put side by side (as DepthToSpace does) and the padding is cut off. Nothing is multiplied by inserted zeros.
    /// </summary>
    private static Value[] ConvTranspose(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        var (shape, weights) = Weights(node, x);
        var groups = Groups(node, shape[0], shape[0], shape[1]);
        if (x.Shape[1] != shape[0])
        {
            throw new OnnxNodeException($"The input has {x.Shape[1]} maps, but the weights are for {shape[0]}.");
        }

        var targets = shape[1] * groups;
        var axes = TransposedAxis.Read(node, shape.Skip(2).ToArray(), x.Shape.Skip(2).ToArray());
        if (axes.Length == 1)
        {
            axes = [new TransposedAxis(new WindowAxis(1), 1, 1), axes[0]];
        }

        var (y, z) = (axes[0], axes[1]);
        var phases = (int)Math.Min(Limits.Elements, (long)y.Stride * z.Stride);
        var window = WindowAxis.ToWindow([y.Convolution, z.Convolution]);
        var kernels = PhaseKernels(node.Graph, weights, shape[0], shape[1], groups, y, z);
        var all = Convolve(node, Maps(node, x), window, kernels, Bias(node, targets, phases), checked(targets * phases), groups, x.Shape[0]);

        var (graph, maps, height, width) = (node.Graph, x.Shape[0] * targets, all.Shape[1], all.Shape[2]);
        if (phases > 1)
        {
            all = graph.Reshape(all, new Shape(maps, y.Stride, z.Stride, height, width));
            all = graph.Apply(new Transpose([0, 3, 1, 4, 2]), all);
            all = graph.Reshape(all, new Shape(maps, height * y.Stride, width * z.Stride));
        }

        var wanted = new Shape(maps, y.Outputs, z.Outputs);
        var result = all.Shape == wanted ? all : graph.Apply(new Slice([0, y.First, z.First], [1, 1, 1], wanted.Dimensions), all);
        return [node.Result(result, [x.Shape[0], targets, .. Spatial(wanted, x.Rank)])];
    }

    /// <summary>The kernels of the convolution that computes all phases: target map, then phase, then source map of the group.</summary>
    /// <param name="weights">[sources, targets of a group, kernel height, kernel width].</param>
    private static float[] PhaseKernels(
        GraphBuilder graph, float[] weights, int sources, int targets, int groups, TransposedAxis y, TransposedAxis x)
    {
        var perGroup = sources / groups;
        var (rows, columns) = (y.Convolution.Kernel, x.Convolution.Kernel);
        var result = Allocate(graph, (long)targets * groups * y.Stride * x.Stride * perGroup * rows * columns);
        var k = 0;
        for (var source = 0; source < sources; source++)
        {
            for (var target = 0; target < targets; target++)
            {
                for (var ky = 0; ky < y.Kernel; ky++)
                {
                    for (var kx = 0; kx < x.Kernel; kx++)
                    {
                        var map = (source / perGroup * targets) + target;
                        var phase = (((map * y.Stride) + y.Phase(ky)) * x.Stride) + x.Phase(kx);
                        var kernel = (phase * perGroup) + (source % perGroup);
                        result[(((kernel * rows) + y.Tap(ky)) * columns) + x.Tap(kx)] = weights[k++];
                    }
                }
            }
        }

        return result;
    }

    private static Tensor Convolve(
        NodeContext node, Tensor maps, Window window, float[] weights, float[]? bias, int targets, int groups, int batch)
    {
        var area = window.Area;
        var all = Repeat(node.Graph, weights, batch);
        var dense = ConvWeights.FromDense(all, targets * batch, maps.Shape.Maps, groups * batch, area);
        var conv = new Conv(targets * batch, window, dense, bias is null ? null : new FloatData(Repeat(node.Graph, bias, batch)), groups * batch);
        return node.Graph.Apply(conv, maps);
    }

    private static (int[] Shape, float[] Weights) Weights(NodeContext node, Value x)
    {
        var spatial = x.Rank - 2;
        if (spatial is not (1 or 2))
        {
            throw new OnnxNodeException(
                $"The input has {x.Rank} axes; only convolutions of [N, C, L] and [N, C, H, W] are supported, no 3-D ones.");
        }

        var shape = node.FloatsNotEmpty(1).Shape;
        if (shape.Length != x.Rank)
        {
            throw new OnnxNodeException($"The weights have {shape.Length} axes and the input {x.Rank}; they must have as many.");
        }

        var weights = node.ConstantFloats(1, "the weights");
        if (node.Attribute("kernel_shape") is not null
            && !WindowAxis.KernelShape(node, spatial).SequenceEqual(shape.Skip(2)))
        {
            throw new OnnxNodeException("The attribute kernel_shape differs from the shape of the weights.");
        }

        return (shape, weights);
    }

    private static int Groups(NodeContext node, int sources, int split, int sourcesOrTargetsOfGroup)
    {
        var groups = node.Integer("group", 1);
        var fits = groups >= 1 && groups <= sources && sources % groups == 0 && split % groups == 0;
        if (node.Operator == "Conv")
        {
            fits = fits && sourcesOrTargetsOfGroup * groups == sources;
        }

        return fits
            ? (int)groups
            : throw new OnnxNodeException(
                $"{groups} groups do not fit {sources} input maps and weights for {sourcesOrTargetsOfGroup} maps of each group.");
    }

    private static float[]? Bias(NodeContext node, int maps, int phases)
    {
        if (!node.Has(2))
        {
            return null;
        }

        var bias = node.ConstantFloats(2, "the bias");
        return bias.Length == maps
            ? bias.SelectMany(b => Enumerable.Repeat(b, phases)).ToArray()
            : throw new OnnxNodeException($"There are {bias.Length} biases; there must be one for each of {maps} maps.");
    }

    private static Tensor Maps(NodeContext node, Value x) =>
        node.Graph.Reshape(x.Floats, new Shape(x.Shape[0] * x.Shape[1], x.Rank == 3 ? 1 : x.Shape[2], x.Shape[x.Rank - 1]));

    private static int[] Spatial(Shape maps, int rank) => rank == 3 ? [maps[2]] : [maps[1], maps[2]];

    private static float[] Repeat(GraphBuilder graph, float[] values, int times)
    {
        if (times == 1)
        {
            return values;
        }

        var all = Allocate(graph, (long)values.Length * times);
        for (var i = 0; i < times; i++)
        {
            values.CopyTo(all, i * values.Length);
        }

        return all;
    }

    private static float[] Allocate(GraphBuilder graph, long length)
    {
        if (length > Limits.Elements)
        {
            throw new OnnxNodeException($"The convolution has {length} weights, the batch counted; at most {Limits.Elements} are supported.");
        }

        graph.Budget.Spend(length);
        return new float[length];
    }
}

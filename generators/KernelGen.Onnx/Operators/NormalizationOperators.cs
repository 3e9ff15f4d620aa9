using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Normalisation by constants, by the input's own mean and deviation, and by sums over neighbouring maps.</summary>
internal static class NormalizationOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("BatchNormalization", BatchNormalization),
        ("InstanceNormalization", InstanceNormalization),
        ("LayerNormalization", LayerNormalization),
        ("GroupNormalization", GroupNormalization),
        ("MeanVarianceNormalization", MeanVarianceNormalization),
        ("LpNormalization", LpNormalization),
        ("LRN", LocalResponseNormalization),
    ];

    /// <summary>A batch is more maps; without <c>spatial</c> (old operator sets) each element is a map.</summary>
    private static Value[] BatchNormalization(NodeContext node)
    {
        node.Attribute("momentum");
        node.Attribute("consumed_inputs");
        node.Attribute("is_test");
        if (node.Integer("training_mode", 0) != 0 || Enumerable.Range(1, 4).Any(node.HasOutput))
        {
            throw new OnnxNodeException("Training mode is not supported; export the network for inference.");
        }

        var x = node.FloatsNotEmpty(0);
        if (x.Rank == 0)
        {
            throw new OnnxNodeException("The input has no axis; it must have one for the batch and one for the maps.");
        }

        var (batch, maps) = x.Rank == 1 ? (1, 1) : (x.Shape[0], x.Shape[1]);
        if (node.Integer("spatial", 1) == 0)
        {
            maps = x.Length / batch;
        }

        node.Graph.Budget.Spend(4L * batch * maps);
        var scale = Parameters(1, "the scale");
        var shift = Parameters(2, "the shift");
        var mean = Parameters(3, "the mean");
        var variance = Parameters(4, "the variance");
        var norm = new BatchNorm(scale, shift, mean, variance, node.Float("epsilon", 1e-5f));
        var shape = batch == 1 && maps == Value.Reduced(x.Shape).Maps
            ? Value.Reduced(x.Shape)
            : new Shape(batch * maps, x.Length / (batch * maps));
        return [node.Result(node.Graph.Apply(norm, node.Graph.Reshape(x.Floats, shape)), x.Shape)];

        FloatData Parameters(int i, string what)
        {
            var values = node.ConstantFloats(i, what);
            return values.Length == maps
                ? new FloatData(Enumerable.Repeat(values, batch).SelectMany(v => v).ToArray())
                : throw new OnnxNodeException($"There are {values.Length} values of {what}; there must be {maps}.");
        }
    }

    private static Value[] InstanceNormalization(NodeContext node)
    {
        var x = node.Maps(0);
        var normal = Standardised(node.Graph, Split(node, x, x.Shape[1]), node.Float("epsilon", 1e-5f)).Normal;
        return [Scaled(node, x, normal, x.Shape[1])];
    }

    private static Value[] GroupNormalization(NodeContext node)
    {
        var x = node.Maps(0);
        var groups = node.Integer("num_groups", 0);
        if (groups < 1 || x.Shape[1] % groups != 0)
        {
            throw new OnnxNodeException($"num_groups is {groups}; it must divide the {x.Shape[1]} maps.");
        }

        // The precision of the sums; they are always accumulated in more than that of the input.
        node.Attribute("stash_type");
        var normal = Standardised(node.Graph, Split(node, x, (int)groups), node.Float("epsilon", 1e-5f)).Normal;
        return [Scaled(node, x, normal, node.Version < 21 ? (int)groups : x.Shape[1])];
    }

    private static Value[] LayerNormalization(NodeContext node)
    {
        node.Attribute("stash_type");
        var x = node.FloatsNotEmpty(0);
        var first = NodeContext.Axis(node.Integer("axis", -1), x.Rank);
        var (inputs, dropped) = node.WithoutBatch(first == 0, x);
        var axes = Enumerable.Range(first - dropped, x.Rank - first).ToArray();
        var (normal, mean, deviation) = Standardised(node.Graph, inputs[0], node.Float("epsilon", 1e-5f), axes);
        var result = node.Graph.Multiply(normal, node.Floats(1).Floats);
        if (node.Has(2))
        {
            result = node.Graph.Add(result, node.Floats(2).Floats);
        }

        var reduced = x.Shape.Select((d, axis) => axis < first ? d : 1).ToArray();
        return
        [
            node.Result(result, x.Shape),
            node.Result(mean, reduced),
            node.Result(node.Graph.Activate(ActivationKind.Reciprocal, deviation), reduced),
        ];
    }

    private static Value[] MeanVarianceNormalization(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        var given = node.Integers("axes");
        var axes = (given.Length == 0 ? [0, 2, 3] : given).Select(a => NodeContext.Axis(a, x.Rank)).Distinct().OrderBy(a => a).ToArray();
        var (inputs, dropped) = node.WithoutBatch(axes.All(a => a == 0), x);
        var input = inputs[0];
        axes = axes.Select(a => a - dropped).Where(a => a >= 0).ToArray();
        var graph = node.Graph;
        var mean = graph.Reduce(ReduceKind.Mean, input, axes);
        var centred = graph.Subtract(input, mean);
        var variance = graph.Reduce(ReduceKind.Mean, graph.Multiply(centred, centred), axes);
        var deviation = graph.Add(graph.Activate(ActivationKind.Sqrt, variance), 1e-9f);
        return [node.Result(graph.Divide(centred, deviation), x.Shape)];
    }

    private static Value[] LpNormalization(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        var axis = NodeContext.Axis(node.Integer("axis", -1), x.Rank);
        var p = node.Integer("p", 2);
        if (p is not (1 or 2))
        {
            throw new OnnxNodeException($"The attribute p is {p}; it must be 1 or 2.");
        }

        var (inputs, dropped) = node.WithoutBatch(axis == 0, x);
        var input = inputs[0];
        var graph = node.Graph;
        var powers = p == 1 ? graph.Activate(ActivationKind.Abs, input) : graph.Multiply(input, input);
        var norm = graph.Reduce(ReduceKind.Sum, powers, axis - dropped);
        norm = p == 1 ? norm : graph.Activate(ActivationKind.Sqrt, norm);

        // Zeros stay zeros.
        const float SmallestNormal = 1.17549435e-38f;
        var divisor = graph.Binary(BinaryKind.Maximum, norm, graph.Scalar(SmallestNormal));
        return [node.Result(graph.Divide(input, divisor), x.Shape)];
    }

    /// <summary>x / (bias + alpha / size · Σ x²)^beta, the sum over neighbouring maps: an average pooling with the maps as rows.</summary>
    private static Value[] LocalResponseNormalization(NodeContext node)
    {
        var x = node.Maps(0);
        var size = node.Integer("size", 0);
        if (size is < 1 or > Limits.Window)
        {
            throw new OnnxNodeException($"The attribute size is {size}; it must be 1 to {Limits.Window}.");
        }

        var graph = node.Graph;
        var (before, after) = ((int)(size - 1) / 2, (int)size / 2);
        var rows = graph.Reshape(x.Floats, new Shape(x.Shape[0], x.Shape[1], x.Length / (x.Shape[0] * x.Shape[1])));
        var window = new Window((int)size, 1, PadTop: before, PadBottom: after);
        var means = graph.Apply(new Pool(PoolKind.Average, window, CountPadding: true), graph.Multiply(rows, rows));
        var basis = graph.Add(graph.Multiply(means, node.Float("alpha", 1e-4f)), node.Float("bias", 1));
        var divisor = graph.Power(basis, graph.Scalar(node.Float("beta", 0.75f)));
        return [node.Result(graph.Divide(rows, divisor), x.Shape)];
    }

    /// <summary>Minus the mean and over the deviation, taken along some axes (by default the last).</summary>
    private static (Tensor Normal, Tensor Mean, Tensor Deviation) Standardised(GraphBuilder graph, Tensor x, float epsilon, params int[] axes)
    {
        axes = axes.Length == 0 ? [x.Shape.Rank - 1] : axes;
        var mean = graph.Reduce(ReduceKind.Mean, x, axes);
        var centred = graph.Subtract(x, mean);
        var variance = graph.Reduce(ReduceKind.Mean, graph.Multiply(centred, centred), axes);
        var deviation = graph.Activate(ActivationKind.Sqrt, graph.Add(variance, epsilon));
        return (graph.Divide(centred, deviation), mean, deviation);
    }

    /// <summary>The input times input 1 plus input 2, each with one value per map or per group of maps.</summary>
    private static Value Scaled(NodeContext node, Value x, Tensor normal, int count)
    {
        foreach (var i in (int[])[1, 2])
        {
            if (node.Floats(i).Length != count)
            {
                throw new OnnxNodeException($"Input {i} has {node.Floats(i).Length} values; there must be {count}.");
            }
        }

        var graph = node.Graph;
        var shape = new Shape(count, 1);
        var split = graph.Reshape(normal, SplitShape(x, count));
        var scaled = graph.Multiply(split, graph.Reshape(node.Floats(1).Floats, shape));
        return node.Result(graph.Add(scaled, graph.Reshape(node.Floats(2).Floats, shape)), x.Shape);
    }

    private static Tensor Split(NodeContext node, Value x, int groups) => node.Graph.Reshape(x.Floats, SplitShape(x, groups));

    /// <summary>[N, groups, rest], without the batch axis if that is 1.</summary>
    private static Shape SplitShape(Value x, int groups) => Value.Reduced([x.Shape[0], groups, x.Length / (x.Shape[0] * groups)]);
}

using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Elementwise functions that are known as activations, and Dropout, which does nothing in inference.</summary>
internal static class ActivationOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Relu", node => Elementwise(node, new Activation(ActivationKind.Relu))),
        ("LeakyRelu", node => Elementwise(node, new Activation(ActivationKind.LeakyRelu, node.Float("alpha", 0.01f)))),
        ("PRelu", ParametricRelu),
        ("Elu", node => Elementwise(node, new Activation(ActivationKind.Elu, node.Float("alpha", 1)))),
        ("Selu", Selu),
        ("Celu", Celu),
        ("Clip", Clip),
        ("Sigmoid", node => Elementwise(node, new Activation(ActivationKind.Sigmoid))),
        ("Tanh", node => Elementwise(node, new Activation(ActivationKind.Tanh))),
        ("HardSigmoid", HardSigmoid),
        ("HardSwish", node => Elementwise(node, new Activation(ActivationKind.HardSwish))),
        ("Gelu", Gelu),
        ("Mish", node => Elementwise(node, new Activation(ActivationKind.Mish))),
        ("Swish", node => Elementwise(node, new Activation(ActivationKind.Swish, node.Float("alpha", 1)))),
        ("Softplus", node => Elementwise(node, new Activation(ActivationKind.Softplus))),
        ("Softsign", node => Elementwise(node, new Activation(ActivationKind.Softsign))),
        ("ThresholdedRelu", node => Elementwise(node, new Activation(ActivationKind.ThresholdedRelu, node.Float("alpha", 1)))),
        ("Shrink", Shrink),
        ("Dropout", Dropout),
    ];

    private static Value[] Elementwise(NodeContext node, Activation activation)
    {
        // Of the first operator sets: which inputs may be overwritten.
        node.Attribute("consumed_inputs");
        var x = node.FloatsNotEmpty(0);
        return [Value.Of(x.Shape, node.Graph.Apply(activation, x.Floats))];
    }

    /// <summary>The slope is broadcast to the input; below operator set 7, one value per map is enough.</summary>
    private static Value[] ParametricRelu(NodeContext node)
    {
        node.Attribute("consumed_inputs");
        var (x, slope) = (node.FloatsNotEmpty(0), node.Floats(1));
        var slopes = slope.Floats;
        if (node.Version < 7 && slope.Length > 1)
        {
            if (x.Rank < 2 || slope.Length != x.Shape[1])
            {
                throw new OnnxNodeException($"There are {slope.Length} slopes; there must be one or, in operator set {node.Version}, one per map.");
            }

            slopes = node.Graph.Reshape(slopes, new Shape((int[])[slope.Length, .. Enumerable.Repeat(1, x.Rank - 2)]));
        }

        return [node.Result(node.Graph.Binary(BinaryKind.Prelu, x.Floats, slopes), x.Shape)];
    }

    private static Value[] HardSigmoid(NodeContext node) =>
        Elementwise(node, new Activation(ActivationKind.HardSigmoid, node.Float("alpha", 0.2f), Beta: node.Float("beta", 0.5f)));

    private static Value[] Selu(NodeContext node)
    {
        var (alpha, gamma) = node.Version < 6 ? (1.6732f, 1.0507f) : (1.67326319217681884765625f, 1.05070102214813232421875f);
        return Elementwise(node, new Activation(ActivationKind.Selu, node.Float("alpha", alpha), Beta: node.Float("gamma", gamma)));
    }

    /// <summary>x above zero, alpha · (e^(x / alpha) − 1) below: alpha times the ELU of x / alpha.</summary>
    private static Value[] Celu(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        var alpha = node.Float("alpha", 1);
        if (!(alpha > 0))
        {
            throw new OnnxNodeException(FormattableString.Invariant($"The attribute alpha is {alpha}; it must be above 0."));
        }

        var scaled = alpha == 1 ? x.Floats : node.Graph.Divide(x.Floats, node.Graph.Scalar(alpha));
        return [Value.Of(x.Shape, node.Graph.Apply(new Activation(ActivationKind.Selu, 1, Beta: alpha), scaled))];
    }

    /// <summary>Bounds that are computed at run time become a minimum and a maximum.</summary>
    private static Value[] Clip(NodeContext node)
    {
        node.Attribute("consumed_inputs");
        var x = node.FloatsNotEmpty(0);
        var low = Bound(1, "min", -float.MaxValue);
        var high = Bound(2, "max", float.MaxValue);
        if (low is { } minimum && high is { } maximum)
        {
            // An upper bound below the lower one wins.
            return Elementwise(node, new Activation(ActivationKind.Clip, Minimum: Math.Min(minimum, maximum), Maximum: maximum));
        }

        var graph = node.Graph;
        var raised = graph.Binary(BinaryKind.Maximum, x.Floats, low is { } l ? graph.Scalar(l) : node.Input(1).Floats);
        var clipped = graph.Binary(BinaryKind.Minimum, raised, high is { } h ? graph.Scalar(h) : node.Input(2).Floats);
        return [node.Result(clipped, x.Shape)];

        // Null: known at run time only.
        float? Bound(int input, string attribute, float absent)
        {
            if (node.Version >= 11 && node.Has(input))
            {
                var value = node.Floats(input);
                return value.Length != 1 ? throw new OnnxNodeException($"Input {input} ({attribute}) has {value.Length} values; it must be a scalar.")
                    : value.IsConstant ? Finite(node.ConstantFloats(input, attribute)[0], attribute)
                    : null;
            }

            return Finite(node.Float(attribute, absent), attribute);
        }

        static float Finite(float bound, string what) => float.IsNaN(bound)
            ? throw new OnnxNodeException($"The bound {what} is not a number.")
            : Math.Max(-float.MaxValue, Math.Min(float.MaxValue, bound));
    }

    private static Value[] Gelu(NodeContext node) => node.String("approximate", "none") switch
    {
        "none" => Elementwise(node, new Activation(ActivationKind.Gelu)),
        "tanh" => Elementwise(node, new Activation(ActivationKind.GeluTanh)),
        var other => throw new OnnxNodeException($"The attribute approximate is '{other}'; it must be none or tanh."),
    };

    /// <summary>x − bias above lambd, x + bias below −lambd, else 0.</summary>
    private static Value[] Shrink(NodeContext node)
    {
        var (bias, lambda) = (node.Float("bias", 0), node.Float("lambd", 0.5f));
        if (!(lambda >= 0))
        {
            throw new OnnxNodeException(FormattableString.Invariant($"The attribute lambd is {lambda}; it must be at least 0."));
        }

        var x = node.FloatsNotEmpty(0);
        var graph = node.Graph;
        var threshold = new Activation(ActivationKind.ThresholdedRelu, lambda);
        var above = graph.Apply(threshold, x.Floats);
        var below = graph.Apply(threshold, graph.Activate(ActivationKind.Neg, x.Floats));
        var kept = graph.Subtract(above, below);
        return [Value.Of(x.Shape, bias == 0 ? kept : graph.Subtract(kept, graph.Multiply(graph.Activate(ActivationKind.Sign, kept), bias)))];
    }

    private static Value[] Dropout(NodeContext node)
    {
        foreach (var attribute in (string[])["ratio", "seed", "is_test", "consumed_inputs"])
        {
            node.Attribute(attribute);
        }

        if (node.Has(2) && node.Integers(2, "training_mode").Any(t => t != 0))
        {
            throw new OnnxNodeException("Training mode is not supported; export the network for inference.");
        }

        // Everything is kept; what the mask was in inference, older operator sets do not say.
        var x = node.FloatsNotEmpty(0);
        if (node.Version < 12 || !node.HasOutput(1))
        {
            return [x];
        }

        node.Graph.Budget.Spend(x.Length);
        return [x, Value.Of(x.Shape, Enumerable.Repeat(1L, x.Length).ToArray(), ElementType.Bool)];
    }
}

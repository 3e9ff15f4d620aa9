using KernelGen.Model;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.OperatorFiles;

namespace KernelGen.Onnx.Tests;

/// <summary>Activations, softmax and dropout in all their forms, against ONNX Runtime or, where that does not have them, their definition.</summary>
public class ActivationOperatorTests
{
    private static readonly Dictionary<string, OnnxFile> Activations = new()
    {
        ["Relu"] = Activation("Relu", 14),
        ["LeakyRelu"] = Activation("LeakyRelu", 16),
        ["LeakyRelu, alpha"] = Activation("LeakyRelu", 16, ("alpha", 0.3f)),
        ["PRelu, per map"] = Of("PRelu", 16, [1, 3, 4, 5], [[3, 1, 1]]),
        ["PRelu, one"] = Of("PRelu", 16, [2, 3, 4, 5], [[1]]),
        ["PRelu, per element of a batch"] = Of("PRelu", 16, [2, 3, 4], [[2, 3, 4]]),
        ["PRelu, per column"] = Of("PRelu", 9, [2, 3, 4], [[4]]),
        ["Elu"] = Activation("Elu", 6),
        ["Elu, alpha"] = Activation("Elu", 6, ("alpha", 2f)),
        ["Selu"] = Activation("Selu", 6),
        ["Selu, parameters"] = Activation("Selu", 6, ("alpha", 2f), ("gamma", 3f)),
        ["Celu"] = Activation("Celu", 12),
        ["Celu, alpha"] = Activation("Celu", 12, ("alpha", 2f)),
        ["Clip, attributes"] = Activation("Clip", 6, ("min", -0.5f), ("max", 1f)),
        ["Clip, lower attribute"] = Activation("Clip", 6, ("min", -0.5f)),
        ["Clip, nothing"] = Activation("Clip", 13),
        ["Clip, inputs"] = Clip(-0.5f, 1f),
        ["Clip, lower input"] = Clip(-0.5f, null),
        ["Clip, upper input"] = Clip(null, 1f),
        ["Clip, infinite"] = Clip(float.NegativeInfinity, 0.5f),
        ["Clip, bounds in the wrong order"] = Clip(1f, -0.5f),
        ["Clip, computed bounds"] = new OnnxFile().Input("x", 1, 2, 9).Input("low", 1).Node("Squeeze", ["low"], ["min"])
            .Node("Clip", ["x", "min"], ["y"]).Output("y"),
        ["Sigmoid"] = Activation("Sigmoid", 13),
        ["Tanh"] = Activation("Tanh", 13),
        ["HardSigmoid"] = Activation("HardSigmoid", 6),
        ["HardSigmoid, parameters"] = Activation("HardSigmoid", 6, ("alpha", 0.3f), ("beta", 0.2f)),
        ["HardSwish"] = Activation("HardSwish", 14),
        ["Gelu"] = Activation("Gelu", 20),
        ["Gelu, tanh"] = Activation("Gelu", 20, ("approximate", "tanh")),
        ["Mish"] = Activation("Mish", 18),
        ["Softplus"] = Activation("Softplus", 1),
        ["Softsign"] = Activation("Softsign", 1),
        ["ThresholdedRelu"] = Activation("ThresholdedRelu", 10),
        ["ThresholdedRelu, alpha"] = Activation("ThresholdedRelu", 10, ("alpha", 0.5f)),
        ["Shrink"] = Activation("Shrink", 9),
        ["Shrink, soft"] = Activation("Shrink", 9, ("lambd", 0.7f), ("bias", 0.7f)),
        ["Shrink, bias"] = Activation("Shrink", 9, ("lambd", 0.2f), ("bias", 1.5f)),
        ["Dropout"] = Activation("Dropout", 13),
        ["Dropout, old"] = Activation("Dropout", 7, ("ratio", 0.3f)),
        ["Softmax"] = Of("Softmax", 13, [1, 5], []),
        ["Softmax, maps"] = Of("Softmax", 13, [1, 3, 4, 5], [], ("axis", 1)),
        ["Softmax, batch axis"] = Of("Softmax", 13, [3, 4], [], ("axis", 0)),
        ["Softmax, batch axis of one"] = Of("Softmax", 13, [1, 4], [], ("axis", 0)),
        ["Softmax, batch"] = Of("Softmax", 13, [2, 3, 4, 5], [], ("axis", -2)),
        ["Softmax, old"] = Of("Softmax", 11, [1, 3, 4, 5], []),
        ["Softmax, old, batch"] = Of("Softmax", 11, [2, 3, 4], []),
        ["Softmax, old, last axis"] = Of("Softmax", 11, [2, 3, 4], [], ("axis", 2)),
        ["Softmax, old, all axes"] = Of("Softmax", 11, [2, 3, 4], [], ("axis", 0)),
        ["LogSoftmax"] = Of("LogSoftmax", 13, [1, 5], []),
        ["LogSoftmax, maps"] = Of("LogSoftmax", 13, [2, 3, 4], [], ("axis", 1)),
        ["LogSoftmax, old"] = Of("LogSoftmax", 11, [2, 3, 4], []),
    };

    public static TheoryData<string> Forms => [.. Activations.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void An_activation_gives_what_ONNX_Runtime_gives(string form) =>
        OnnxRuntimeReference.AssertSame(Activations[form], from: -4, to: 4, tolerance: 1e-6);

    [Theory]
    [InlineData(1f)]
    [InlineData(1.7f)]
    public void Swish_is_the_input_times_its_sigmoid(float alpha)
    {
        float[] x = [-100, -3, -0.5f, 0, 0.5f, 3, 100];
        var y = Run(Of("Swish", 24, [1, 7], [], ("alpha", alpha)), x);
        Assert.All(x.Zip(y), p => Assert.Equal(p.First / (1 + Math.Exp(-alpha * (double)p.First)), p.Second, 1e-6));
    }

    [Fact]
    public void Large_differences_do_not_overflow_a_logarithm_of_softmax() =>
        Assert.Equal([-1000f, 0, -2000], Run(Of("LogSoftmax", 13, [1, 3], []), [0, 1000, -1000]));

    [Fact]
    public void Below_operator_set_7_a_slope_per_map_needs_no_further_axes() =>
        Assert.Equal([-2f, -4, -9, 4], Run(
            new OnnxFile(6).Input("x", 1, 2, 2).Initializer("slope", [2], 2f, 3).Node("PRelu", ["x", "slope"], ["y"]).Output("y"), [-1, -2, -3, 4]));

    [Fact]
    public void A_dropout_vanishes()
    {
        var network = new OnnxFile(13).Input("x", 1, 3).Node("Relu", ["x"], ["r"]).Node("Dropout", ["r"], ["d", "mask"]).Node("Relu", ["d"], ["y"])
            .Output("y").Import().Description!;
        Assert.Equal(2, network.Layers.Count);
    }

    [Fact]
    public void A_dropout_in_training_mode_is_refused()
    {
        var file = new OnnxFile(13).Input("x", 1, 3).Initializer("ratio", [], 0.5f)
            .Initializer(OnnxFile.Tensor("training", Format.ElementType.Bool, [], 1));
        Assert.Contains("Training mode", file.Node("Dropout", ["x", "ratio", "training"], ["y"]).Output("y").Refusal());
    }

    [Fact]
    public void An_unknown_approximation_is_refused() =>
        Assert.Contains("'none or so'", Activation("Gelu", 20, ("approximate", "none or so")).Refusal());

    private static float[] Run(OnnxFile file, float[] x)
    {
        var result = file.Import();
        Assert.Empty(result.Errors);
        return Interpreter.Run(NetworkGraph.Create(result.Description!), [x])[0];
    }

    private static OnnxFile Activation(string op, int opset, params (string Name, object Value)[] attributes) =>
        Of(op, opset, [1, 3, 40], [], attributes);

    private static OnnxFile Clip(float? low, float? high)
    {
        var file = new OnnxFile().Input("x", 1, 3, 40);
        foreach (var (name, bound) in new[] { ("low", low), ("high", high) })
        {
            if (bound is { } value)
            {
                file.Initializer(name, [], value);
            }
        }

        return file.Node("Clip", ["x", low is null ? "" : "low", high is null ? "" : "high"], ["y"]).Output("y");
    }
}

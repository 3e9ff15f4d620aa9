using KernelGen.Model;
using static KernelGen.Onnx.Export.LayerScope;

namespace KernelGen.Onnx.Export;

/// <summary>Elementwise functions of one tensor.</summary>
internal static class ActivationExporter
{
    public static void Write(LayerScope layer, Activation activation)
    {
        switch (activation.Kind)
        {
            case ActivationKind.LeakyRelu or ActivationKind.Elu or ActivationKind.ThresholdedRelu:
                layer.Result(activation.Kind.ToString(), layer.Inputs, Attribute("alpha", activation.Alpha));
                break;
            case ActivationKind.Selu:
                layer.Result("Selu", layer.Inputs, Attribute("alpha", activation.Alpha), Attribute("gamma", activation.Beta));
                break;
            case ActivationKind.HardSigmoid:
                layer.Result("HardSigmoid", layer.Inputs, Attribute("alpha", activation.Alpha), Attribute("beta", activation.Beta));
                break;
            case ActivationKind.Gelu:
                layer.Result("Gelu", layer.Inputs);
                break;
            case ActivationKind.GeluTanh:
                layer.Result("Gelu", layer.Inputs, Attribute("approximate", "tanh"));
                break;
            case ActivationKind.Relu6:
                WriteClip(layer, 0, 6);
                break;
            case ActivationKind.Clip:
                WriteClip(layer, activation.Minimum, activation.Maximum);
                break;
            case ActivationKind.Swish:
                // An operator of its own only since operator set 24.
                var scaled = activation.Alpha == 1 ? layer.Input : layer.Step("Mul", [layer.Input, layer.Scalar("alpha", activation.Alpha)]);
                layer.Result("Mul", [layer.Input, layer.Step("Sigmoid", [scaled])]);
                break;
            default:
                // All others have the standard's names.
                layer.Result(activation.Kind.ToString(), layer.Inputs);
                break;
        }
    }

    private static void WriteClip(LayerScope layer, float minimum, float maximum) =>
        layer.Result("Clip", [layer.Input, layer.Scalar("minimum", minimum), layer.Scalar("maximum", maximum)]);
}

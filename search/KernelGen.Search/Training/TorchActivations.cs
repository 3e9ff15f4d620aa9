using KernelGen.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>Every elementwise function in TorchSharp. Steps (floor, sign, …) have no gradient: nothing before them is trained through them.</summary>
internal static class TorchActivations
{
    public static Tensor Apply(Activation a, Tensor x) => a.Kind switch
    {
        ActivationKind.Relu => F.relu(x),
        ActivationKind.Relu6 => x.clamp(0, 6),
        ActivationKind.LeakyRelu => F.leaky_relu(x, a.Alpha),
        ActivationKind.Sigmoid => torch.sigmoid(x),
        ActivationKind.HardSwish => F.hardswish(x),
        ActivationKind.Clip => x.clamp(a.Minimum, a.Maximum),
        ActivationKind.Elu => F.elu(x, a.Alpha),
        ActivationKind.Selu => F.elu(x, a.Alpha) * a.Beta,
        ActivationKind.HardSigmoid => ((x * a.Alpha) + a.Beta).clamp(0, 1),
        ActivationKind.Tanh => x.tanh(),
        ActivationKind.Softplus => Softplus(x),
        ActivationKind.Softsign => x / (x.abs() + 1),
        ActivationKind.Gelu => x * 0.5 * ((x * Math.Sqrt(0.5)).erf() + 1),
        ActivationKind.GeluTanh => x * 0.5 * (((x + (x * x * x * 0.044715)) * Math.Sqrt(2 / Math.PI)).tanh() + 1),
        ActivationKind.Mish => x * Softplus(x).tanh(),
        ActivationKind.Swish => x * torch.sigmoid(x * a.Alpha),
        ActivationKind.ThresholdedRelu => F.threshold(x, a.Alpha, 0),
        ActivationKind.Exp => x.exp(),
        ActivationKind.Log => x.log(),
        ActivationKind.Sqrt => x.sqrt(),
        ActivationKind.Abs => x.abs(),
        ActivationKind.Neg => x.neg(),
        ActivationKind.Reciprocal => x.reciprocal(),
        ActivationKind.Erf => x.erf(),
        ActivationKind.Floor => x.floor(),
        ActivationKind.Ceil => x.ceil(),
        ActivationKind.Round => x.round(),
        ActivationKind.Sign => x.sign(),
        ActivationKind.Sin => x.sin(),
        ActivationKind.Cos => x.cos(),
        _ => throw new NotSupportedException($"The activation {a.Kind} cannot be trained."),
    };

    private static Tensor Softplus(Tensor x) => F.relu(x) + x.abs().neg().exp().log1p();
}

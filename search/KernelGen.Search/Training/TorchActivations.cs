using KernelGen.Model;
using TorchSharp;
using static KernelGen.Search.Training.TorchScalars;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>Every elementwise function in TorchSharp. Steps (floor, sign, …) have no gradient: nothing before them is trained through them.</summary>
internal static class TorchActivations
{
    public static Tensor Apply(Activation a, Tensor x) => a.Kind switch
    {
        ActivationKind.Relu => F.relu(x),
        ActivationKind.Relu6 => x.clamp(Constant(0), Constant(6)),
        ActivationKind.LeakyRelu => x.leaky_relu(Constant(a.Alpha)),
        ActivationKind.Sigmoid => torch.sigmoid(x),
        ActivationKind.HardSwish => F.hardswish(x),
        ActivationKind.Clip => x.clamp(Constant(a.Minimum), Constant(a.Maximum)),
        ActivationKind.Elu => Elu(x, a.Alpha),
        ActivationKind.Selu => Elu(x, a.Alpha).mul(Constant(a.Beta)),
        ActivationKind.HardSigmoid => x.mul(Constant(a.Alpha)).Plus(Constant(a.Beta)).clamp(Constant(0), Constant(1)),
        ActivationKind.Tanh => x.tanh(),
        ActivationKind.Softplus => Softplus(x),
        ActivationKind.Softsign => x / x.abs().Plus(Constant(1)),
        ActivationKind.Gelu => x.mul(Constant(0.5)) * x.mul(Constant(Math.Sqrt(0.5))).erf().Plus(Constant(1)),
        ActivationKind.GeluTanh => x.mul(Constant(0.5)) * x.Plus((x * x * x).mul(Constant(0.044715))).mul(Constant(Math.Sqrt(2 / Math.PI))).tanh().Plus(Constant(1)),
        ActivationKind.Mish => x * Softplus(x).tanh(),
        ActivationKind.Swish => x * torch.sigmoid(x.mul(Constant(a.Alpha))),
        ActivationKind.ThresholdedRelu => x.threshold(Constant(a.Alpha), Constant(0)),
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

    private static Tensor Elu(Tensor x, float alpha) => x.elu(Constant(alpha), Constant(1), Constant(1));

    private static Tensor Softplus(Tensor x) => F.relu(x).Plus(x.abs().neg().exp().log1p());
}

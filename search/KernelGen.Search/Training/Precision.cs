using System.Text.Json.Serialization;
using KernelGen.Model;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// The numbers that convolutions and fully connected layers multiply while a network is trained or a candidate is scored by the search. What
/// is repaired or retrained is judged, reported and written in single precision.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>All numbers have 32 bits.</summary>
    Single,

    /// <summary>
    /// These layers, but for convolutions in groups, and the simple ones between them read and write bfloat16 (8 significant bits) and sum in
    /// 32 bits; the weights that are learnt, running statistics, other operators and the loss have 32 bits (Micikevicius et al., 2018;
    /// Kalamkar et al., 2019).
    /// </summary>
    Mixed,
}

/// <summary>What <see cref="Precision.Mixed"/> means for each operator.</summary>
internal static class MixedPrecision
{
    /// <summary>An operator's inputs as it takes them.</summary>
    public static IReadOnlyList<Tensor> Inputs(Operator op, IReadOnlyList<Tensor> inputs) =>
        IsRounded(op) ? [.. inputs.Select(x => As(torch.bfloat16, x))]
        : TakesBoth(op) ? inputs
        : [.. inputs.Select(x => As(torch.float32, x))];

    /// <summary>
    /// Layers that multiply bfloat16. Convolutions in groups wait for memory, not for multiplications, and some would be wrong
    /// (<see cref="TorchOperators.Convolve"/>).
    /// </summary>
    public static bool IsRounded(Operator op) => op is Conv { Groups: 1 } or Dense;

    /// <summary>The tensor itself where it has the type: another handle would keep its memory for longer.</summary>
    public static Tensor As(torch.ScalarType type, Tensor x) => x.dtype == type ? x : x.to(type);

    /// <summary>Operators whose results may be rounded as their inputs were.</summary>
    private static bool TakesBoth(Operator op) =>
        op is BatchNorm or Activation { Kind: ActivationKind.Relu } or Add or Concat or Pool { Kind: PoolKind.Max } or Flatten or Reshape;
}

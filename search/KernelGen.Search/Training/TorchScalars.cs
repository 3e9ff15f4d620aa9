using System.Collections.Concurrent;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>Numbers for TorchSharp's operators, kept alive.</summary>
/// <remarks>
/// A number that TorchSharp converts itself may be freed by a garbage collection while the operator still reads it (nothing keeps it
/// alive once its address was taken): of half a million divisions beside constant collections thirteen failed or divided by something
/// else. So no number is handed over but one from here, or one in a <c>using</c> around the operator, and no method of TorchSharp is called
/// that converts a number within: its + and its <c>add</c> without a weight do.
/// </remarks>
internal static class TorchScalars
{
    private static readonly ConcurrentDictionary<double, Scalar> Known = new();

    /// <summary>A constant of a network or of the options: each value is kept for good.</summary>
    public static Scalar Constant(double value) => Known.GetOrAdd(value, v => v.ToScalar());

    /// <summary>x + y</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, alpha: Constant(1));

    /// <summary>x + y for each element of x.</summary>
    public static Tensor Plus(this Tensor x, Scalar y) => x.add(y, alpha: Constant(1));
}

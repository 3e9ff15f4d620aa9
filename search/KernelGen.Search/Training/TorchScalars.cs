using System.Collections.Concurrent;
using TorchSharp;

namespace KernelGen.Search.Training;

/// <summary>Numbers for TorchSharp's operators, kept alive.</summary>
/// <remarks>
/// A number that TorchSharp converts itself may be freed by a garbage collection while the operator still reads it (nothing keeps it
/// alive once its address was taken): of half a million divisions beside constant collections thirteen failed or divided by something
/// else. So no number is handed over but one from here, or one in a <c>using</c> around the operator.
/// </remarks>
internal static class TorchScalars
{
    private static readonly ConcurrentDictionary<double, Scalar> Known = new();

    /// <summary>A constant of a network or of the options: each value is kept for good.</summary>
    public static Scalar Constant(double value) => Known.GetOrAdd(value, v => v.ToScalar());
}

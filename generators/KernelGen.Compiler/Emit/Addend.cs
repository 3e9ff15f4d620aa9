using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes what a convolution's kernels need to add another tensor to their sums before they store them.</summary>
internal static class Addend
{
    /// <summary>The kernel's last parameter, if there is anything to add.</summary>
    public static string Parameter(TensorBuffer? addend) => addend is null ? string.Empty : ", ref float z";

    /// <summary>Adds to the sums of one tile.</summary>
    /// <param name="start">C# expression of the tile's place in the tensor, in floats from parameter <c>z</c>.</param>
    /// <param name="each">Calls its argument for every sum: the target of its vector, its name, and its place in the tile.</param>
    public static void Add(SourceWriter body, TensorBuffer? addend, string start, Action<Action<Target, string, int>> each)
    {
        if (addend is not null)
        {
            body.Line($"ref var added = ref Unsafe.Add(ref z, {start});");
            each((target, sum, offset) => body.Line($"{sum} += L{target.Suffix}(ref added, {offset});"));
        }
    }
}

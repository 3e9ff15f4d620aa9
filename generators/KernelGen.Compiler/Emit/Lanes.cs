using KernelGen.Compiler.Scheduling;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>What kernels that work along one axis, and at every position of the others, ask of the layouts.</summary>
internal static class Lanes
{
    /// <summary>
    /// The lengths of the axes but those along which the kernel works, which are 1 here. Where both tensors have interleaved maps,
    /// the lanes that pad them are computed too.
    /// </summary>
    public static int[] Others(Shape shape, IEnumerable<int> along, params TensorLayout[] layouts)
    {
        var lengths = shape.Dimensions.ToArray();
        if (layouts.All(l => l.Order == MapOrder.Interleaved))
        {
            lengths[0] = TensorLayout.RoundUp(lengths[0], TensorLayout.Block);
        }

        foreach (var axis in along)
        {
            lengths[axis] = 1;
        }

        return lengths;
    }
}

using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Constant integers as shapes, and repeated to one.</summary>
internal static class IntegerTensors
{
    /// <summary>Integers as a shape.</summary>
    /// <exception cref="OnnxNodeException">An axis is negative, or there are too many elements.</exception>
    public static int[] ToShape(long[] dims)
    {
        long elements = 1;
        foreach (var d in dims)
        {
            if (d < 0 || d > Limits.Elements || (elements *= Math.Max(d, 1)) > Limits.Elements)
            {
                throw new OnnxNodeException(FormattableString.Invariant(
                    $"The shape {string.Join("x", dims.Take(Limits.Rank + 1))} has a negative axis or more than {Limits.Elements} elements."));
            }
        }

        return dims.Select(d => (int)d).ToArray();
    }

    /// <summary>The elements of a tensor, repeated to a shape that it can be broadcast to.</summary>
    public static long[] Repeat(Value value, int[] shape) =>
        Broadcasting.Positions(value.Shape, shape).Select(p => value.Integers[p]).ToArray();
}

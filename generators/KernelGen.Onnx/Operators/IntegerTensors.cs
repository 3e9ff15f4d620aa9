using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Shapes of constant integers.</summary>
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

    /// <summary>The shape that two shapes are broadcast to: aligned at the last axis, an axis of 1 or a missing one repeated.</summary>
    /// <exception cref="OnnxNodeException">They do not fit.</exception>
    public static int[] Broadcast(int[] a, int[] b)
    {
        var result = new long[Math.Max(a.Length, b.Length)];
        for (var k = 1; k <= result.Length; k++)
        {
            var (x, y) = (k <= a.Length ? a[a.Length - k] : 1, k <= b.Length ? b[b.Length - k] : 1);
            result[result.Length - k] = x == 1 ? y : y == 1 || x == y
                ? x
                : throw new OnnxNodeException($"The shapes {string.Join("x", a)} and {string.Join("x", b)} cannot be broadcast to one.");
        }

        return ToShape(result);
    }

    /// <summary>The elements of a tensor, repeated to a shape that it can be broadcast to.</summary>
    public static long[] Repeat(Value value, int[] shape) =>
        Broadcasting.Positions(value.Shape, shape).Select(p => value.Integers[p]).ToArray();
}

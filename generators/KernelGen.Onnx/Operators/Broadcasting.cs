using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>ONNX's multidirectional broadcasting: shapes are aligned at the last axis; an axis that is 1 or missing in one is repeated.</summary>
internal static class Broadcasting
{
    /// <summary>The shape that all shapes are broadcast to.</summary>
    /// <exception cref="OnnxNodeException">They do not fit each other.</exception>
    public static int[] Shape(IEnumerable<int[]> shapes) => shapes.Aggregate((a, b) => Shape(a, b));

    /// <summary>The shape that two shapes are broadcast to.</summary>
    /// <exception cref="OnnxNodeException">They do not fit, or there are too many elements.</exception>
    public static int[] Shape(int[] a, int[] b)
    {
        var result = new long[Math.Max(a.Length, b.Length)];
        for (var k = 1; k <= result.Length; k++)
        {
            var (x, y) = (k <= a.Length ? a[a.Length - k] : 1, k <= b.Length ? b[b.Length - k] : 1);
            result[result.Length - k] = x == 1 ? y : y == 1 || x == y
                ? x
                : throw new OnnxNodeException($"The shapes {string.Join("x", a)} and {string.Join("x", b)} cannot be broadcast to one.");
        }

        return IntegerTensors.ToShape(result);
    }

    /// <summary>For every element of <paramref name="to"/>, in order, the position of the one of <paramref name="from"/> that it repeats.</summary>
    /// <param name="from">A shape that broadcasts to <paramref name="to"/>.</param>
    public static int[] Positions(int[] from, int[] to)
    {
        var missing = to.Length - from.Length;
        return Elements(to, at =>
        {
            var position = 0;
            for (var axis = 0; axis < from.Length; axis++)
            {
                position = (position * from[axis]) + (from[axis] == 1 ? 0 : at[axis + missing]);
            }

            return position;
        });
    }

    /// <summary>One number for every position of a shape, the last axis fastest.</summary>
    /// <param name="element">Must not keep its argument: the array is reused.</param>
    public static int[] Elements(int[] shape, Func<int[], int> element)
    {
        var result = new int[shape.Aggregate(1, (product, d) => product * d)];
        var at = new int[shape.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = element(at);
            for (var axis = at.Length - 1; axis >= 0 && ++at[axis] == shape[axis]; axis--)
            {
                at[axis] = 0;
            }
        }

        return result;
    }
}

using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>ONNX's multidirectional broadcasting: shapes are aligned at the last axis; an axis that is 1 or missing in one is repeated.</summary>
internal static class Broadcasting
{
    /// <summary>The shape that all shapes are broadcast to.</summary>
    /// <exception cref="OnnxNodeException">They do not fit each other.</exception>
    public static int[] Shape(IEnumerable<int[]> shapes) => shapes.Aggregate(Shape);

    /// <inheritdoc cref="Shape(IEnumerable{int[]})"/>
    public static int[] Shape(int[] a, int[] b)
    {
        var result = new int[Math.Max(a.Length, b.Length)];
        for (var k = 1; k <= result.Length; k++)
        {
            var (x, y) = (k <= a.Length ? a[a.Length - k] : 1, k <= b.Length ? b[b.Length - k] : 1);
            result[result.Length - k] = x == y || y == 1 ? x
                : x == 1 ? y
                : throw new OnnxNodeException(
                    $"The shapes [{string.Join(", ", a)}] and [{string.Join(", ", b)}] cannot be broadcast: they differ in an axis where neither is 1.");
        }

        Length(result);
        return result;
    }

    /// <summary>The number of elements.</summary>
    /// <exception cref="OnnxNodeException">There are more than a network may have.</exception>
    public static int Length(int[] shape)
    {
        var length = 1L;
        foreach (var d in shape)
        {
            length *= d;
            if (length > Limits.Elements)
            {
                throw new OnnxNodeException($"A tensor of shape [{string.Join(", ", shape)}] has too many elements; at most {Limits.Elements} are supported.");
            }
        }

        return (int)length;
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

    /// <summary>One number for every position of a shape, the last axis fastest. The array of the position is reused.</summary>
    public static int[] Elements(int[] shape, Func<int[], int> element)
    {
        var result = new int[Length(shape)];
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

namespace KernelGen.Model;

/// <summary>The definition of the operators on tensors of any rank, one element of the result at a time.</summary>
internal static class TensorOperators
{
    public static float[] Apply(Operator op, IReadOnlyList<float[]> inputs, IReadOnlyList<Shape> shapes, Shape to) => op switch
    {
        Add => Elementwise(inputs, shapes, to, values => (float)values.Sum(v => (double)v)),
        Binary binary => Elementwise(inputs, shapes, to, values => Functions.Combine(binary.Kind, values[0], values[1])),
        Constant constant => constant.Values.Span.ToArray(),
        Concat concat => Concatenate(concat.Axis, inputs, shapes, to),
        MatMul => Multiply(inputs, shapes, to),
        Reduce reduce => Combine(reduce, inputs[0], shapes[0], to),
        Transpose transpose => Copy(inputs[0], shapes[0], to, (at, from) =>
        {
            for (var axis = 0; axis < at.Length; axis++)
            {
                from[transpose.Permutation[axis]] = at[axis];
            }
        }),
        Slice slice => Copy(inputs[0], shapes[0], to, (at, from) =>
        {
            for (var axis = 0; axis < at.Length; axis++)
            {
                from[axis] = slice.Starts[axis] + (at[axis] * slice.Steps[axis]);
            }
        }),
        Gather gather => Copy(inputs[0], shapes[0], to, (at, from) =>
        {
            at.CopyTo(from, 0);
            from[gather.Axis] = gather.Indices[at[gather.Axis]];
        }),
        Expand => Elementwise(inputs, shapes, to, values => values[0]),
        Pad pad => Surround(pad, inputs[0], shapes[0], to),
        Resample resample => Interpolate(resample, inputs[0], shapes[0], to),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    private static float[] Elementwise(IReadOnlyList<float[]> inputs, IReadOnlyList<Shape> shapes, Shape to, Func<float[], float> function)
    {
        var values = new float[inputs.Count];
        return Fill(to, at =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = inputs[i][Broadcast(shapes[i], at)];
            }

            return function(values);
        });
    }

    private static float[] Concatenate(int axis, IReadOnlyList<float[]> inputs, IReadOnlyList<Shape> shapes, Shape to) => Fill(to, at =>
    {
        var from = (int[])at.Clone();
        var i = 0;
        for (; from[axis] >= shapes[i][axis]; i++)
        {
            from[axis] -= shapes[i][axis];
        }

        return inputs[i][Index(shapes[i], from)];
    });

    private static float[] Multiply(IReadOnlyList<float[]> inputs, IReadOnlyList<Shape> shapes, Shape to)
    {
        var (a, b) = (shapes[0], shapes[1]);
        var depth = a[a.Rank - 1];
        return Fill(to, at =>
        {
            // Where the element's row of the first and its column of the second factor start.
            var (row, column) = ((int[])at.Clone(), (int[])at.Clone());
            row[at.Length - 1] = 0;
            column[at.Length - 2] = 0;
            var (x, y) = (Broadcast(a, row), Broadcast(b, column));
            double sum = 0;
            for (var k = 0; k < depth; k++)
            {
                sum += (double)inputs[0][x + k] * inputs[1][y + (k * b[b.Rank - 1])];
            }

            return (float)sum;
        });
    }

    private static float[] Combine(Reduce reduce, float[] x, Shape from, Shape to)
    {
        var over = new Shape(from.Dimensions.Select((d, axis) => reduce.Axes.Contains(axis) ? d : 1).ToArray());
        return Fill(to, at =>
        {
            var values = new List<float>(over.Length);
            Each(over, inner => values.Add(x[Index(from, at.Select((a, axis) => a + inner[axis]).ToArray())]));
            return (float)(reduce.Kind switch
            {
                ReduceKind.Sum => values.Sum(v => (double)v),
                ReduceKind.Mean => values.Average(v => (double)v),
                ReduceKind.Max => values.Max(),
                ReduceKind.Min => values.Min(),
                ReduceKind.Product => values.Aggregate(1.0, (product, v) => product * v),
                ReduceKind.ArgMax => values.IndexOf(values.Max()),
                ReduceKind.ArgMin => values.IndexOf(values.Min()),
                _ => throw new ArgumentOutOfRangeException(nameof(reduce)),
            });
        });
    }

    private static float[] Surround(Pad pad, float[] x, Shape from, Shape to) => Fill(to, at =>
    {
        var inside = at.Select((a, axis) => a - pad.Before[axis]).ToArray();
        return inside.Select((a, axis) => a >= 0 && a < from[axis]).All(isInside => isInside) ? x[Index(from, inside)] : pad.Value;
    });

    private static float[] Interpolate(Resample resample, float[] x, Shape from, Shape to) => Fill(to, at =>
    {
        var source = (int[])at.Clone();
        double sum = 0;
        for (var t = at[resample.Axis] * resample.Taps; t < (at[resample.Axis] + 1) * resample.Taps; t++)
        {
            source[resample.Axis] = resample.Indices[t];
            sum += (double)resample.Weights[t] * x[Index(from, source)];
        }

        return (float)sum;
    });

    private static float[] Copy(float[] x, Shape from, Shape to, Action<int[], int[]> locate)
    {
        var source = new int[from.Rank];
        return Fill(to, at =>
        {
            locate(at, source);
            return x[Index(from, source)];
        });
    }

    private static float[] Fill(Shape shape, Func<int[], float> element)
    {
        var y = new float[shape.Length];
        var i = 0;
        Each(shape, at => y[i++] = element(at));
        return y;
    }

    /// <summary>Visits every position of a shape, the last axis fastest. The array is reused.</summary>
    private static void Each(Shape shape, Action<int[]> visit)
    {
        var at = new int[shape.Rank];
        for (var count = shape.Length; count > 0; count--)
        {
            visit(at);
            for (var axis = at.Length - 1; axis >= 0 && ++at[axis] == shape[axis]; axis--)
            {
                at[axis] = 0;
            }
        }
    }

    private static int Index(Shape shape, int[] at)
    {
        var index = 0;
        for (var axis = 0; axis < at.Length; axis++)
        {
            index = (index * shape[axis]) + at[axis];
        }

        return index;
    }

    /// <summary>The element of a tensor that stands at a position of the shape it is broadcast to.</summary>
    private static int Broadcast(Shape shape, int[] at)
    {
        var index = 0;
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            index = (index * shape[axis]) + (shape[axis] == 1 ? 0 : at[axis + at.Length - shape.Rank]);
        }

        return index;
    }
}

namespace KernelGen.Model;

/// <summary>Shape inference of the operators on tensors of any rank.</summary>
internal static class TensorShapes
{
    /// <summary>Shapes aligned at the last axis, an axis of 1 or a missing one repeated.</summary>
    public static Shape? Broadcast(Operator op, IReadOnlyList<Shape> inputs, Findings findings)
    {
        var result = inputs[0];
        for (var i = 1; i < inputs.Count; i++)
        {
            if (Broadcast(result, inputs[i]) is not { } both)
            {
                findings.Add(
                    ProblemId.Shape,
                    $"{Arity.Describe(op)} takes inputs of one shape, or whose axes are 1 where they differ, but input {i} is {inputs[i]} and those before are {result}.");
                return null;
            }

            result = both;
        }

        return ShapeInference.Limited(result, findings);
    }

    /// <summary>The shape that two shapes are broadcast to, or null.</summary>
    public static Shape? Broadcast(Shape a, Shape b)
    {
        var result = new int[Math.Max(a.Rank, b.Rank)];
        for (var k = 1; k <= result.Length; k++)
        {
            var (x, y) = (k <= a.Rank ? a[a.Rank - k] : 1, k <= b.Rank ? b[b.Rank - k] : 1);
            if (x != y && x != 1 && y != 1)
            {
                return null;
            }

            result[result.Length - k] = Math.Max(x, y);
        }

        return new Shape(result);
    }

    public static Shape? Concatenation(int axis, IReadOnlyList<Shape> inputs, Findings findings)
    {
        var first = inputs[0];
        if (!OperatorChecks.Axis(axis, first, findings))
        {
            return null;
        }

        long length = 0;
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i].Rank != first.Rank || With(inputs[i], axis, 1) != With(first, axis, 1))
            {
                findings.Add(
                    ProblemId.Shape,
                    $"Concat takes inputs that differ in axis {axis} only, but input 0 is {first} and input {i} is {inputs[i]}.");
                return null;
            }

            length += inputs[i][axis];
        }

        return Resized(first, axis, length, findings);
    }

    public static Shape? Product(Shape a, Shape b, Findings findings)
    {
        if (a.Rank < 2 || b.Rank < 2)
        {
            findings.Add(ProblemId.Shape, $"MatMul takes […, m, k] and […, k, n], but its inputs are {a} and {b}.");
            return null;
        }

        var batch = Broadcast(Outer(a), Outer(b));
        if (a[a.Rank - 1] != b[b.Rank - 2] || batch is null)
        {
            findings.Add(ProblemId.Shape, $"MatMul takes […, m, k] and […, k, n] with axes before that broadcast, but its inputs are {a} and {b}.");
            return null;
        }

        var rank = Math.Max(a.Rank, b.Rank);
        return ShapeInference.Limited(
            new Shape(batch.Value.Dimensions.Skip(batch.Value.Rank - (rank - 2)).Concat([a[a.Rank - 2], b[b.Rank - 1]]).ToArray()), findings);

        // At least one axis, for a shape must have one.
        static Shape Outer(Shape s) => new(s.Rank == 2 ? [1] : s.Dimensions.Take(s.Rank - 2).ToArray());
    }

    public static Shape? Reduction(Reduce reduce, Shape input, Findings findings)
    {
        if (!OperatorChecks.Kind(reduce.Kind, findings))
        {
            return null;
        }

        var axes = reduce.Axes;
        if (axes.IsEmpty || !Ascending(axes) || (reduce.Kind is ReduceKind.ArgMax or ReduceKind.ArgMin && axes.Count != 1))
        {
            findings.Add(ProblemId.Value, $"The axes of a {reduce.Kind} reduction must be ascending: at least one, and exactly one for an index.");
            return null;
        }

        var result = input;
        foreach (var axis in axes)
        {
            if (!OperatorChecks.Axis(axis, input, findings))
            {
                return null;
            }

            result = With(result, axis, 1);
        }

        return result;
    }

    public static Shape? Transposed(Transpose transpose, Shape input, Findings findings)
    {
        var order = transpose.Permutation;
        if (!order.OrderBy(a => a).SequenceEqual(Enumerable.Range(0, input.Rank)))
        {
            findings.Add(ProblemId.Value, $"A permutation of the axes of {input} must name each of 0 to {input.Rank - 1} once.");
            return null;
        }

        return new Shape(order.Select(a => input[a]).ToArray());
    }

    public static Shape? Sliced(Slice slice, Shape input, Findings findings)
    {
        if (!PerAxis(slice.Starts, "starts", input, findings)
            || !PerAxis(slice.Steps, "steps", input, findings)
            || !PerAxis(slice.Sizes, "sizes", input, findings))
        {
            return null;
        }

        for (var axis = 0; axis < input.Rank; axis++)
        {
            long first = slice.Starts[axis];
            var last = first + ((long)slice.Steps[axis] * (slice.Sizes[axis] - 1L));
            if (slice.Steps[axis] == 0 || slice.Sizes[axis] < 1 || first < 0 || first >= input[axis] || last < 0 || last >= input[axis])
            {
                findings.Add(
                    ProblemId.Value,
                    $"Slice takes {slice.Sizes[axis]} indices from {first} on by steps of {slice.Steps[axis]} of axis {axis}, which has {input[axis]}.");
                return null;
            }
        }

        return new Shape(slice.Sizes);
    }

    public static Shape? Padded(Pad pad, Shape input, Findings findings)
    {
        if (!PerAxis(pad.Before, "before", input, findings)
            || !PerAxis(pad.After, "after", input, findings)
            || !OperatorChecks.Finite(pad.Value, "value", findings))
        {
            return null;
        }

        Shape? result = input;
        for (var axis = 0; result is { } shape && axis < input.Rank; axis++)
        {
            if (pad.Before[axis] < 0 || pad.After[axis] < 0)
            {
                findings.Add(ProblemId.Value, $"The padding of axis {axis} is {pad.Before[axis]} and {pad.After[axis]}; it must be at least 0.");
                return null;
            }

            result = Resized(shape, axis, (long)pad.Before[axis] + input[axis] + pad.After[axis], findings);
        }

        return result;
    }

    public static Shape? Gathered(Gather gather, Shape input, Findings findings) =>
        OperatorChecks.Axis(gather.Axis, input, findings) && Indices(gather.Indices, input[gather.Axis], findings)
            ? Resized(input, gather.Axis, gather.Indices.Count, findings)
            : null;

    public static Shape? Expanded(Expand expand, Shape input, Findings findings)
    {
        if (!ShapeInference.CheckShape(expand.Shape, findings))
        {
            return null;
        }

        if (Broadcast(input, expand.Shape) != expand.Shape)
        {
            findings.Add(ProblemId.Shape, $"Expand cannot broadcast {input} to {expand.Shape}.");
            return null;
        }

        return expand.Shape;
    }

    public static Shape? Resampled(Resample resample, Shape input, Findings findings)
    {
        var count = resample.Indices.Count;
        if (resample.Taps < 1 || count % Math.Max(1, resample.Taps) != 0)
        {
            findings.Add(ProblemId.Value, $"There are {count} indices of {resample.Taps} taps; there must be a multiple of at least 1.");
            return null;
        }

        return OperatorChecks.Axis(resample.Axis, input, findings)
            && Indices(resample.Indices, input[resample.Axis], findings)
            && OperatorChecks.Vector(resample.Weights, count, "weights", "one per index", findings)
            ? Resized(input, resample.Axis, count / resample.Taps, findings)
            : null;
    }

    private static Shape? Resized(Shape shape, int axis, long length, Findings findings)
    {
        if (length > Limits.Elements)
        {
            findings.Add(ProblemId.Limit, $"Axis {axis} of the result has {length} indices; at most {Limits.Elements} elements are supported.");
            return null;
        }

        return ShapeInference.Limited(With(shape, axis, (int)length), findings);
    }

    private static Shape With(Shape shape, int axis, int length)
    {
        var dimensions = shape.Dimensions.ToArray();
        dimensions[axis] = length;
        return new Shape(dimensions);
    }

    private static bool Ascending(EquatableArray<int> values) => Enumerable.Range(1, Math.Max(0, values.Count - 1)).All(i => values[i - 1] < values[i]);

    private static bool PerAxis(EquatableArray<int> values, string what, Shape input, Findings findings)
    {
        if (values.Count != input.Rank)
        {
            findings.Add(ProblemId.Value, $"There are {values.Count} {what} for the {input.Rank} axes of {input}; there must be one per axis.");
        }

        return values.Count == input.Rank;
    }

    private static bool Indices(EquatableArray<int> indices, int length, Findings findings)
    {
        if (indices.IsEmpty)
        {
            findings.Add(ProblemId.Value, $"There are no indices; there must be at least one.");
            return false;
        }

        foreach (var index in indices)
        {
            if (index < 0 || index >= length)
            {
                findings.Add(ProblemId.Value, $"The index {index} is out of range; the axis has {length}.");
                return false;
            }
        }

        return true;
    }
}

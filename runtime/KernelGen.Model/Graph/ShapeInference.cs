namespace KernelGen.Model;

/// <summary>The shape of each operator's result. All arithmetic is 64 bits wide, so that no claimed size overflows.</summary>
internal static class ShapeInference
{
    /// <summary>The shape of the node's result, or null if it cannot be told; reports every rule that the node breaks.</summary>
    /// <param name="inputs">As many as the operator takes, each one valid.</param>
    public static Shape? Infer(Node node, IReadOnlyList<Shape> inputs, Findings findings)
    {
        if (node.Activation is { } fused)
        {
            OperatorChecks.Activation(fused, findings);
        }

        if (node.Operator is Constant constant)
        {
            return CheckShape(constant.Shape, findings)
                && OperatorChecks.Vector(constant.Values, constant.Shape.Length, "values", $"the shape {constant.Shape}", findings)
                ? constant.Shape
                : null;
        }

        var x = inputs[0];
        return node.Operator switch
        {
            Conv conv => Convolution(conv, x, findings),
            Dense dense => FullyConnected(dense, x, findings),
            BatchNorm norm => Same(x, OperatorChecks.BatchNorm(norm, x.Maps, findings)),
            Activation activation => Same(x, OperatorChecks.Activation(activation, findings)),
            Pool pool => Pooling(pool, x, findings),
            GlobalPool pool => GlobalPooling(pool, x, findings),
            Add => TensorShapes.Broadcast(node.Operator, inputs, findings),
            Binary binary => OperatorChecks.Kind(binary.Kind, findings) ? TensorShapes.Broadcast(binary, inputs, findings) : null,
            Concat concat => TensorShapes.Concatenation(concat.Axis, inputs, findings),
            Flatten => new Shape(x.Length),
            Reshape reshape => Reshaped(reshape.Shape, x, findings),
            Softmax softmax => Same(x, OperatorChecks.Axis(softmax.Axis, x, findings)),
            MatMul => TensorShapes.Product(x, inputs[1], findings),
            Reduce reduce => TensorShapes.Reduction(reduce, x, findings),
            Transpose transpose => TensorShapes.Transposed(transpose, x, findings),
            Slice slice => TensorShapes.Sliced(slice, x, findings),
            Pad pad => TensorShapes.Padded(pad, x, findings),
            Gather gather => TensorShapes.Gathered(gather, x, findings),
            Expand expand => TensorShapes.Expanded(expand, x, findings),
            Resample resample => TensorShapes.Resampled(resample, x, findings),
            _ => Unknown(node.Operator, findings),
        };
    }

    /// <summary>Whether a claimed shape has one to eight axes, each at least 1, and not too many elements.</summary>
    public static bool CheckShape(Shape shape, Findings findings)
    {
        if (shape.Rank is < 1 or > Limits.Rank)
        {
            findings.Add(ProblemId.Shape, $"The shape has {shape.Rank} axes; it needs 1 to {Limits.Rank}, without the batch.");
            return false;
        }

        long length = 1;
        foreach (var d in shape.Dimensions)
        {
            if (d < 1)
            {
                findings.Add(ProblemId.Shape, $"The shape {shape} has an axis of {d}; every axis must be at least 1.");
                return false;
            }

            length *= d;
            if (length > Limits.Elements)
            {
                findings.Add(ProblemId.Limit, $"The shape {shape} has too many elements; at most {Limits.Elements} are supported.");
                return false;
            }
        }

        return true;
    }

    private static Shape? Same(Shape shape, bool valid) => valid ? shape : null;

    private static Shape? Unknown(Operator op, Findings findings)
    {
        findings.Add(ProblemId.Value, $"The operator {Arity.Describe(op)} is unknown.");
        return null;
    }

    private static bool IsFeatureMaps(Shape shape, Operator op, Findings findings)
    {
        if (shape.Rank != 3)
        {
            findings.Add(ProblemId.Shape, $"{Arity.Describe(op)} takes [maps, height, width], but its input is {shape}.");
        }

        return shape.Rank == 3;
    }

    private static Shape? Convolution(Conv conv, Shape input, Findings findings)
    {
        var ok = IsFeatureMaps(input, conv, findings);
        ok &= OperatorChecks.Window(conv.Window, findings);
        ok &= OperatorChecks.Units(conv.OutputMaps, "output maps", findings);
        ok = ok && OperatorChecks.Convolution(conv, input.Maps, findings);
        return ok ? Windowed(conv.OutputMaps, conv.Window, input, findings) : null;
    }

    private static Shape? FullyConnected(Dense dense, Shape input, Findings findings)
    {
        if (!OperatorChecks.Units(dense.Units, "units", findings) || !OperatorChecks.Dense(dense, input.Length, findings))
        {
            return null;
        }

        return new Shape(dense.Units);
    }

    private static Shape? Pooling(Pool pool, Shape input, Findings findings)
    {
        var ok = IsFeatureMaps(input, pool, findings);
        ok &= OperatorChecks.Kind(pool.Kind, findings);
        ok &= OperatorChecks.Window(pool.Window, findings);
        if (!ok || Windowed(input.Maps, pool.Window, input, findings) is not { } shape)
        {
            return null;
        }

        var mayBeEmpty = pool.Kind == PoolKind.Average && pool.CountPadding;
        return mayBeEmpty || OperatorChecks.EveryWindowTouches(pool.Window, input, shape, findings) ? shape : null;
    }

    private static Shape? GlobalPooling(GlobalPool pool, Shape input, Findings findings) =>
        IsFeatureMaps(input, pool, findings) & OperatorChecks.Kind(pool.Kind, findings) ? new Shape(input.Maps, 1, 1) : null;

    private static Shape? Windowed(int maps, Window window, Shape input, Findings findings)
    {
        var height = window.OutputHeight(input.Height);
        var width = window.OutputWidth(input.Width);
        if (height < 1 || width < 1)
        {
            findings.Add(
                ProblemId.Shape,
                $"The window {Size(window)} is larger than the padded input ({input}, {Padding(window)}).");
            return null;
        }

        return Limited(new Shape(maps, height, width), findings);
    }

    private static string Size(Window w) => FormattableString.Invariant(
        $"{w.KernelHeight}×{w.KernelWidth} with dilation {w.DilationY}×{w.DilationX}");

    private static string Padding(Window w) => FormattableString.Invariant(
        $"padding {w.PadTop}, {w.PadLeft}, {w.PadBottom}, {w.PadRight}");

    private static Shape? Reshaped(Shape shape, Shape input, Findings findings)
    {
        if (!CheckShape(shape, findings))
        {
            return null;
        }

        if (shape.Length != input.Length)
        {
            findings.Add(
                ProblemId.Shape,
                $"Reshape keeps the number of elements, but {input} has {input.Length} and {shape} has {shape.Length}.");
            return null;
        }

        return shape;
    }

    public static Shape? Limited(Shape shape, Findings findings) => CheckShape(shape, findings) ? shape : null;
}

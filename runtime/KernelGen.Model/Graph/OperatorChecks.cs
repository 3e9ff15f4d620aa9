namespace KernelGen.Model;

/// <summary>The rules about operators' attributes. Each check reports what it finds and returns whether all is well.</summary>
internal static class OperatorChecks
{
    public static bool Units(int count, string what, Findings findings)
    {
        if (count is >= 1 and <= Limits.Elements)
        {
            return true;
        }

        findings.Add(count < 1 ? ProblemId.Value : ProblemId.Limit, $"There are {count} {what}; there must be 1 to {Limits.Elements}.");
        return false;
    }

    public static bool Window(Window w, Findings findings)
    {
        var before = findings.Count;
        InRange(w.KernelHeight, 1, "kernel height", findings);
        InRange(w.KernelWidth, 1, "kernel width", findings);
        InRange(w.StrideY, 1, "vertical stride", findings);
        InRange(w.StrideX, 1, "horizontal stride", findings);
        InRange(w.DilationY, 1, "vertical dilation", findings);
        InRange(w.DilationX, 1, "horizontal dilation", findings);
        InRange(w.PadTop, 0, "top padding", findings);
        InRange(w.PadLeft, 0, "left padding", findings);
        InRange(w.PadBottom, 0, "bottom padding", findings);
        InRange(w.PadRight, 0, "right padding", findings);
        if (findings.Count > before)
        {
            return false;
        }

        var extent = Math.Max(Extent(w.KernelHeight, w.DilationY), Extent(w.KernelWidth, w.DilationX));
        var largest = Math.Max((long)w.KernelHeight * w.KernelWidth, extent);
        if (largest > Limits.Elements)
        {
            findings.Add(ProblemId.Limit, $"The kernel's area or dilated extent is {largest}; at most {Limits.Elements} is supported.");
        }

        return largest <= Limits.Elements;
    }

    /// <summary>Whether each window of a pooling has a tap inside the input; otherwise its result would be undefined.</summary>
    public static bool EveryWindowTouches(Window w, Shape input, Shape output, Findings findings) =>
        LineTouches(w.KernelHeight, w.StrideY, w.DilationY, w.PadTop, input.Height, output.Height, "row", findings)
        & LineTouches(w.KernelWidth, w.StrideX, w.DilationX, w.PadLeft, input.Width, output.Width, "column", findings);

    public static bool Convolution(Conv conv, int inputMaps, Findings findings)
    {
        if (conv.Groups < 1 || conv.OutputMaps % conv.Groups != 0 || inputMaps % conv.Groups != 0)
        {
            findings.Add(
                ProblemId.Shape,
                $"{conv.Groups} groups do not divide {inputMaps} input maps and {conv.OutputMaps} output maps evenly.");
            return false;
        }

        var ok = Bias(conv.Bias, conv.OutputMaps, findings);
        ok &= Selection(conv.Selection, conv.OutputMaps, findings);
        return ok & ConvWeightChecks.Check(conv, inputMaps, findings);
    }

    public static bool Dense(Dense dense, int inputs, Findings findings)
    {
        var ok = Bias(dense.Bias, dense.Units, findings);
        ok &= Selection(dense.Selection, dense.Units, findings);
        var count = (long)dense.Units * inputs;
        if (count > Limits.Elements)
        {
            findings.Add(ProblemId.Limit, $"The layer has {count} weights; at most {Limits.Elements} are supported.");
            return false;
        }

        return ok & Vector(dense.Weights, count, "weights", $"{dense.Units} units × {inputs} inputs", findings);
    }

    public static bool BatchNorm(BatchNorm norm, int maps, Findings findings)
    {
        var ok = Vector(norm.Scale, maps, "scale", "one per map", findings);
        ok &= Vector(norm.Shift, maps, "shift", "one per map", findings);
        ok &= Vector(norm.Mean, maps, "mean", "one per map", findings);
        ok &= Vector(norm.Variance, maps, "variance", "one per map", findings);
        ok &= Finite(norm.Epsilon, "epsilon", findings);
        for (var i = 0; ok && i < maps; i++)
        {
            if (norm.Variance[i] + (double)norm.Epsilon <= 0)
            {
                findings.Add(ProblemId.Value, $"The variance of map {i} plus epsilon must be above 0.");
                return false;
            }
        }

        return ok;
    }

    public static bool Activation(Activation activation, Findings findings)
    {
        var ok = Kind(activation.Kind, findings);
        ok &= Finite(activation.Alpha, "alpha", findings);
        ok &= Finite(activation.Minimum, "minimum", findings);
        ok &= Finite(activation.Maximum, "maximum", findings);
        ok &= Finite(activation.Beta, "beta", findings);
        if (activation.Kind == ActivationKind.Clip && activation.Minimum > activation.Maximum)
        {
            findings.Add(ProblemId.Value, $"Clip's minimum {activation.Minimum} is above its maximum {activation.Maximum}.");
            return false;
        }

        return ok;
    }

    public static bool Kind<T>(T kind, Findings findings)
        where T : struct, Enum
    {
        if (Enum.IsDefined(typeof(T), kind))
        {
            return true;
        }

        findings.Add(ProblemId.Value, $"{kind} is no {typeof(T).Name}.");
        return false;
    }

    public static bool Axis(int axis, Shape shape, Findings findings)
    {
        if (axis >= 0 && axis < shape.Rank)
        {
            return true;
        }

        findings.Add(ProblemId.Shape, $"There is no axis {axis} in {shape}; it must be 0 to {shape.Rank - 1}.");
        return false;
    }

    /// <summary>Whether the vector has this length and only finite values.</summary>
    /// <param name="because">Why that length, e.g. <c>one per map</c>.</param>
    public static bool Vector(FloatData data, long length, string what, string because, Findings findings)
    {
        if (data.Length != length)
        {
            findings.Add(ProblemId.Weights, $"There are {data.Length} values of {what}; there must be {length} ({because}).");
            return false;
        }

        var values = data.Span;
        for (var i = 0; i < values.Length; i++)
        {
            if (!IsFinite(values[i]))
            {
                findings.Add(ProblemId.Weights, $"Value {i} of {what} is not finite.");
                return false;
            }
        }

        return true;
    }

    public static bool Finite(double value, string what, Findings findings)
    {
        if (!IsFinite(value))
        {
            findings.Add(ProblemId.Value, $"The value of {what} is not finite.");
        }

        return IsFinite(value);
    }

    private static bool IsFinite(double value) => !double.IsNaN(value) && !double.IsInfinity(value);

    private static long Extent(int kernel, int dilation) => ((long)dilation * (kernel - 1)) + 1;

    private static void InRange(int value, int least, string what, Findings findings)
    {
        if (value < least || value > Limits.Window)
        {
            var id = value < least ? ProblemId.Value : ProblemId.Limit;
            findings.Add(id, $"The {what} is {value}; it must be {least} to {Limits.Window}.");
        }
    }

    private static bool LineTouches(
        int kernel,
        int stride,
        int dilation,
        int padding,
        int length,
        int outputs,
        string what,
        Findings findings)
    {
        for (var i = 0; i < outputs; i++)
        {
            var start = ((long)i * stride) - padding;
            if (start >= 0)
            {
                // From here on windows start at or after the input's first line, the last one furthest to the end.
                i = outputs - 1;
                start = ((long)i * stride) - padding;
            }

            var first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
            if (first >= kernel || start + (first * dilation) >= length)
            {
                findings.Add(
                    ProblemId.Shape,
                    $"The window of output {what} {i} lies wholly in the padding; padding must be smaller than the kernel.");
                return false;
            }
        }

        return true;
    }

    private static bool Bias(FloatData? bias, int units, Findings findings) =>
        bias is null || Vector(bias, units, "bias", "one per output", findings);

    private static bool Selection(MapSelection? selection, int maps, Findings findings)
    {
        if (selection is null)
        {
            return true;
        }

        var before = findings.Count;
        if (selection.Kept.Count != maps)
        {
            findings.Add(ProblemId.Value, $"The selection keeps {selection.Kept.Count} maps, but the layer has {maps}.");
        }

        var previous = -1;
        foreach (var map in selection.Kept)
        {
            if (map <= previous || map >= selection.Of)
            {
                findings.Add(
                    ProblemId.Value,
                    $"The selection keeps map {map} after {previous}; maps must be ascending and below {selection.Of}.");
                break;
            }

            previous = map;
        }

        return findings.Count == before;
    }
}

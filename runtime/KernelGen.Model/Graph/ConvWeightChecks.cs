namespace KernelGen.Model;

/// <summary>The rules about a convolution's weights: the mask and the tap patterns fit, and there are as many values as they say.</summary>
internal static class ConvWeightChecks
{
    public static bool Check(Conv conv, int inputMaps, Findings findings)
    {
        var area = conv.Window.Area;
        var targets = conv.OutputMaps / conv.Groups;
        // Each factor is below 2^29: two of them fit 64 bits, the third is divided out.
        var kernels = (long)targets * inputMaps;
        if (kernels > Limits.Elements / area)
        {
            findings.Add(
                ProblemId.Limit,
                $"The unpruned layer has {targets} × {inputMaps} × {area} weights; at most {Limits.Elements} are supported.");
            return false;
        }

        var weights = conv.Weights;
        if (!(Mask(weights.Kernels, inputMaps, targets, findings) & Patterns(weights.Taps, inputMaps, area, findings)))
        {
            return false;
        }

        var count = weights.Count(conv.OutputMaps, inputMaps, conv.Groups, area);
        var because = weights.Kernels is null && weights.Taps.IsEmpty
            ? FormattableString.Invariant($"{inputMaps} source maps × {targets} targets × {area} taps")
            : "the kernels and taps that exist";
        return OperatorChecks.Vector(weights.Values, count, "weights", because, findings);
    }

    private static bool Mask(KernelMask? mask, int inputMaps, int targets, Findings findings)
    {
        if (mask is null)
        {
            return true;
        }

        if (mask.Sources == inputMaps && mask.Targets == targets && mask.Bits.Count == (long)inputMaps * targets)
        {
            return true;
        }

        findings.Add(
            ProblemId.Shape,
            $"The kernel mask is {mask.Sources} × {mask.Targets} ({mask.Bits.Count} bits); it must be {inputMaps} sources × {targets} targets.");
        return false;
    }

    private static bool Patterns(EquatableArray<TapPattern> patterns, int inputMaps, int area, Findings findings)
    {
        if (!patterns.IsEmpty && patterns.Count != inputMaps)
        {
            findings.Add(
                ProblemId.Shape,
                $"There are {patterns.Count} tap patterns; there must be one per source map ({inputMaps}) or none.");
            return false;
        }

        var before = findings.Count;
        for (var i = 0; i < patterns.Count; i++)
        {
            Pattern(patterns[i], i, area, findings);
        }

        return findings.Count == before;
    }

    private static void Pattern(TapPattern pattern, int map, int area, Findings findings)
    {
        if (pattern is StridedTaps strided && (strided.Offset < 0 || strided.Offset >= area || strided.Stride < 1))
        {
            findings.Add(
                ProblemId.Value,
                $"Source map {map} has offset {strided.Offset} and stride {strided.Stride}; they must be 0 to {area - 1} and at least 1.");
        }
        else if (pattern is FreeTaps free)
        {
            var previous = -1;
            foreach (var tap in free.Taps)
            {
                if (tap <= previous || tap >= area)
                {
                    findings.Add(
                        ProblemId.Value,
                        $"Source map {map} has tap {tap} after {previous}; taps must be ascending and below the kernel's area, {area}.");
                    break;
                }

                previous = tap;
            }
        }
    }
}

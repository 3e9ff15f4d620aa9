using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

internal enum SampleMode
{
    Nearest,
    Linear,
    Cubic,
}

/// <summary>
/// Which elements of an axis a resized one depends on, and how much. Positions are computed in 32 bits, as ONNX Runtime does: next to
/// integers and halves the rounding decides.
/// </summary>
internal sealed record AxisSampler
{
    /// <summary>The nearest mode of operator set 10: the next element if the axis gets shorter, else the one before.</summary>
    public const string Simple = "simple";

    public required SampleMode Mode { get; init; }

    /// <summary>As <c>coordinate_transformation_mode</c> has it.</summary>
    public required string Coordinates { get; init; }

    /// <summary>As <c>nearest_mode</c> has it, or <see cref="Simple"/>.</summary>
    public required string NearestMode { get; init; }

    /// <summary>The parameter of the cubic kernel (Keys, 1981).</summary>
    public float CubicA { get; init; } = -0.75f;

    /// <summary>Taps outside the axis have no weight, the others more; or else they read the element at the end.</summary>
    public bool ExcludeOutside { get; init; }

    /// <summary>A shortened axis is smoothed: the kernel is as wide as the distance of the new elements.</summary>
    public bool Antialias { get; init; }

    /// <param name="resized">The length of the result that the scale gives; <paramref name="outputs"/> is that as an integer.</param>
    /// <param name="region">tf_crop_and_resize: start and end of the part of the axis that is resized, 1 being its last element.</param>
    /// <exception cref="OnnxNodeException">A mode is unknown.</exception>
    public AxisSamples Sample(ImportBudget budget, int length, int outputs, float resized, float scale, (float Start, float End)? region)
    {
        if (!(scale > 0) || float.IsInfinity(scale))
        {
            throw new OnnxNodeException(FormattableString.Invariant($"A scale is {scale}; it must be above 0."));
        }

        budget.Spend(outputs);
        var positions = Enumerable.Range(0, outputs).Select(i => Position(i, length, outputs, resized, scale, region)).ToArray();
        var inside = region is null ? positions : positions.Where(p => p >= 0 && p <= length - 1).ToArray();
        if (inside.Length == 0)
        {
            throw new OnnxNodeException("The region of interest lies wholly outside the input.");
        }

        var before = region is null ? 0 : positions.TakeWhile(p => !(p >= 0 && p <= length - 1)).Count();
        var after = outputs - before - inside.Length;
        if (Mode == SampleMode.Nearest)
        {
            var indices = inside.Select(p => Clamp(Nearest(p, scale), length)).ToArray();
            return new AxisSamples(length, 1, indices, indices.Select(_ => 1f).ToArray(), before, after);
        }

        var stretch = Antialias ? Math.Min(1.0, scale) : 1.0;
        var half = (int)Math.Ceiling(Math.Min(Limits.Elements, (Mode == SampleMode.Linear ? 1 : 2) / stretch));
        budget.Spend(2L * half * inside.Length);
        var taps = inside.SelectMany(p => Taps(p, length, half, stretch)).ToArray();
        return new AxisSamples(length, 2 * half, taps.Select(t => t.Index).ToArray(), taps.Select(t => t.Weight).ToArray(), before, after);
    }

    /// <summary>Where element <paramref name="i"/> of the result lies in the input.</summary>
    private float Position(int i, int length, int outputs, float resized, float scale, (float Start, float End)? region)
    {
        var middle = (float)((i + 0.5f) / scale);
        return Coordinates switch
        {
            "half_pixel" => middle - 0.5f,
            "pytorch_half_pixel" => resized > 1 ? middle - 0.5f : 0,
            "tf_half_pixel_for_nn" => middle,
            "asymmetric" => resized == outputs ? (float)(i * (double)length / outputs) : i / scale,
            "align_corners" => resized > 1 ? (float)((float)i * (length - 1)) / (resized - 1) : 0,
            "half_pixel_symmetric" => (float)(length / 2f * (1 - (outputs / resized))) + (float)(middle - 0.5f),
            "tf_crop_and_resize" when region is (var start, var end) => resized > 1
                ? (float)(start * (length - 1)) + (float)((float)(i * (float)((end - start) * (length - 1))) / (resized - 1))
                : 0.5f * (start + end) * (length - 1),
            _ => throw new OnnxNodeException($"The attribute coordinate_transformation_mode is '{Coordinates}', which is unknown."),
        };
    }

    private double Nearest(float position, float scale) => NearestMode switch
    {
        "round_prefer_floor" => Math.Ceiling(position - 0.5),
        "round_prefer_ceil" => Math.Floor(position + 0.5),
        "floor" => Math.Floor(position),
        "ceil" => Math.Ceiling(position),
        Simple => scale < 1 ? Math.Ceiling(position) : Math.Floor(position),
        _ => throw new OnnxNodeException($"The attribute nearest_mode is '{NearestMode}', which is unknown."),
    };

    private IEnumerable<(int Index, float Weight)> Taps(float position, int length, int half, double stretch)
    {
        // On an element, the taps are those of the place just before it.
        var first = Math.Ceiling(position) - half;
        var places = Enumerable.Range(0, 2 * half).Select(t => first + t).ToArray();
        var weights = places
            .Select(p => ExcludeOutside && (p < 0 || p >= length) ? 0 : Kernel(Math.Abs(p - position) * stretch))
            .ToArray();
        var sum = weights.Sum();
        return places.Select((p, t) => (Clamp(p, length), (float)(weights[t] / sum)));
    }

    private double Kernel(double x) => Mode == SampleMode.Linear ? Math.Max(0, 1 - x)
        : x <= 1 ? ((((CubicA + 2.0) * x) - (CubicA + 3.0)) * x * x) + 1
        : x < 2 ? CubicA * ((((x - 5) * x) + 8) * x - 4)
        : 0;

    private static int Clamp(double index, int length) => (int)Math.Max(0, Math.Min(length - 1, index));
}

/// <summary>How one axis is resized.</summary>
/// <param name="Length">Of the input's axis.</param>
/// <param name="Taps">Elements of the input that one of the result depends on.</param>
/// <param name="Before">Elements of another value in front of the sampled ones.</param>
/// <param name="After">Elements of another value behind them.</param>
internal sealed record AxisSamples(int Length, int Taps, int[] Indices, float[] Weights, int Before, int After)
{
    public bool IsIdentity
    {
        get
        {
            if (Before > 0 || After > 0 || Indices.Length != Length * Taps)
            {
                return false;
            }

            for (var i = 0; i < Indices.Length; i++)
            {
                if (Weights[i] != 0 && (Weights[i] != 1 || Indices[i] != i / Taps))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <param name="value">Of the elements before and after the sampled ones.</param>
    public Tensor Apply(GraphBuilder graph, Tensor x, int axis, float value)
    {
        if (IsIdentity)
        {
            return x;
        }

        Operator sample = Taps == 1
            ? new Gather(axis, Indices.ToEquatableArray())
            : new Resample(axis, Taps, Indices.ToEquatableArray(), new FloatData(Weights));
        var result = graph.Apply(sample, x);
        return Before + After == 0 ? result : graph.Apply(new Pad(At(Before), At(After), value), result);

        EquatableArray<int> At(int padding) => Enumerable.Range(0, x.Shape.Rank).Select(a => a == axis ? padding : 0).ToEquatableArray();
    }
}

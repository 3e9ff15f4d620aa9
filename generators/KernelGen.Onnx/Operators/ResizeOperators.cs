using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Resize and its predecessor Upsample: one axis after the other, by Gather (nearest) or Resample (linear, cubic).</summary>
internal static class ResizeOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Resize", Resize),
        ("Upsample", Upsample),
    ];

    private static Value[] Upsample(NodeContext node)
    {
        if (node.Version < 7)
        {
            throw new OnnxNodeException("Upsample below operator set 7 is not supported; export the network for a newer one.");
        }

        var x = node.FloatsNotEmpty(0);
        var scales = node.Version < 9 ? node.FloatList("scales") : node.ConstantFloats(1, "the scales");
        var sampler = new AxisSampler { Mode = Mode(node), Coordinates = "asymmetric", NearestMode = "floor" };
        return [Scale(node, x, sampler, scales, Enumerable.Range(0, x.Rank).ToArray(), null)];
    }

    private static Value[] Resize(NodeContext node)
    {
        var x = node.FloatsNotEmpty(0);
        if (node.Version < 11)
        {
            var plain = new AxisSampler { Mode = Mode(node), Coordinates = "asymmetric", NearestMode = AxisSampler.Simple };
            return [Scale(node, x, plain, node.ConstantFloats(1, "the scales"), Enumerable.Range(0, x.Rank).ToArray(), null)];
        }

        var sampler = new AxisSampler
        {
            Mode = Mode(node),
            Coordinates = node.String("coordinate_transformation_mode", "half_pixel"),
            NearestMode = node.String("nearest_mode", "round_prefer_floor"),
            CubicA = node.Float("cubic_coeff_a", -0.75f),
            ExcludeOutside = node.Integer("exclude_outside", 0) != 0,
            Antialias = node.Integer("antialias", 0) != 0,
        };
        var given = node.Integers("axes");
        var axes = given.Length == 0 ? Enumerable.Range(0, x.Rank).ToArray() : given.Select(a => NodeContext.Axis(a, x.Rank)).ToArray();
        var region = sampler.Coordinates == "tf_crop_and_resize" ? node.ConstantFloats(1, "the region of interest") : null;
        if (region is not null && region.Length != 2 * axes.Length)
        {
            throw new OnnxNodeException($"The region of interest has {region.Length} values; there must be {2 * axes.Length}.");
        }

        // It is about sizes; exporters write it with scales too.
        node.Attribute("keep_aspect_ratio_policy");

        // Given by sizes, the scales are left out or empty, and the other way round.
        var scales = node.Has(2) && node.Floats(2).Length > 0 ? node.ConstantFloats(2, "the scales") : null;
        return scales is not null
            ? [Scale(node, x, sampler, scales, axes, region)]
            : [Size(node, x, sampler, node.Integers(3, "the sizes"), axes, region)];
    }

    private static Value Scale(NodeContext node, Value x, AxisSampler sampler, float[] scales, int[] axes, float[]? region)
    {
        CheckCount(scales.Length, axes.Length, "scales");
        return Sample(node, x, sampler, axes, region, scales, Resized(x, scales, axes), Math.Floor);
    }

    private static Value Size(NodeContext node, Value x, AxisSampler sampler, long[] sizes, int[] axes, float[]? region)
    {
        CheckCount(sizes.Length, axes.Length, "sizes");
        var scales = sizes.Select((s, i) => (float)s / x.Shape[axes[i]]).ToArray();
        var policy = node.String("keep_aspect_ratio_policy", "stretch");
        if (policy == "stretch" || scales.Length == 0)
        {
            return Sample(node, x, sampler, axes, region, scales, sizes.Select(s => (float)s).ToArray(), Math.Floor);
        }

        var scale = policy switch
        {
            "not_larger" => scales.Min(),
            "not_smaller" => scales.Max(),
            _ => throw new OnnxNodeException($"keep_aspect_ratio_policy is '{policy}'; it must be stretch, not_larger or not_smaller."),
        };
        scales = axes.Select(_ => scale).ToArray();
        return Sample(node, x, sampler, axes, region, scales, Resized(x, scales, axes), length => Math.Floor(length + 0.5));
    }

    private static float[] Resized(Value x, float[] scales, int[] axes) => scales.Select((s, i) => (float)(s * x.Shape[axes[i]])).ToArray();

    /// <param name="resized">The lengths of the result's axes before they are rounded.</param>
    private static Value Sample(
        NodeContext node, Value x, AxisSampler sampler, int[] axes, float[]? region, float[] scales, float[] resized, Func<double, double> round)
    {
        var shape = (int[])x.Shape.Clone();
        var samples = new Dictionary<int, AxisSamples>();
        for (var i = 0; i < axes.Length; i++)
        {
            var length = round(resized[i]);
            if (!(length >= 1 && length <= Limits.Elements))
            {
                throw new OnnxNodeException(FormattableString.Invariant(
                    $"Axis {axes[i]} of the result has the length {length}; it must be 1 to {Limits.Elements}."));
            }

            shape[axes[i]] = (int)length;
            (float, float)? part = region is null ? null : (region[i], region[axes.Length + i]);
            samples[axes[i]] = sampler.Sample(node.Graph.Budget, x.Shape[axes[i]], (int)length, resized[i], scales[i], part);
        }

        var extrapolation = node.Float("extrapolation_value", 0);
        var touchesBatch = samples.TryGetValue(0, out var batch) && !batch.IsIdentity;
        var (inputs, dropped) = node.WithoutBatch(touchesBatch, x);
        var result = inputs[0];
        foreach (var axis in samples.Keys.Where(a => a >= dropped).OrderBy(a => a))
        {
            result = samples[axis].Apply(node.Graph, result, axis - dropped, extrapolation);
        }

        return node.Result(result, shape);
    }

    private static SampleMode Mode(NodeContext node) => node.String("mode", "nearest") switch
    {
        "nearest" => SampleMode.Nearest,
        "linear" or "bilinear" => SampleMode.Linear,
        "cubic" when node.Operator == "Resize" && node.Version >= 11 => SampleMode.Cubic,
        var other => throw new OnnxNodeException(
            $"The attribute mode is '{other}'; it must be nearest, linear or (Resize since operator set 11) cubic."),
    };

    private static void CheckCount(int count, int axes, string what)
    {
        if (count != axes)
        {
            throw new OnnxNodeException($"There are {count} {what}; there must be {axes}, one per axis.");
        }
    }
}

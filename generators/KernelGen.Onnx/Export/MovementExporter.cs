using KernelGen.Model;
using static KernelGen.Onnx.Export.LayerScope;

namespace KernelGen.Onnx.Export;

/// <summary>Constants, and operators that only move elements, or weigh them as they move.</summary>
internal static class MovementExporter
{
    public static void Write(LayerScope layer)
    {
        switch (layer.Operator)
        {
            case Constant constant:
                layer.Constant(constant);
                break;
            case Flatten:
                layer.Result("Flatten", layer.Inputs, Attribute("axis", 1L));
                break;
            case Reshape reshape:
                layer.Result("Reshape", [layer.Input, layer.Integers("shape", ModelBuilder.WithBatch(reshape.Shape))]);
                break;
            case Expand expand:
                layer.Result("Expand", [layer.Input, layer.Integers("shape", ModelBuilder.WithBatch(expand.Shape))]);
                break;
            case Concat concat:
                layer.Result("Concat", layer.Inputs, Attribute("axis", concat.Axis + 1L));
                break;
            case Transpose transpose:
                layer.Result("Transpose", layer.Inputs, Attribute("perm", [0, .. transpose.Permutation.Select(a => a + 1L)]));
                break;
            case Slice slice:
                Write(layer, slice);
                break;
            case Pad pad:
                long[] pads = [0, .. pad.Before.Select(p => (long)p), 0, .. pad.After.Select(p => (long)p)];
                layer.Result("Pad", [layer.Input, layer.Integers("pads", pads), layer.Scalar("padding", pad.Value)]);
                break;
            case Gather gather:
                var indices = layer.Integers("indices", gather.Indices.Select(i => (long)i));
                layer.Result("Gather", [layer.Input, indices], Attribute("axis", gather.Axis + 1L));
                break;
            case Resample resample:
                Write(layer, resample);
                break;
            default:
                throw new NotSupportedException($"The operator {layer.Operator.GetType().Name} has no ONNX form.");
        }
    }

    private static void Write(LayerScope layer, Slice slice)
    {
        // A negative end would be counted from the axis' own end; one far below 0 is the place before its first index.
        var ends = slice.Starts
            .Select((start, axis) => start + ((long)slice.Steps[axis] * slice.Sizes[axis]))
            .Select(end => end < 0 ? int.MinValue : end);
        layer.Result(
            "Slice",
            [
                layer.Input,
                layer.Integers("starts", slice.Starts.Select(s => (long)s)),
                layer.Integers("ends", ends),
                layer.Integers("axes", Enumerable.Range(1, slice.Starts.Count).Select(a => (long)a)),
                layer.Integers("steps", slice.Steps.Select(s => (long)s)),
            ]);
    }

    /// <summary>One Gather per tap, weighed and added up.</summary>
    private static void Write(LayerScope layer, Resample resample)
    {
        var count = resample.Indices.Count / resample.Taps;
        long[] alongAxis = [count, .. Enumerable.Repeat(1L, layer.From.Rank - 1 - resample.Axis)];
        var terms = Enumerable.Range(0, resample.Taps).Select(tap =>
        {
            var places = Enumerable.Range(0, count).Select(i => (i * resample.Taps) + tap).ToArray();
            var indices = layer.Integers("indices", places.Select(p => (long)resample.Indices[p]));
            var weights = layer.Floats("weights", places.Select(p => resample.Weights[p]).ToArray(), alongAxis);
            return (Gathered: layer.Step("Gather", [layer.Input, indices], Attribute("axis", resample.Axis + 1L)), Weights: weights);
        }).ToArray();
        if (terms.Length == 1)
        {
            layer.Result("Mul", [terms[0].Gathered, terms[0].Weights]);
        }
        else
        {
            layer.Result("Sum", terms.Select(t => layer.Step("Mul", [t.Gathered, t.Weights])).ToArray());
        }
    }
}

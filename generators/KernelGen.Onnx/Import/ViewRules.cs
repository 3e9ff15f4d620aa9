using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>Which operators can be applied before a transpose or reshape of their inputs instead of behind it.</summary>
internal static class ViewRules
{
    /// <summary>
    /// The operator to apply to the sources of the views, so that the same transposes and reshapes of its result give what
    /// <paramref name="op"/> gives for the views; null if there is none.
    /// </summary>
    public static Operator? BeforeViews(Operator op, IReadOnlyList<TensorView> inputs)
    {
        var viewed = inputs.Where(i => !IsScalar(i)).ToList();
        if (viewed.Count == 0 || viewed[0].Steps.Length == 0)
        {
            return null;
        }

        switch (op)
        {
            case Activation:
                return op;
            case Add or Binary when viewed.All(viewed[0].IsLike) || viewed.All(v => v.Permutation is { } p && p == viewed[0].Permutation):
                return op;
            case Concat concat when inputs.All(i => i.Permutation is { } p && p == inputs[0].Permutation):
                return new Concat(inputs[0].Permutation!.Value[concat.Axis]);
            default:
                return viewed[0].Permutation is { } permutation ? BeforeTranspose(op, permutation) : null;
        }
    }

    /// <summary>The pooling that a reduction of whole maps is; other operators as they are.</summary>
    public static Operator AsPooling(Operator op, Shape input) => op switch
    {
        Reduce { Kind: ReduceKind.Mean } reduce when IsOfWholeMaps(reduce, input) => new GlobalPool(PoolKind.Average),
        Reduce { Kind: ReduceKind.Max } reduce when IsOfWholeMaps(reduce, input) => new GlobalPool(PoolKind.Max),
        _ => op,
    };

    /// <summary>A single element that broadcasting repeats everywhere.</summary>
    public static bool IsScalar(TensorView view) => view.Steps.Length == 0 && view.Shape == new Shape(1);

    /// <summary>The layer for the source of a view, whose elements stand in another order: its weights are put into that order.</summary>
    public static Dense BeforeView(Dense dense, TensorView input)
    {
        var (positions, shape) = (Enumerable.Range(0, input.Shape.Length).Select(i => (float)i).ToArray(), input.Original);
        foreach (var step in input.Steps)
        {
            positions = Interpreter.Apply(step.Operator, [positions], [shape], step.Result);
            shape = step.Result;
        }

        var weights = new float[dense.Weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i - (i % positions.Length) + (int)positions[i % positions.Length]] = dense.Weights[i];
        }

        return dense with { Weights = new FloatData(weights) };
    }

    private static bool IsOfWholeMaps(Reduce reduce, Shape input) => input.Rank == 3 && reduce.Axes == new[] { 1, 2 }.ToEquatableArray();

    private static Operator? BeforeTranspose(Operator op, EquatableArray<int> permutation)
    {
        return op switch
        {
            Reduce reduce => new Reduce(reduce.Kind, reduce.Axes.Select(axis => permutation[axis]).OrderBy(a => a).ToEquatableArray()),
            Softmax softmax => new Softmax(permutation[softmax.Axis]),
            Gather gather => gather with { Axis = permutation[gather.Axis] },
            Resample resample => resample with { Axis = permutation[resample.Axis] },
            Pad pad => pad with { Before = Back(pad.Before), After = Back(pad.After) },
            Slice slice => new Slice(Back(slice.Starts), Back(slice.Steps), Back(slice.Sizes)),
            _ => null,
        };

        // Axis i of the view is axis permutation[i] of its source.
        EquatableArray<int> Back(EquatableArray<int> perAxis)
        {
            var result = new int[perAxis.Count];
            for (var i = 0; i < result.Length; i++)
            {
                result[permutation[i]] = perAxis[i];
            }

            return result.ToEquatableArray();
        }
    }
}

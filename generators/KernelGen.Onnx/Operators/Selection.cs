using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Parts of tensors, in the simplest operator that gives them.</summary>
internal static class Selection
{
    /// <summary>Every <paramref name="step"/>-th index of one axis from <paramref name="start"/> on, <paramref name="size"/> of them.</summary>
    public static Tensor Cut(this GraphBuilder graph, Tensor x, int axis, int start, int step, int size)
    {
        var starts = new int[x.Shape.Rank];
        var steps = Enumerable.Repeat(1, x.Shape.Rank).ToArray();
        var sizes = x.Shape.Dimensions.ToArray();
        (starts[axis], steps[axis], sizes[axis]) = (start, step, size);
        return graph.Cut(x, starts, steps, sizes);
    }

    /// <summary>Every steps[i]-th index of axis i from starts[i] on, sizes[i] of them, at least 1.</summary>
    public static Tensor Cut(this GraphBuilder graph, Tensor x, int[] starts, int[] steps, int[] sizes)
    {
        // The step of a single index means nothing; 1 lets equal slices be equal.
        steps = steps.Select((step, axis) => sizes[axis] == 1 ? 1 : step).ToArray();
        return x.Shape == new Shape(sizes) && steps.All(s => s == 1)
            ? x
            : graph.Apply(new Slice(starts.ToEquatableArray(), steps.ToEquatableArray(), sizes.ToEquatableArray()), x);
    }

    /// <summary>The slices with these indices of one axis, in this order.</summary>
    public static Tensor Take(this GraphBuilder graph, Tensor x, int axis, int[] indices)
    {
        var step = indices.Length > 1 ? indices[1] - indices[0] : 1;
        return step != 0 && Enumerable.Range(1, Math.Max(0, indices.Length - 1)).All(i => indices[i] - indices[i - 1] == step)
            ? graph.Cut(x, axis, indices.FirstOrDefault(), step, indices.Length)
            : graph.Apply(new Gather(axis, indices.ToEquatableArray()), x);
    }

    /// <summary>A vector of single elements.</summary>
    /// <param name="positions">Of elements in the sequence of all elements of all <paramref name="sources"/>.</param>
    public static Tensor Pick(this GraphBuilder graph, int[] positions, params Tensor[] sources)
    {
        var vectors = sources.Select(s => graph.Reshape(s, new Shape(s.Shape.Length))).ToArray();
        return graph.Take(vectors.Length == 1 ? vectors[0] : graph.Apply(new Concat(), vectors), 0, positions);
    }

    /// <summary>A part without elements, as arithmetic on shapes may have; no layer can compute one.</summary>
    public static Value Empty(Value x, int[] shape) => x.IsConstant
        ? Value.Of(shape, [])
        : throw new OnnxNodeException($"The result of shape [{string.Join(", ", shape)}] has no elements; every axis must be at least 1.");
}

using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// What a copy walks over: a tensor, or a part of it, along axes of its own, the last fastest. So a slice is the same tensor with
/// fewer indices, a transposed tensor the same axes in another order, a repeated element an axis that goes nowhere.
/// </summary>
/// <param name="Buffer">Null: a span of the caller, which is compact.</param>
/// <param name="Port">Number of the caller's span.</param>
/// <param name="Shape">Of the whole tensor.</param>
internal sealed record TensorView(TensorBuffer? Buffer, int Port, Shape Shape, EquatableArray<ViewAxis> Axes)
{
    public static TensorView Whole(TensorBuffer? buffer, Shape shape, int port = 0) =>
        new(buffer, port, shape, shape.Dimensions.Select((length, axis) => new ViewAxis(length, axis)).ToEquatableArray());

    public TensorLayout Layout => Buffer?.Layout ?? TensorLayout.Compact(Shape);

    /// <summary>Floats from the tensor's first one to the view's first element. The layouts must be known.</summary>
    public int Origin
    {
        get
        {
            var strides = Layout.Strides(Shape);
            return Layout.Origin + Axes.Sum(a => a.Axis < 0 || a.Indices is not null ? 0 : a.Start * strides[a.Axis]);
        }
    }

    /// <summary>The view with one axis replaced.</summary>
    public TensorView With(int index, ViewAxis axis) => this with { Axes = Axes.Select((a, i) => i == index ? axis : a).ToEquatableArray() };

    /// <summary>The axes in floats. The layouts must be known.</summary>
    public List<StridedAxis> Strided()
    {
        var strides = Layout.Strides(Shape);
        return Axes.Select(a => a.Axis < 0 ? new StridedAxis(a.Length, 0)
            : a.Indices is { } indices ? new StridedAxis(a.Length, strides[a.Axis], indices.Select(i => i * strides[a.Axis]).ToArray())
            : new StridedAxis(a.Length, a.Step * strides[a.Axis])).ToList();
    }
}

/// <summary>One axis of a view.</summary>
/// <param name="Axis">The tensor's axis that it follows; below 0: none, every index is the same element.</param>
/// <param name="Indices">The indices of that axis one by one, if they are not Start + i · Step.</param>
internal sealed record ViewAxis(int Length, int Axis, int Start = 0, int Step = 1, EquatableArray<int>? Indices = null);

/// <summary>One axis in memory: index i is i · Stride floats further, or <paramref name="Offsets"/>[i] where the indices follow no rule.</summary>
internal sealed record StridedAxis(int Length, int Stride, int[]? Offsets = null)
{
    public int Offset(int index) => Offsets?[index] ?? (index * Stride);
}

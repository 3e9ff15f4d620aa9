namespace KernelGen.Model;

/// <summary>A tensor of constant values. It takes no inputs.</summary>
/// <param name="Values">In the order of <paramref name="Shape"/>, the last axis fastest.</param>
public sealed record Constant(Shape Shape, FloatData Values) : Operator;

/// <summary>
/// Elementwise function of two tensors. Their shapes are aligned at the last axis; an axis that is 1 or missing in one of them
/// is repeated to the other's length.
/// </summary>
public sealed record Binary(BinaryKind Kind) : Operator;

public enum BinaryKind
{
    /// <summary>a − b.</summary>
    Subtract,

    /// <summary>a · b.</summary>
    Multiply,

    /// <summary>a / b.</summary>
    Divide,

    /// <summary>a to the power of b.</summary>
    Power,

    /// <summary>The smaller one.</summary>
    Minimum,

    /// <summary>The larger one.</summary>
    Maximum,

    /// <summary>a above zero, a · b below.</summary>
    Prelu,
}

/// <summary>
/// Products of matrices: […, m, k] and […, k, n] to […, m, n]. The axes before the last two are broadcast as in <see cref="Binary"/>.
/// </summary>
public sealed record MatMul : Operator;

/// <summary>Combines all elements along some axes, which stay with the length 1.</summary>
/// <param name="Axes">Ascending; exactly one for the index of an extremum.</param>
public sealed record Reduce(ReduceKind Kind, EquatableArray<int> Axes) : Operator;

public enum ReduceKind
{
    Sum,
    Mean,
    Max,
    Min,
    Product,

    /// <summary>The index of the largest element, as a float; of equal ones the first.</summary>
    ArgMax,

    /// <summary>The index of the smallest element, as a float; of equal ones the first.</summary>
    ArgMin,
}

/// <summary>Axes in another order: axis i of the result is axis Permutation[i] of the input.</summary>
public sealed record Transpose(EquatableArray<int> Permutation) : Operator;

/// <summary>Every Steps[i]-th index of axis i from Starts[i] on, Sizes[i] of them.</summary>
/// <param name="Steps">Not 0; below 0: backwards.</param>
public sealed record Slice(EquatableArray<int> Starts, EquatableArray<int> Steps, EquatableArray<int> Sizes) : Operator;

/// <summary>Elements of one value around a tensor.</summary>
/// <param name="Before">Per axis, at least 0.</param>
/// <param name="After">Per axis, at least 0.</param>
public sealed record Pad(EquatableArray<int> Before, EquatableArray<int> After, float Value = 0) : Operator;

/// <summary>The slices with these indices of one axis, in this order.</summary>
public sealed record Gather(int Axis, EquatableArray<int> Indices) : Operator;

/// <summary>The input, broadcast to a shape as in <see cref="Binary"/>.</summary>
public sealed record Expand(Shape Shape) : Operator;

/// <summary>
/// Interpolation along one axis: slice i of the result is the sum over t &lt; Taps of Weights[i·Taps + t] times slice Indices[i·Taps + t] of the input.
/// </summary>
/// <param name="Taps">Slices of the input that one of the result depends on.</param>
public sealed record Resample(int Axis, int Taps, EquatableArray<int> Indices, FloatData Weights) : Operator;

namespace KernelGen.Model;

/// <summary>
/// What one layer computes. The same records are what the description file holds, what the passes rewrite and what every
/// engine runs; their meaning is defined by the reference interpreter.
/// </summary>
public abstract record Operator;

/// <summary>The sliding window of a convolution or pooling. Rows before columns; padding is top, left, bottom, right.</summary>
public sealed record Window(
    int KernelHeight,
    int KernelWidth,
    int StrideY = 1,
    int StrideX = 1,
    int DilationY = 1,
    int DilationX = 1,
    int PadTop = 0,
    int PadLeft = 0,
    int PadBottom = 0,
    int PadRight = 0)
{
    /// <summary>Taps of one kernel; tap t is row t / KernelWidth, column t % KernelWidth.</summary>
    public int Area => KernelHeight * KernelWidth;

    /// <summary>A square window.</summary>
    public static Window Square(int kernel, int stride = 1, int padding = 0, int dilation = 1) =>
        new(kernel, kernel, stride, stride, dilation, dilation, padding, padding, padding, padding);

    /// <summary>Rows of the result for an input of <paramref name="height"/> rows; below 1 if the window does not fit.</summary>
    public int OutputHeight(int height) =>
        FloorDivide(height + PadTop + PadBottom - (DilationY * (KernelHeight - 1)) - 1, StrideY) + 1;

    /// <summary>Columns of the result for an input of <paramref name="width"/> columns; below 1 if the window does not fit.</summary>
    public int OutputWidth(int width) =>
        FloorDivide(width + PadLeft + PadRight - (DilationX * (KernelWidth - 1)) - 1, StrideX) + 1;

    private static int FloorDivide(int a, int b) => a >= 0 ? a / b : -1;
}

/// <summary>
/// Two-dimensional cross-correlation: [inputMaps, h, w] to [OutputMaps, h', w']. With groups, output map o reads the input
/// maps of group o / (OutputMaps / Groups) only.
/// </summary>
/// <param name="Bias">One per output map, or null.</param>
/// <param name="Selection">Which maps of the unpruned layer are left, for the record; it does not change the meaning.</param>
public sealed record Conv(
    int OutputMaps,
    Window Window,
    ConvWeights Weights,
    FloatData? Bias = null,
    int Groups = 1,
    MapSelection? Selection = null) : Operator;

/// <summary>Fully connected layer over all elements of its input in CHW order: [n] (any shape) to [Units].</summary>
/// <param name="Weights">[Units, n], n fastest.</param>
/// <param name="Bias">One per unit, or null.</param>
/// <param name="Selection">Which units of the unpruned layer are left, for the record.</param>
public sealed record Dense(int Units, FloatData Weights, FloatData? Bias = null, MapSelection? Selection = null) : Operator;

/// <summary>Per map: (x − Mean) / sqrt(Variance + Epsilon) × Scale + Shift.</summary>
public sealed record BatchNorm(FloatData Scale, FloatData Shift, FloatData Mean, FloatData Variance, float Epsilon = 1e-5f) : Operator;

/// <summary>Pooling per map. Padding never wins a maximum.</summary>
/// <param name="CountPadding">Average: divide by the kernel's area, or else by the taps that lie inside the input.</param>
public sealed record Pool(PoolKind Kind, Window Window, bool CountPadding = false) : Operator
{
    /// <summary>Average: divide by the kernel's area, or else by the taps that lie inside the input. Never set for a maximum.</summary>
    public bool CountPadding { get; init; } = Kind == PoolKind.Average && CountPadding;
}

/// <summary>Pooling of each whole map: [maps, h, w] to [maps, 1, 1].</summary>
public sealed record GlobalPool(PoolKind Kind) : Operator;

public enum PoolKind
{
    Max,
    Average,
}

/// <summary>Elementwise sum of two or more tensors, whose shapes are broadcast against each other as in <see cref="Binary"/>.</summary>
public sealed record Add : Operator;

/// <summary>Concatenation of two or more tensors of one rank along <paramref name="Axis"/>; their other axes are alike.</summary>
public sealed record Concat(int Axis = 0) : Operator;

/// <summary>All elements in CHW order as a vector.</summary>
public sealed record Flatten : Operator;

/// <summary>The same elements in the same order under another shape of the same length.</summary>
public sealed record Reshape(Shape Shape) : Operator;

/// <summary>e^x / Σ e^x along <paramref name="Axis"/>, computed after subtracting the maximum.</summary>
public sealed record Softmax(int Axis = 0) : Operator;

/// <summary>Which maps (or units) of an unpruned layer are left.</summary>
/// <param name="Of">Maps before pruning.</param>
/// <param name="Kept">Indices of the maps that are left, ascending; as many as the layer has output maps.</param>
public sealed record MapSelection(int Of, EquatableArray<int> Kept);

namespace KernelGen.Onnx;

/// <summary>A tensor of an ONNX file: its shape (the batch axis included) and its values as floats or, for integers and booleans, as 64-bit integers.</summary>
/// <param name="Floats">Null if the elements are integers. Halves, bfloat16 and doubles are converted.</param>
/// <param name="Integers">Null if the elements are floats.</param>
public sealed record OnnxTensor(string Name, int[] Shape, float[]? Floats, long[]? Integers);

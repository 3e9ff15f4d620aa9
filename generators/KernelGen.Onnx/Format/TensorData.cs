namespace KernelGen.Onnx.Format;

/// <summary>The contents of a tensor: floats, or integers and booleans as 64-bit integers.</summary>
/// <param name="Type">As the file has it; halves, bfloat16 and doubles are converted.</param>
/// <param name="Floats">Null if the elements are integers.</param>
/// <param name="Integers">Null if the elements are floats.</param>
internal sealed record TensorData(int[] Shape, ElementType Type, float[]? Floats, long[]? Integers);

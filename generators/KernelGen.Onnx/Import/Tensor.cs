using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>Floats of the network that is being built: the result of a layer, a network input, or a constant.</summary>
/// <param name="Shape">Its shape in the description.</param>
/// <param name="Name">Null if it is a constant.</param>
/// <param name="Constant">Its values if they are known.</param>
internal sealed record Tensor(Shape Shape, string? Name, FloatData? Constant)
{
    public bool IsConstant => Constant is not null;
}

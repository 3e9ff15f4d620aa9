using KernelGen.Model;
using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Import;

/// <summary>
/// One value of the ONNX graph: floats, constant or not, or constant integers (shapes, axes, indices; booleans as 0 and 1). Its shape is
/// ONNX's, with the batch axis; a scalar has none.
/// </summary>
internal sealed class Value
{
    private readonly Tensor? floats;
    private readonly long[]? integers;

    private Value(int[] shape, ElementType type, Tensor? floats, long[]? integers)
    {
        Shape = shape;
        Type = type;
        this.floats = floats;
        this.integers = integers;
    }

    /// <summary>Lengths of the axes; an empty tensor has one of 0.</summary>
    public int[] Shape { get; }

    /// <summary>Of the integers; floats of every width are <see cref="ElementType.Float"/>.</summary>
    public ElementType Type { get; }

    public int Rank => Shape.Length;

    public int Length => Shape.Aggregate(1, (product, d) => checked(product * d));

    public bool IsFloat => floats is not null;

    public bool IsInteger => integers is not null;

    /// <summary>How integers stand for the floats, if ONNX has integers in their place.</summary>
    public Quantization? Quantization { get; private set; }

    /// <summary>Whether the values are known at import.</summary>
    public bool IsConstant => floats?.IsConstant ?? true;

    /// <summary>The floats, under whatever shape of the same length the description has them (see <see cref="Reduced"/>).</summary>
    /// <exception cref="InvalidOperationException">They are integers.</exception>
    public Tensor Floats => floats ?? throw new InvalidOperationException("The value is not a float tensor.");

    /// <exception cref="InvalidOperationException">They are floats.</exception>
    public long[] Integers => integers ?? throw new InvalidOperationException("The value is not an integer tensor.");

    /// <param name="shape">ONNX's shape, of as many elements.</param>
    public static Value Of(int[] shape, Tensor floats) => new(shape, ElementType.Float, floats, null);

    /// <param name="shape">ONNX's shape, of as many elements.</param>
    public static Value Of(int[] shape, long[] integers, ElementType type = ElementType.Int64) => new(shape, type, null, integers);

    /// <summary>Constant floats.</summary>
    public static Value Of(int[] shape, float[] floats) => Of(shape, new Tensor(Reduced(shape), null, new FloatData(floats)));

    /// <summary>A tensor of the file as a constant.</summary>
    public static Value Of(TensorData data) =>
        data.Integers is { } integers ? Of(data.Shape, integers, data.Type) : Of(data.Shape, data.Floats!);

    /// <summary>The same floats as what integers stand for.</summary>
    public Value As(Quantization quantization) => new(Shape, Type, floats, integers) { Quantization = quantization };

    /// <summary>
    /// The shape that a tensor has in the description: without the batch axis if that is 1. A vector stays one, a scalar becomes one.
    /// Broadcasting gives the same with and without a leading axis of 1.
    /// </summary>
    public static Shape Reduced(int[] shape) =>
        shape.Length == 0 ? new Shape(1)
        : shape.Length > 1 && shape[0] == 1 ? new Shape(shape.Skip(1).ToArray())
        : new Shape(shape);
}

using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// A tensor that a step reads element by element: in the workspace, or straight from the constants of the generated class.
/// </summary>
/// <param name="Shape">The tensor's shape.</param>
/// <param name="Buffer">Its place in the workspace; null for a constant.</param>
/// <param name="Table">A constant's table; null for a tensor in the workspace.</param>
internal sealed record Operand(Shape Shape, TensorBuffer? Buffer, ConstantTable? Table)
{
    public TensorLayout Layout => Buffer?.Layout ?? Table!.Layout;

    /// <summary>
    /// Floats between neighbours along each axis of a shape that the tensor is broadcast to: aligned at the last axis, 0 along
    /// an axis that repeats it.
    /// </summary>
    public int[] Strides(Shape to)
    {
        var own = Layout.Strides(Shape);
        var strides = new int[to.Rank];
        for (var axis = 0; axis < own.Length; axis++)
        {
            strides[axis + to.Rank - own.Length] = Shape[axis] == 1 ? 0 : own[axis];
        }

        return strides;
    }

    public static Operand In(TensorBuffer buffer, Shape shape) => new(shape, buffer, null);

    /// <param name="layer">The layer whose constant it is.</param>
    /// <param name="use">What it is to the layer: the end of the table's name.</param>
    /// <param name="values">In the order of the shape, the last axis fastest.</param>
    /// <param name="order">Order of the maps in the table: that of the tensors with which it is combined.</param>
    public static Operand Constant(string layer, string use, Shape shape, FloatData values, MapOrder order)
    {
        if (order == MapOrder.Planar || values.Length == 1)
        {
            return new Operand(shape, null, new ConstantTable(layer, use, TensorLayout.Compact(shape.Maps, shape.Height, shape.Width), values));
        }

        var layout = new TensorBuffer(layer, shape, order).MakeLayout();
        var table = new float[layout.Length];
        var pixels = shape.Height * shape.Width;
        for (var i = 0; i < values.Length; i++)
        {
            table[(i / pixels) + (i % pixels * layout.PixelStride)] = values[i];
        }

        return new Operand(shape, null, new ConstantTable(layer, use + "_interleaved", layout, new FloatData(table)));
    }
}

/// <summary>Constant values in the order in which kernels read them.</summary>
internal sealed record ConstantTable(string Layer, string Use, TensorLayout Layout, FloatData Values);

using System.Globalization;

namespace KernelGen.Model;

/// <summary>
/// The shape of one tensor, for one image: [maps, height, width] for feature maps, [units] for vectors, up to eight axes in
/// general, each at least 1. There is no batch axis. Elements are stored in this order, the last axis fastest (CHW).
/// </summary>
public readonly record struct Shape(EquatableArray<int> Dimensions)
{
    public Shape(params int[] dimensions)
        : this(dimensions.ToEquatableArray())
    {
    }

    public int Rank => Dimensions.Count;

    public int this[int axis] => Dimensions[axis];

    /// <summary>Feature maps: the first axis.</summary>
    public int Maps => Dimensions[0];

    /// <summary>Rows of one feature map: the product of all axes between the first and the last.</summary>
    public int Height
    {
        get
        {
            var height = 1;
            for (var axis = 1; axis < Rank - 1; axis++)
            {
                height = checked(height * Dimensions[axis]);
            }

            return height;
        }
    }

    /// <summary>Columns of one feature map: the last axis; 1 for vectors.</summary>
    public int Width => Rank >= 2 ? Dimensions[Rank - 1] : 1;

    /// <summary>The number of elements. The verifier has checked that it fits an <see cref="int"/>.</summary>
    public int Length
    {
        get
        {
            var length = 1;
            foreach (var d in Dimensions)
            {
                length = checked(length * d);
            }

            return length;
        }
    }

    public override string ToString() => string.Join("×", Dimensions.Select(d => d.ToString(CultureInfo.InvariantCulture)));
}

using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>A convolution as lists of the weights that exist, vectors over the pixels of a row.</summary>
/// <param name="Packed">Where a tile's input is copied together, if it is.</param>
/// <param name="Addend">Planar; added to the sums before they are activated; null: nothing.</param>
internal sealed record SparseConvStep(
    string Name, ConvTerms Conv, SparseConv Sparse, TensorBuffer From, TensorBuffer? Packed, TensorBuffer? Addend, TensorBuffer To, Activation? Activation) : Step(Name)
{
    private (int[] Places, float[] Weights)? lists;

    public override IEnumerable<TensorBuffer> Reads => Addend is null ? [From] : [From, Addend];

    public override TensorBuffer Writes => To;

    public override IEnumerable<TensorBuffer> Scratch => Packed is null ? [] : [Packed];

    /// <summary>The lists of all targets. Places are floats from the first source map of the block, or rows of packed vectors. The layouts must be known.</summary>
    public (int[] Places, float[] Weights) Lists => lists ??= Sparse.Lists(Place);

    /// <summary>Floats that a tile's packed input takes, with the vectors that take most.</summary>
    public static int PackedLength(SparseConv sparse) => TargetNames.All.Select(Target.Parse).Max(target =>
    {
        var (own, vectors) = sparse.Tile(target);
        return sparse.SourcesPerBlock * sparse.PackedVectors * vectors * own.Lanes;
    });

    private int Place(int source, int y, int x)
    {
        var window = Conv.Conv.Window;
        return Packed is null
            ? (source * From.Layout.MapStride) + (y * window.DilationY * From.Layout.RowStride) + (x * window.DilationX)
            : (source * Sparse.PackedVectors) + (x * Sparse.InputRows) + (y * window.DilationY);
    }
}

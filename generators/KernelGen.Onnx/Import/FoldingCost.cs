using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>What it costs to compute an operator on constants, and to keep one.</summary>
internal static class FoldingCost
{
    /// <summary>Multiply-adds, or elements visited, of the reference interpreter.</summary>
    public static long Operations(Operator op, IReadOnlyList<Shape> inputs, Shape result) => op switch
    {
        Conv conv => (long)result.Length * (inputs[0].Maps / conv.Groups) * conv.Window.Area,
        Dense dense => dense.Weights.Length,
        Pool pool => (long)result.Length * pool.Window.Area,
        GlobalPool or Reduce => inputs[0].Length,
        MatMul => (long)result.Length * inputs[0][inputs[0].Rank - 1],
        Resample resample => (long)result.Length * resample.Taps,
        _ => (long)result.Length * inputs.Count,
    };

    /// <summary>Elements that the operator itself holds.</summary>
    public static long Held(Operator op) => op switch
    {
        Conv conv => conv.Weights.Values.Length,
        Dense dense => dense.Weights.Length,
        Gather gather => gather.Indices.Count,
        Resample resample => 2L * resample.Indices.Count,
        _ => 0,
    };
}

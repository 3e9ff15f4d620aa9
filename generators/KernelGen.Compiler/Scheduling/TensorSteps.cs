using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Combines all elements along some axes.</summary>
/// <param name="Shape">Of <paramref name="From"/>.</param>
internal sealed record ReduceStep(string Name, Reduce Reduce, Shape Shape, TensorBuffer From, TensorBuffer To) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;
}

/// <summary>Products of matrices.</summary>
/// <param name="Shape">Of the result.</param>
/// <param name="Panel">Where the columns of one tile are brought together, if there are rows enough to make up for it; else null.</param>
internal sealed record MatMulStep(string Name, Shape Shape, Operand A, Operand B, TensorBuffer To, TensorBuffer? Panel) : Step(Name)
{
    /// <summary>Columns that one tile of any target has at most, where there are several rows.</summary>
    public const int MostColumns = 4 * TensorLayout.Block;

    public override IEnumerable<TensorBuffer> Scratch => Panel is null ? [] : [Panel];

    public override IEnumerable<TensorBuffer> Reads => new[] { A.Buffer, B.Buffer }.Where(b => b is not null).Select(b => b!);

    public override TensorBuffer Writes => To;
}

/// <summary>Interpolation along one axis.</summary>
/// <param name="Input">Shape of <paramref name="From"/>.</param>
/// <param name="Shape">Of the result.</param>
internal sealed record ResampleStep(string Name, Resample Resample, Shape Input, Shape Shape, TensorBuffer From, TensorBuffer To) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;
}

/// <summary>e^x / Σ e^x along one axis.</summary>
internal sealed record SoftmaxStep(string Name, int Axis, Shape Shape, TensorBuffer From, TensorBuffer To) : Step(Name)
{
    public override IEnumerable<TensorBuffer> Reads => [From];

    public override TensorBuffer Writes => To;
}

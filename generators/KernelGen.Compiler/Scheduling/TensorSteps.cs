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
internal sealed record MatMulStep(string Name, Shape Shape, Operand A, Operand B, TensorBuffer To) : Step(Name)
{
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

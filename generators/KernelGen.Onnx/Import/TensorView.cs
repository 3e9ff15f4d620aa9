using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>A transpose or reshape that has not been written as a layer yet.</summary>
/// <param name="Name">What the layer is called if it is written.</param>
internal sealed record ViewStep(Operator Operator, Shape Result, string Name);

/// <summary>The elements of a layer's result or an input in another order or under another shape.</summary>
/// <param name="Source">Name of the layer or input.</param>
/// <param name="Original">Its shape.</param>
/// <param name="Steps">What is done to it; no two neighbours could be one, and none does nothing.</param>
internal sealed record TensorView(string Source, Shape Original, params ViewStep[] Steps)
{
    public Shape Shape => Steps.Length == 0 ? Original : Steps[Steps.Length - 1].Result;

    /// <summary>The permutation if the view is one transpose, else null.</summary>
    public EquatableArray<int>? Permutation => Steps.Length == 1 && Steps[0].Operator is Transpose transpose ? transpose.Permutation : null;

    /// <summary>Whether both are made of sources of one shape in the same way.</summary>
    public bool IsLike(TensorView other) =>
        Original == other.Original && Steps.Select(s => s.Operator).SequenceEqual(other.Steps.Select(s => s.Operator));

    /// <summary>A view of this view.</summary>
    /// <param name="step">A transpose, reshape or flatten.</param>
    public TensorView Then(ViewStep step)
    {
        var last = Steps.Length == 0 ? null : Steps[Steps.Length - 1];
        if (step.Operator is not Transpose transpose || MovesOnesOnly(transpose, Shape))
        {
            var before = last?.Operator is Reshape ? WithoutLast() : this;
            return before.Shape == step.Result ? before : before.With(step with { Operator = new Reshape(step.Result) });
        }

        if (last?.Operator is not Transpose first)
        {
            return With(step);
        }

        var both = new Transpose(transpose.Permutation.Select(axis => first.Permutation[axis]).ToEquatableArray());
        return IsIdentity(both) ? WithoutLast() : WithoutLast().Then(step with { Operator = both });
    }

    private TensorView With(ViewStep step) => this with { Steps = [.. Steps, step] };

    private TensorView WithoutLast() => this with { Steps = Steps.Take(Steps.Length - 1).ToArray() };

    private static bool IsIdentity(Transpose transpose) => transpose.Permutation.SequenceEqual(Enumerable.Range(0, transpose.Permutation.Count));

    private static bool MovesOnesOnly(Transpose transpose, Shape shape)
    {
        var moved = transpose.Permutation.Where(axis => shape[axis] > 1).ToList();
        return moved.SequenceEqual(moved.OrderBy(axis => axis));
    }
}

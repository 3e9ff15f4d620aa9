using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Arithmetic on the tensors of a graph, with broadcasting.</summary>
internal static class GraphArithmetic
{
    public static Tensor Add(this GraphBuilder graph, Tensor a, Tensor b) => graph.Apply(new Add(), a, b);

    public static Tensor Subtract(this GraphBuilder graph, Tensor a, Tensor b) => graph.Binary(BinaryKind.Subtract, a, b);

    public static Tensor Multiply(this GraphBuilder graph, Tensor a, Tensor b) => graph.Binary(BinaryKind.Multiply, a, b);

    public static Tensor Divide(this GraphBuilder graph, Tensor a, Tensor b) => graph.Binary(BinaryKind.Divide, a, b);

    public static Tensor Binary(this GraphBuilder graph, BinaryKind kind, Tensor a, Tensor b) => graph.Apply(new Binary(kind), a, b);

    public static Tensor Activate(this GraphBuilder graph, ActivationKind kind, Tensor x) => graph.Apply(new Activation(kind), x);

    /// <summary>The axes stay, with the length 1.</summary>
    public static Tensor Reduce(this GraphBuilder graph, ReduceKind kind, Tensor x, params int[] axes) =>
        graph.Apply(new Reduce(kind, axes.ToEquatableArray()), x);

    public static Tensor Scalar(this GraphBuilder graph, float value) => graph.Constant(new Shape(1), value);

    /// <summary>No layer for the factor 1.</summary>
    public static Tensor Multiply(this GraphBuilder graph, Tensor x, float factor) =>
        factor == 1 ? x : graph.Multiply(x, graph.Scalar(factor));

    /// <summary>No layer for the term 0.</summary>
    public static Tensor Add(this GraphBuilder graph, Tensor x, float term) => term == 0 ? x : graph.Add(x, graph.Scalar(term));
}

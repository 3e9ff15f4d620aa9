using KernelGen.Model;

namespace KernelGen.Compiler;

/// <summary>A generated C# file and the plan it follows.</summary>
/// <param name="Text">The file: one class, LF line ends.</param>
public sealed record CompiledSource(string Text, NetworkPlan Plan);

/// <summary>The compiler's decisions, with costs for the widest target of the options.</summary>
/// <param name="Layers">In the order of execution, after the passes (so batch norms and activations may be gone).</param>
/// <param name="WorkspaceBytes">Size of the workspace of one instance.</param>
/// <param name="EstimatedCycles">Sum over the layers.</param>
public sealed record NetworkPlan(EquatableArray<LayerPlan> Layers, int WorkspaceBytes, long EstimatedCycles);

/// <summary>The compiler's decision for one layer.</summary>
/// <param name="Operator">E.g. <c>conv 5×5</c>.</param>
/// <param name="MacsDense">Multiply-adds of the same layer with every weight of its kept maps.</param>
/// <param name="MacsLeft">Multiply-adds with existing weights.</param>
/// <param name="WeightsDense">Weights of the same layer with every weight of its kept maps.</param>
/// <param name="WeightsLeft">Existing weights.</param>
/// <param name="Sparsity">The kinds of sparsity present, e.g. <c>maps, strided</c>; <c>dense</c> if none.</param>
/// <param name="Schedule">E.g. <c>unrolled</c>, <c>loop</c>, <c>sparse</c>, <c>simd</c>.</param>
/// <param name="Reason">Each candidate's estimated cost and why this one was taken.</param>
public sealed record LayerPlan(
    string Name,
    string Operator,
    Shape Output,
    long MacsDense,
    long MacsLeft,
    long WeightsDense,
    long WeightsLeft,
    string Sparsity,
    string Schedule,
    string Reason,
    long EstimatedCycles);

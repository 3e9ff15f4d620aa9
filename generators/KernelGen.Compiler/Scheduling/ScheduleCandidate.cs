using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Scheduling;

/// <summary>The form of a layer's kernels.</summary>
internal enum ScheduleKind
{
    /// <summary>Loops over constant weights, or whatever else is the only form of an operator.</summary>
    Loop,

    /// <summary>Every multiply-add is in the text.</summary>
    Unrolled,

    /// <summary>A 3×3 convolution by Winograd's algorithm.</summary>
    Winograd,

    /// <summary>Loops over lists of the weights that exist.</summary>
    Sparse,
}

/// <summary>One way to compute a convolution.</summary>
/// <param name="Cycles">Estimated, without what it takes to bring the input into order.</param>
/// <param name="Reads">The order of maps in which it needs its input; null: any.</param>
/// <param name="Writes">The order of maps of its output.</param>
/// <param name="Text">Multiply-adds that it writes out, and so takes from the budget.</param>
/// <param name="Winograd">How Winograd's algorithm walks over the output; null for other kinds.</param>
internal sealed record ScheduleCandidate(ScheduleKind Kind, long Cycles, MapOrder? Reads, MapOrder Writes, long Text = 0, WinogradBlock? Winograd = null)
{
    public string Name => Kind.ToString().ToLowerInvariant();

    /// <summary>Every way to compute a convolution on a target. The loop, which can do any, comes first.</summary>
    public static IReadOnlyList<ScheduleCandidate> Of(ConvTerms conv, Target target) =>
    [
        new(ScheduleKind.Loop, CostModel.Loop(conv, target), conv.HasNarrowGroups ? MapOrder.Interleaved : null, MapOrder.Interleaved),
        new(ScheduleKind.Unrolled, CostModel.Unrolled(conv, target), MapOrder.Planar, MapOrder.Planar, CostModel.UnrolledMultiplyAdds(conv, target)),
        .. WinogradBlock.Choose(conv, target) is { } block
            ? [new ScheduleCandidate(ScheduleKind.Winograd, block.Cycles, MapOrder.Interleaved, MapOrder.Interleaved, Winograd: block)]
            : Array.Empty<ScheduleCandidate>(),
        .. SparseConv.Handles(conv)
            ? [new ScheduleCandidate(ScheduleKind.Sparse, conv.Sparse.Cycles(target), MapOrder.Planar, MapOrder.Planar)]
            : Array.Empty<ScheduleCandidate>(),
    ];
}

using KernelGen.Model;

namespace KernelGen.Search.Pruning;

/// <summary>
/// A connectivity pattern at three granularities (Anwar, Hwang, Sung, 2017): what is left of a network. Compares by value.
/// </summary>
/// <param name="Units">Per <see cref="ChannelGroup"/>: true for each unit that is kept.</param>
/// <param name="Convs">Per convolution, in the order of the network.</param>
public sealed record Genome(EquatableArray<EquatableArray<bool>> Units, EquatableArray<ConvGene> Convs)
{
    public bool Keeps(UnitRef unit) => unit.IsFixed || Units[unit.Group][unit.Unit];
}

/// <summary>What is left of one convolution apart from its maps; said of all maps, also of those that are removed.</summary>
/// <param name="Kernels">Source × target (of the source's group), target fastest: true for each kernel that is kept.</param>
/// <param name="Taps">
/// One (offset, stride) per source map, shared by every kernel leaving it: the constraint that keeps the lowered matrices dense.
/// Stride 1 is the dense kernel.
/// </param>
public sealed record ConvGene(EquatableArray<bool> Kernels, EquatableArray<StridedTaps> Taps);

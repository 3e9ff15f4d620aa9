using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>One axis of a copy: index i is read at From and written at To.</summary>
internal sealed record CopyAxis(int Length, StridedAxis From, StridedAxis To)
{
    /// <summary>Whether neighbours lie side by side on both sides.</summary>
    public bool IsRun => IsRegular && From.Stride == 1 && To.Stride == 1;

    /// <summary>Whether it writes one element many times, side by side.</summary>
    public bool IsRepeated => IsRegular && From.Stride == 0 && To.Stride == 1;

    /// <summary>Whether both sides are strides.</summary>
    public bool IsRegular => From.Offsets is null && To.Offsets is null;
}

/// <summary>
/// Brings a copy between two views into as few and as cheap loops as it takes: axes that both sides pass without a gap become
/// one, and the innermost loop is the one over elements that lie side by side.
/// </summary>
internal static class StridedCopy
{
    /// <summary>
    /// The loops of a copy, the innermost last. The views may have different axes, for they hold the same elements in the same
    /// order: their axes are split where the other's begin.
    /// </summary>
    public static List<CopyAxis> Loops(IEnumerable<StridedAxis> from, IEnumerable<StridedAxis> to)
    {
        var axes = new List<CopyAxis>();
        var (sources, targets) = (Merged(from), Merged(to));
        while (sources.Count > 0 || targets.Count > 0)
        {
            var (source, target) = (sources.Pop(), targets.Pop());
            var length = Math.Min(source.Length, target.Length);
            if (source.Offsets is null && target.Offsets is null && Math.Max(source.Length, target.Length) % length == 0)
            {
                (source, target) = (SplitOff(length, source, sources), SplitOff(length, target, targets));
            }

            while (source.Length != target.Length)
            {
                // Neither begins where the other does: element by element, up to where both begin.
                if (source.Length < target.Length)
                {
                    source = Product(sources.Pop(), source);
                }
                else
                {
                    target = Product(targets.Pop(), target);
                }
            }

            axes.Add(new CopyAxis(source.Length, source, target));
        }

        return Ordered(Joined(axes));
    }

    /// <summary>The axes with the innermost on top, those left out that have one index, and those joined that pass without a gap.</summary>
    private static Stack<StridedAxis> Merged(IEnumerable<StridedAxis> axes)
    {
        var merged = new Stack<StridedAxis>();
        foreach (var axis in axes.Where(a => a.Length > 1))
        {
            if (merged.Count > 0 && merged.Peek() is { Offsets: null } outer && axis.Offsets is null && outer.Stride == axis.Length * axis.Stride)
            {
                merged.Pop();
                merged.Push(new StridedAxis(outer.Length * axis.Length, axis.Stride));
            }
            else
            {
                merged.Push(axis);
            }
        }

        return merged;
    }

    private static StridedAxis SplitOff(int length, StridedAxis axis, Stack<StridedAxis> rest)
    {
        if (axis.Length == length)
        {
            return axis;
        }

        rest.Push(new StridedAxis(axis.Length / length, axis.Stride * length));
        return axis with { Length = length };
    }

    private static StridedAxis Product(StridedAxis outer, StridedAxis inner) => new(
        outer.Length * inner.Length,
        0,
        Enumerable.Range(0, outer.Length * inner.Length).Select(i => outer.Offset(i / inner.Length) + inner.Offset(i % inner.Length)).ToArray());

    /// <summary>The axes, innermost first, joined where both sides go on without a gap.</summary>
    private static List<CopyAxis> Joined(List<CopyAxis> axes)
    {
        var joined = new List<CopyAxis>();
        foreach (var outer in axes)
        {
            var inner = joined.LastOrDefault();
            if (inner is { IsRegular: true } && outer.IsRegular
                && outer.From.Stride == inner.Length * inner.From.Stride && outer.To.Stride == inner.Length * inner.To.Stride)
            {
                var length = outer.Length * inner.Length;
                joined[joined.Count - 1] = new CopyAxis(length, inner.From with { Length = length }, inner.To with { Length = length });
            }
            else
            {
                joined.Add(outer);
            }
        }

        return joined;
    }

    /// <summary>
    /// In the order of the target, the last innermost; but innermost is what lies side by side on both sides, else on one:
    /// the shortest of those, because every index of it is a stretch of memory of its own on the other side.
    /// </summary>
    private static List<CopyAxis> Ordered(List<CopyAxis> axes)
    {
        var order = axes.OrderByDescending(a => a.To.Offsets is null ? Math.Abs((long)a.To.Stride) : long.MaxValue).ToList();
        var inner = order.FirstOrDefault(a => a.IsRun)
            ?? order.FirstOrDefault(a => a.IsRepeated)
            ?? order.Where(a => a.To.Stride == 1 || (a.IsRegular && a.From.Stride == 1)).OrderBy(a => a.Length).FirstOrDefault();
        return inner is null ? order : [.. order.Where(a => a != inner), inner];
    }
}

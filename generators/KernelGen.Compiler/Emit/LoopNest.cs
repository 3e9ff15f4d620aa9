using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Loops over all positions of a shape at which several operands have an element each, for operators whose operands may lie
/// anywhere: an operand is the reference to its first element and a stride per axis, 0 along an axis that repeats it. Axes that are
/// contiguous in every operand become one; the innermost loop takes whole vectors where every operand's elements lie side by
/// side or are one and the same there, else one position at a time.
/// </summary>
internal sealed class LoopNest
{
    private readonly List<Axis> axes = [];
    private readonly Axis inner;

    /// <param name="lengths">Of each axis.</param>
    /// <param name="strides">
    /// Per operand and axis: floats between neighbours. The last operand, which is the one that is written, decides the order of the
    /// loops: its smallest stride is innermost.
    /// </param>
    public LoopNest(IReadOnlyList<int> lengths, IReadOnlyList<IReadOnlyList<int>> strides)
    {
        var written = strides[strides.Count - 1];
        foreach (var axis in Enumerable.Range(0, lengths.Count).Where(a => lengths[a] > 1).OrderByDescending(a => Math.Abs(written[a])))
        {
            Add(new Axis(lengths[axis], strides.Select(s => s[axis]).ToArray()));
        }

        if (axes.Count == 0)
        {
            axes.Add(new Axis(1, new int[strides.Count]));
        }

        inner = axes[axes.Count - 1];
        axes.RemoveAt(axes.Count - 1);
    }

    /// <summary>Writes the loops.</summary>
    /// <param name="operands">Names of the <c>ref float</c> variables or parameters, in the order of the strides.</param>
    /// <param name="work">
    /// Writes the work for one vector of the given target at the C# expression of an index, which <see cref="Load"/> and
    /// <see cref="Store"/> take. The last vector starts early where the length does not divide, so the work must not mind
    /// being done twice.
    /// </param>
    /// <param name="gathers">Whether the work brings the elements of a vector together where they do not lie side by side.</param>
    public void Write(SourceWriter body, Target target, IReadOnlyList<string> operands, Action<Target, string> work, bool gathers = false) =>
        Write(body, IsVector || gathers ? target : target.AtMost(1), operands, work, 0);

    /// <summary>Floats between an operand's neighbours in the innermost loop, and the loop's length.</summary>
    public (int Stride, int Length) Inner(int operand) => (inner.Strides[operand], inner.Length);

    /// <summary>A C# expression for an operand's elements at an index of the innermost loop.</summary>
    /// <param name="shift">A C# expression in floats that is added to the place, for loops inside the work.</param>
    public string Load(Target target, int operand, string index, string? shift = null)
    {
        var stride = inner.Strides[operand];
        var place = stride == 0 ? shift ?? "0" : Place(index, stride) + (shift is null ? string.Empty : $" + {shift}");
        return $"{(stride == 0 ? "B" : "L")}{target.Suffix}(ref p{operand}, {place})";
    }

    /// <summary>A C# statement that writes a value to an operand at an index of the innermost loop.</summary>
    public string Store(Target target, int operand, string index, string value) =>
        $"S{target.Suffix}({value}, ref p{operand}, {Place(index, inner.Strides[operand])});";

    /// <summary>A C# reference to an operand's element at an index of the innermost loop.</summary>
    public string Start(int operand, string index) => $"ref Unsafe.Add(ref p{operand}, {Place(index, inner.Strides[operand])})";

    private void Write(SourceWriter body, Target target, IReadOnlyList<string> operands, Action<Target, string> work, int depth)
    {
        if (depth < axes.Count)
        {
            using var loop = body.Open($"for (var i{depth} = 0; i{depth} < {axes[depth].Length}; i{depth}++)");
            Write(body, target, operands, work, depth + 1);
            return;
        }

        for (var k = 0; k < operands.Count; k++)
        {
            var offset = string.Join(" + ", axes.Select((a, d) => (a, d)).Where(p => p.a.Strides[k] != 0).Select(p => $"(i{p.d} * {Literals.Int(p.a.Strides[k])})"));
            body.Line(offset.Length == 0 ? $"ref var p{k} = ref {operands[k]};" : $"ref var p{k} = ref Unsafe.Add(ref {operands[k]}, {offset});");
        }

        Runs.Loop(body, target, inner.Length, work);
    }

    /// <summary>Whether a vector of positions is a vector of every operand.</summary>
    public bool IsVector => inner.Strides[inner.Strides.Length - 1] == 1 && inner.Strides.All(s => s is 0 or 1);

    /// <summary>Adds an axis inside the others, or lengthens the innermost one if the new axis only continues it.</summary>
    private void Add(Axis axis)
    {
        var last = axes.Count - 1;
        if (last >= 0 && axes[last].Strides.Zip(axis.Strides, (outer, own) => outer == own * axis.Length).All(continues => continues))
        {
            axes[last] = new Axis(axes[last].Length * axis.Length, axis.Strides);
            return;
        }

        axes.Add(axis);
    }

    private static string Place(string index, int stride) => stride == 1 ? index : $"{index} * {Literals.Int(stride)}";

    private sealed record Axis(int Length, int[] Strides);
}

using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes calls of the copies that every target shares, and those copies.</summary>
internal static class CopyEmitter
{
    /// <summary>Methods of the generated class <c>Shared</c>, by name.</summary>
    private static readonly (string Name, string Text)[] Methods =
    [
        ("Copy", """
            /// <summary>Copies floats that lie side by side.</summary>
            internal static void Copy(ref float from, ref float to, int length) =>
                MemoryMarshal.CreateReadOnlySpan(ref from, length).CopyTo(MemoryMarshal.CreateSpan(ref to, length));
            """),
        ("CopyRuns", """
            /// <summary>Copies stretches of floats: n0 × n1 of them, each with its own strides.</summary>
            internal static void CopyRuns(ref float from, ref float to, int n0, int from0, int to0, int n1, int from1, int to1, int length)
            {
                for (var i = 0; i < n0; i++)
                {
                    for (var j = 0; j < n1; j++)
                    {
                        Copy(ref Unsafe.Add(ref from, (i * from0) + (j * from1)), ref Unsafe.Add(ref to, (i * to0) + (j * to1)), length);
                    }
                }
            }
            """),
        ("CopyElements", """
            /// <summary>Copies single floats: n0 × n1 × n2 of them, each with its own strides.</summary>
            internal static void CopyElements(ref float from, ref float to, int n0, int from0, int to0, int n1, int from1, int to1, int n2, int from2, int to2)
            {
                for (var i = 0; i < n0; i++)
                {
                    for (var j = 0; j < n1; j++)
                    {
                        ref var s = ref Unsafe.Add(ref from, (i * from0) + (j * from1));
                        ref var d = ref Unsafe.Add(ref to, (i * to0) + (j * to1));
                        for (var k = 0; k < n2; k++)
                        {
                            Unsafe.Add(ref d, k * to2) = Unsafe.Add(ref s, k * from2);
                        }
                    }
                }
            }
            """),
        ("Repeat", """
            /// <summary>Writes single floats n0 × n1 times, each into a stretch of its own.</summary>
            internal static void Repeat(ref float from, ref float to, int n0, int from0, int to0, int n1, int from1, int to1, int length)
            {
                for (var i = 0; i < n0; i++)
                {
                    for (var j = 0; j < n1; j++)
                    {
                        Fill(ref Unsafe.Add(ref to, (i * to0) + (j * to1)), length, Unsafe.Add(ref from, (i * from0) + (j * from1)));
                    }
                }
            }
            """),
        ("Fill", """
            /// <summary>Sets floats that lie side by side to a value.</summary>
            internal static void Fill(ref float to, int length, float value) => MemoryMarshal.CreateSpan(ref to, length).Fill(value);
            """),
        ("FillRuns", """
            /// <summary>Sets stretches of floats to a value: n0 × n1 of them.</summary>
            internal static void FillRuns(ref float to, int n0, int to0, int n1, int to1, int length, float value)
            {
                for (var i = 0; i < n0; i++)
                {
                    for (var j = 0; j < n1; j++)
                    {
                        Fill(ref Unsafe.Add(ref to, (i * to0) + (j * to1)), length, value);
                    }
                }
            }
            """),
        ("Clear", """
            /// <summary>Sets floats to zero.</summary>
            internal static void Clear(ref float tensor, int length) => MemoryMarshal.CreateSpan(ref tensor, length).Clear();
            """),
    ];

    /// <summary>A C# statement that copies a tensor of feature maps from one layout into another.</summary>
    public static string Call(TensorLayout from, TensorLayout to, string source, string target) =>
        Call(StridedCopy.Loops(Axes(from), Axes(to)), Shift(source, from.Origin), Shift(target, to.Origin))!;

    /// <summary>A C# statement for a copy of these loops, or null if it takes more of them than the shared methods have.</summary>
    public static string? Call(List<CopyAxis> loops, string source, string target)
    {
        var inner = loops.Count == 0 ? new CopyAxis(1, new StridedAxis(1, 1), new StridedAxis(1, 1)) : loops[loops.Count - 1];
        var outer = loops.Take(loops.Count - 1).ToList();
        if (outer.Count > 2 || loops.Any(l => !l.IsRegular))
        {
            return null;
        }

        if (outer.Count == 0 && inner.IsRun)
        {
            return $"Shared.Copy({source}, {target}, {inner.Length});";
        }

        var once = new CopyAxis(1, new StridedAxis(1, 0), new StridedAxis(1, 0));
        var loop = string.Join(", ", Enumerable.Repeat(once, 2 - outer.Count).Concat(outer).Select(Arguments));
        return inner.IsRun ? $"Shared.CopyRuns({source}, {target}, {loop}, {inner.Length});"
            : inner.IsRepeated ? $"Shared.Repeat({source}, {target}, {loop}, {inner.Length});"
            : $"Shared.CopyElements({source}, {target}, {loop}, {Arguments(inner)});";

        static string Arguments(CopyAxis axis) => $"{axis.Length}, {Literals.Int(axis.From.Stride)}, {Literals.Int(axis.To.Stride)}";
    }

    /// <summary>C# statements that set every element of a tensor to a value, and leave its borders as they are.</summary>
    public static string Fill(FillStep step, string target)
    {
        var layout = step.Target.Layout;
        var value = Literals.Float(step.Value);
        if (step.Writes is null or { HasBorder: false })
        {
            return $"Shared.Fill({target}, {layout.Length}, {value});";
        }

        var (columns, columnStride, length) = layout.Order == MapOrder.Planar
            ? (layout.Maps, layout.MapStride, layout.Width)
            : (layout.Width, layout.PixelStride, layout.Maps);
        return $"Shared.FillRuns({Shift(target, layout.Origin)}, {layout.Height}, {layout.RowStride}, {columns}, {columnStride}, {length}, {value});";
    }

    /// <summary>The copies that split every map into its phases: their loops, and C# references to the first elements.</summary>
    public static IEnumerable<(List<CopyAxis> Loops, string Source, string Target)> Split(PhaseStep step)
    {
        var (from, to, window) = (step.From.Layout, step.To.Layout, step.Window);
        for (var py = 0; py < window.StrideY; py++)
        {
            for (var px = 0; px < window.StrideX; px++)
            {
                // Row y of the phase is row y·stride + phase − padding of the map, where that exists.
                var (y0, rows) = Inside(py - window.PadTop, window.StrideY, to.Height, from.Height);
                var (x0, columns) = Inside(px - window.PadLeft, window.StrideX, to.Width, from.Width);
                if (rows <= 0 || columns <= 0)
                {
                    continue;
                }

                var s = from.Origin + (((y0 * window.StrideY) + py - window.PadTop) * from.RowStride) + (((x0 * window.StrideX) + px - window.PadLeft) * from.PixelStride);
                var d = to.Origin + (((py * window.StrideX) + px) * to.MapStride) + (y0 * to.RowStride) + x0;
                var read = new[] { new StridedAxis(from.Maps, from.MapStride), new StridedAxis(rows, window.StrideY * from.RowStride), new StridedAxis(columns, window.StrideX * from.PixelStride) };
                var written = new[] { new StridedAxis(from.Maps, window.StrideY * window.StrideX * to.MapStride), new StridedAxis(rows, to.RowStride), new StridedAxis(columns, 1) };
                yield return (StridedCopy.Loops(read, written), KernelClass.Ref(step.From, s), KernelClass.Ref(step.To, d));
            }
        }
    }

    /// <summary>Writes the class <c>Shared</c> with the methods that the text calls.</summary>
    public static void WriteShared(SourceWriter writer, string text)
    {
        bool Calls(string name) => text.Contains($"Shared.{name}(");
        var used = Methods.Where(m => Calls(m.Name)
            || (m.Name == "Copy" && Calls("CopyRuns"))
            || (m.Name == "Fill" && (Calls("Repeat") || Calls("FillRuns")))).ToList();
        if (used.Count == 0)
        {
            return;
        }

        writer.Line();
        writer.Line("/// <summary>What the kernels of every width do alike.</summary>");
        using var block = writer.Open("private static class Shared");
        for (var i = 0; i < used.Count; i++)
        {
            if (i > 0)
            {
                writer.Line();
            }

            writer.Lines(used[i].Text);
        }
    }

    private static StridedAxis[] Axes(TensorLayout layout) =>
        [new(layout.Maps, layout.MapStride), new(layout.Height, layout.RowStride), new(layout.Width, layout.PixelStride)];

    /// <summary>First index and number of the positions i with 0 ≤ i·stride + shift &lt; size, of <paramref name="count"/>.</summary>
    private static (int First, int Count) Inside(int shift, int stride, int count, int size)
    {
        var first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
        var end = size - shift <= 0 ? 0 : Math.Min(count, ((size - shift - 1) / stride) + 1);
        return (first, end - first);
    }

    /// <summary>A C# reference so many floats further.</summary>
    public static string Shift(string reference, int offset) =>
        offset == 0 ? reference : $"ref Unsafe.Add({reference}, {Literals.Int(offset)})";
}

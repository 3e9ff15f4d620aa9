using System.Text;
using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Constant tables, each emitted once and read by every target's kernels. They are copied at first use into one array in which each
/// starts at a multiple of 64 bytes, so that no vector of a table straddles two cache lines: what Roslyn emits is aligned to 8 bytes.
/// <para>
/// In the text they are strings whose characters are the numbers' halves: Roslyn takes a sixth of the time and memory for them that
/// literals of two numbers each need, its next best form. All strings of an assembly share 16 MB, though, so what is beyond this
/// network's share becomes such literals.
/// </para>
/// </summary>
/// <param name="mostInStrings">Numbers that may be kept in strings.</param>
internal sealed class ConstantPool(int mostInStrings)
{
    /// <summary>Longer ones would leave a core alone with them: Roslyn compiles classes side by side.</summary>
    private const int MostInClass = 1 << 18;

    private const int PerLine = 8;

    private readonly List<Table> tables = [];
    private readonly HashSet<string> names = [];
    private int length;

    public bool IsEmpty => tables.Count == 0;

    /// <summary>Adds a table of floats unless it is there, and returns a C# expression for a reference to its first element.</summary>
    public string Floats(string name, Func<IReadOnlyList<float>> values) => Add(name, () => values().Select(Literals.Bits));

    /// <summary>Adds a table of 32-bit integers unless it is there, and returns a C# expression for a reference to its first element.</summary>
    public string Ints(string name, Func<IReadOnlyList<int>> values) =>
        $"ref Unsafe.As<float, int>({Add(name, () => values().Select(v => unchecked((uint)v)))})";

    /// <summary>Adds a table of masks, all bits set where true.</summary>
    public string Masks(string name, Func<IReadOnlyList<bool>> values) => Add(name, () => values().Select(v => v ? uint.MaxValue : 0u));

    public void Write(SourceWriter writer)
    {
        writer.Line("/// <summary>Weights that kernels read from memory, and tables of offsets.</summary>");
        using var block = writer.Open("private static class Constants");
        foreach (var table in tables)
        {
            writer.Line($"internal const int {table.Name} = {Literals.Int(table.Offset)};");
        }

        writer.Lines($$"""

            private static readonly float[] numbers = GC.AllocateArray<float>({{Literals.Int(length + TensorLayout.Block)}}, pinned: true);
            private static readonly int start = Load();

            internal static ref float First => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(numbers), start);

            private static void Copy(ReadOnlySpan<char> table, int to) => MemoryMarshal.AsBytes(table).CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan(to)));

            private static void Copy(ReadOnlySpan<ulong> table, int to) => MemoryMarshal.AsBytes(table).CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan(to)));

            """);
        var inClasses = WriteLoad(writer);
        for (var i = 0; i < inClasses.Count; i++)
        {
            writer.Line();
            using var part = writer.Open($"private static class Part{Literals.Int(i)}");
            using var array = writer.Open("internal static ReadOnlySpan<ulong> Numbers => new ulong[]", end: ";");
            WriteWords(writer, inClasses[i]);
        }
    }

    /// <summary>Writes the method that fills the array.</summary>
    /// <returns>What is to be written as one class each.</returns>
    private List<ArraySegment<uint>> WriteLoad(SourceWriter writer)
    {
        var inClasses = new List<ArraySegment<uint>>();
        using var method = writer.Open("private static int Load()");
        writer.Line("var start = (int)((64 - ((long)Marshal.UnsafeAddrOfPinnedArrayElement(numbers, 0) & 63)) & 63) / 4;");
        var left = mostInStrings;
        foreach (var (name, _, bits) in tables)
        {
            var inString = Math.Min(left, bits.Length);
            left -= inString;
            if (inString > 0)
            {
                writer.Line(text => AppendString(text.Append("Copy(\""), new(bits, 0, inString)).Append("\", start + ").Append(name).Append(");"));
            }

            for (var at = inString; at < bits.Length; at += MostInClass)
            {
                writer.Line($"Copy(Part{Literals.Int(inClasses.Count)}.Numbers, start + {name}{(at == 0 ? string.Empty : $" + {Literals.Int(at)}")});");
                inClasses.Add(new(bits, at, Math.Min(MostInClass, bits.Length - at)));
            }
        }

        writer.Line("return start;");
        return inClasses;
    }

    private string Add(string name, Func<IEnumerable<uint>> bits)
    {
        if (names.Add(name))
        {
            var table = new Table(name, length, bits().ToArray());
            tables.Add(table);
            length += TensorLayout.RoundUp(table.Bits.Length, TensorLayout.Block);
        }

        return $"ref Unsafe.Add(ref {KernelClass.ConstantsName}, Constants.{name})";
    }

    private static StringBuilder AppendString(StringBuilder text, ArraySegment<uint> bits)
    {
        foreach (var number in bits)
        {
            AppendCharacter(text, number & 0xFFFF);
            AppendCharacter(text, number >> 16);
        }

        return text;
    }

    private static void AppendCharacter(StringBuilder text, uint value)
    {
        text.Append("\\u");
        for (var shift = 12; shift >= 0; shift -= 4)
        {
            text.Append("0123456789abcdef"[(int)(value >> shift) & 15]);
        }
    }

    private static void WriteWords(SourceWriter writer, ArraySegment<uint> bits)
    {
        for (var first = 0; first < bits.Count; first += 2 * PerLine)
        {
            var end = Math.Min(bits.Count, first + (2 * PerLine));
            writer.Line(text =>
            {
                for (var i = first; i < end; i += 2)
                {
                    var high = i + 1 < bits.Count ? bits.Array![bits.Offset + i + 1] : 0;
                    AppendWord(text, ((ulong)high << 32) | bits.Array![bits.Offset + i]);
                }
            });
        }
    }

    /// <summary>The suffix saves Roslyn a conversion per number.</summary>
    private static void AppendWord(StringBuilder text, ulong value)
    {
        text.Append("0x");
        var shift = 60;
        while (shift > 0 && (value >> shift) == 0)
        {
            shift -= 4;
        }

        for (; shift >= 0; shift -= 4)
        {
            text.Append("0123456789abcdef"[(int)(value >> shift) & 15]);
        }

        text.Append("UL,");
    }

    /// <param name="Offset">Of its first number in the array.</param>
    private sealed record Table(string Name, int Offset, uint[] Bits);
}

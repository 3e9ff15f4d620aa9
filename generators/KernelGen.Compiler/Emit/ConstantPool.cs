using System.Text;
using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Constant tables, each emitted once and read by every target's kernels. They are copied at first use into one array in which each
/// starts at a multiple of 64 bytes, so that no vector of a table straddles two cache lines: what Roslyn emits is aligned to 8 bytes.
/// <para>
/// In the text they are strings whose characters are the numbers' halves: Roslyn takes a sixth of the time and memory for them that
/// literals of two numbers each need, its next best form. All strings of an assembly share 16 MB, though, so what is beyond this
/// network's share becomes such literals. A table that only some targets read is copied on their machines only.
/// </para>
/// </summary>
internal sealed class ConstantPool(CompilerOptions options)
{
    /// <summary>Longer ones would leave a core alone with them: Roslyn compiles classes side by side.</summary>
    private const int MostInClass = 1 << 18;

    private const int PerLine = 8;

    private const string Digits = "0123456789abcdef";

    private readonly List<Table> tables = [];
    private readonly Dictionary<string, Table> byName = [];
    private int length;
    private int target = -1;

    public bool IsEmpty => tables.Count == 0;

    /// <summary>What is added from now on is for the next of the options' targets.</summary>
    public void BeginTarget() => target++;

    /// <summary>Adds a table of floats unless it is there with the same numbers, and returns a C# expression for a reference to its first element.</summary>
    public string Floats(string name, Func<IReadOnlyList<float>> values) => Add(name, () => values().Select(Literals.Bits));

    /// <summary>Adds a table of 32-bit integers likewise, and returns a C# expression for a reference to its first element.</summary>
    public string Ints(string name, Func<IReadOnlyList<int>> values) =>
        $"ref Unsafe.As<float, int>({Add(name, () => values().Select(v => unchecked((uint)v)))})";

    /// <summary>Adds a table of masks likewise, all bits set where true.</summary>
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
        var parts = new List<ArraySegment<uint>>();
        WriteLoad(writer, parts);
        for (var i = 0; i < parts.Count; i++)
        {
            writer.Line();
            using var part = writer.Open($"private static class Part{Literals.Int(i)}");
            using var array = writer.Open("internal static ReadOnlySpan<ulong> Numbers => new ulong[]", end: ";");
            WriteWords(writer, parts[i]);
        }
    }

    /// <summary>Writes the methods that fill the array: one per set of targets, as the JIT makes a method's strings whether or not it runs.</summary>
    /// <param name="parts">Receives what is to be written as one class each.</param>
    private void WriteLoad(SourceWriter writer, List<ArraySegment<uint>> parts)
    {
        var sets = tables.GroupBy(t => t.Targets).ToList();
        using (writer.Open("private static int Load()"))
        {
            writer.Line("var start = (int)((64 - ((long)Marshal.UnsafeAddrOfPinnedArrayElement(numbers, 0) & 63)) & 63) / 4;");
            foreach (var set in sets)
            {
                var readers = Enumerable.Range(0, options.Targets.Count).Where(i => (set.Key & (1 << i)) != 0).Select(i => $"Target == \"{options.Targets[i]}\"").ToList();
                if (readers.Count == options.Targets.Count)
                {
                    writer.Line($"{MethodFor(set.Key)}(start);");
                    continue;
                }

                using var branch = writer.Open($"if ({string.Join(" || ", readers)})");
                writer.Line($"{MethodFor(set.Key)}(start);");
            }

            writer.Line("return start;");
        }

        var left = options.StringShare;
        foreach (var set in sets)
        {
            writer.Line();
            using var method = writer.Open($"private static void {MethodFor(set.Key)}(int start)");
            foreach (var table in set)
            {
                WriteCopies(writer, table, ref left, parts);
            }
        }
    }

    private string MethodFor(int set) =>
        "LoadFor" + string.Join("_", options.Targets.Where((_, i) => (set & (1 << i)) != 0));

    private static void WriteCopies(SourceWriter writer, Table table, ref int left, List<ArraySegment<uint>> parts)
    {
        // An even number: the other form copies pairs, and must not write beyond the table.
        var inString = left >= table.Bits.Length ? table.Bits.Length : left & ~1;
        left -= inString;
        if (inString > 0)
        {
            writer.Line(text => AppendString(text.Append("Copy(\""), new(table.Bits, 0, inString)).Append("\", start + ").Append(table.Name).Append(");"));
        }

        for (var at = inString; at < table.Bits.Length; at += MostInClass)
        {
            writer.Line($"Copy(Part{Literals.Int(parts.Count)}.Numbers, start + {table.Name}{(at == 0 ? string.Empty : $" + {Literals.Int(at)}")});");
            parts.Add(new(table.Bits, at, Math.Min(MostInClass, table.Bits.Length - at)));
        }
    }

    private string Add(string name, Func<IEnumerable<uint>> bits)
    {
        var numbers = bits().ToArray();
        var unique = name;
        Table? table;
        for (var i = 2; byName.TryGetValue(unique, out table) && !numbers.AsSpan().SequenceEqual(table.Bits); i++)
        {
            // Targets that lay a tensor out differently read other numbers.
            unique = $"{name}_{Literals.Int(i)}";
        }

        if (table is null)
        {
            table = new Table(unique, length, numbers);
            byName.Add(unique, table);
            tables.Add(table);
            length += TensorLayout.RoundUp(numbers.Length, TensorLayout.Block);
        }

        table.Targets |= 1 << target;
        return $"ref Unsafe.Add(ref {KernelClass.ConstantsName}, Constants.{unique})";
    }

    private static StringBuilder AppendString(StringBuilder text, ArraySegment<uint> bits)
    {
        var escapes = @"\u0000\u0000".ToCharArray();
        foreach (var number in bits)
        {
            for (var digit = 0; digit < 4; digit++)
            {
                escapes[5 - digit] = Digits[(int)(number >> (4 * digit)) & 15];
                escapes[11 - digit] = Digits[(int)(number >> (16 + (4 * digit))) & 15];
            }

            text.Append(escapes);
        }

        return text;
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
            text.Append(Digits[(int)(value >> shift) & 15]);
        }

        text.Append("UL,");
    }

    /// <param name="offset">Of its first number in the array.</param>
    private sealed class Table(string name, int offset, uint[] bits)
    {
        public string Name { get; } = name;

        public int Offset { get; } = offset;

        public uint[] Bits { get; } = bits;

        /// <summary>A bit for each of the options' targets that reads it.</summary>
        public int Targets { get; set; }
    }
}

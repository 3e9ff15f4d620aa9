using System.Text;
using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Constant tables, each emitted once and read by every target's kernels. Small ones are 64-bit literals of two numbers each, kept
/// in the assembly's data. Large ones are strings whose characters are the numbers' halves: Roslyn takes a tenth of the time
/// for them. All strings of an assembly, its own included, share 16 MB, so they take half of it at most.
/// </summary>
internal sealed class ConstantPool
{
    private const int PerLine = 8;
    private const int LargeTable = 4_096;
    private const int MostInStrings = 2_000_000;
    private readonly SortedDictionary<string, string> tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint[]> numbers = [];
    private int inStrings;

    public bool IsEmpty => tables.Count == 0;

    /// <summary>Adds a table of floats unless it is there with the same numbers, and returns a C# expression for a reference to its first element.</summary>
    public string Floats(string name, Func<IReadOnlyList<float>> values) => Add(name, "Floats", () => values().Select(Literals.Bits));

    /// <summary>Adds a table of 32-bit integers likewise, and returns a C# expression for a reference to its first element.</summary>
    public string Ints(string name, Func<IReadOnlyList<int>> values) => Add(name, "Ints", () => values().Select(v => unchecked((uint)v)));

    /// <summary>Adds a table of masks, all bits set where true.</summary>
    public string Masks(string name, Func<IReadOnlyList<bool>> values) => Add(name, "Floats", () => values().Select(v => v ? uint.MaxValue : 0u));

    public void Write(SourceWriter writer)
    {
        writer.Line("/// <summary>Weights that kernels read in loops, and tables of offsets.</summary>");
        using var block = writer.Open("private static class Constants");
        writer.Lines("""
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            internal static ref float Floats(ReadOnlySpan<ulong> table) => ref Unsafe.As<ulong, float>(ref MemoryMarshal.GetReference(table));

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            internal static ref float Floats(string table) => ref Unsafe.As<char, float>(ref MemoryMarshal.GetReference(table.AsSpan()));

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            internal static ref int Ints(string table) => ref Unsafe.As<char, int>(ref MemoryMarshal.GetReference(table.AsSpan()));

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            internal static ref int Ints(ReadOnlySpan<ulong> table) => ref Unsafe.As<ulong, int>(ref MemoryMarshal.GetReference(table));
            """);
        foreach (var table in tables)
        {
            writer.Line();
            writer.Lines(table.Value);
        }
    }

    private string Add(string name, string view, Func<IEnumerable<uint>> bits)
    {
        var table = bits().ToArray();
        var unique = name;
        for (var i = 2; numbers.TryGetValue(unique, out var other); i++)
        {
            if (table.AsSpan().SequenceEqual(other))
            {
                return $"ref Constants.{view}(Constants.{unique})";
            }

            // Targets that lay a tensor out differently read other numbers.
            unique = $"{name}_{Literals.Int(i)}";
        }

        var isString = table.Length >= LargeTable && inStrings + table.Length <= MostInStrings;
        inStrings += isString ? table.Length : 0;
        numbers.Add(unique, table);
        tables.Add(unique, isString ? FormatString(unique, table) : FormatWords(unique, table));
        return $"ref Constants.{view}(Constants.{unique})";
    }

    private static string FormatString(string name, uint[] bits)
    {
        var text = new StringBuilder(bits.Length * 12);
        text.Append("internal static string ").Append(name).Append(" => \"");
        foreach (var number in bits)
        {
            AppendCharacter(text, number & 0xFFFF);
            AppendCharacter(text, number >> 16);
        }

        return text.Append("\";").ToString();
    }

    private static void AppendCharacter(StringBuilder text, uint value)
    {
        text.Append("\\u");
        for (var shift = 12; shift >= 0; shift -= 4)
        {
            text.Append("0123456789abcdef"[(int)(value >> shift) & 15]);
        }
    }

    private static string FormatWords(string name, uint[] bits)
    {
        var text = new StringBuilder();
        text.Append("internal static ReadOnlySpan<ulong> ").Append(name).Append(" => new ulong[]\n{\n");
        var words = (TensorLayout.RoundUp(bits.Length, 2) / 2) + 1; // one word more, so that no table is empty
        for (var w = 0; w < words; w++)
        {
            var low = 2 * w < bits.Length ? bits[2 * w] : 0;
            ulong high = (2 * w) + 1 < bits.Length ? bits[(2 * w) + 1] : 0;
            text.Append(w % PerLine == 0 ? "    " : " ");
            AppendHex(text, (high << 32) | low);
            text.Append(w % PerLine == PerLine - 1 || w == words - 1 ? ",\n" : ",");
        }

        return text.Append("};").ToString();
    }

    private static void AppendHex(StringBuilder text, ulong value)
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
    }
}

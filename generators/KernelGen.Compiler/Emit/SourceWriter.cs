using System.Text;

namespace KernelGen.Compiler.Emit;

/// <summary>Indented text with LF line ends, whatever the machine.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder text = new();
    private int indent;

    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            text.Append(' ', indent * 4).Append(line);
        }

        text.Append('\n');
    }

    /// <summary>A line that is long enough to be written piece by piece.</summary>
    public void Line(Action<StringBuilder> write)
    {
        text.Append(' ', indent * 4);
        write(text);
        text.Append('\n');
    }

    /// <summary>Several lines, indented as a whole.</summary>
    public void Lines(string lines)
    {
        foreach (var line in lines.Replace("\r\n", "\n").Split('\n'))
        {
            Line(line);
        }
    }

    /// <summary>A line, and a brace block that ends when the result is disposed of.</summary>
    /// <param name="end">What the closing brace is followed by.</param>
    public Block Open(string line, string end = "")
    {
        Line(line);
        return Begin(end);
    }

    public Block Open() => Begin(string.Empty);

    public override string ToString() => text.ToString();

    private Block Begin(string end)
    {
        Line("{");
        indent++;
        return new Block(this, end);
    }

    public readonly struct Block(SourceWriter writer, string end) : IDisposable
    {
        public void Dispose()
        {
            writer.indent--;
            writer.Line("}" + end);
        }
    }
}

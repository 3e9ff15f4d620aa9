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

    /// <summary>Several lines, indented as a whole.</summary>
    public void Lines(string lines)
    {
        foreach (var line in lines.Replace("\r\n", "\n").Split('\n'))
        {
            Line(line);
        }
    }

    /// <summary>A line, and a brace block that ends when the result is disposed of.</summary>
    public Block Open(string line)
    {
        Line(line);
        return Open();
    }

    public Block Open()
    {
        Line("{");
        indent++;
        return new Block(this);
    }

    public override string ToString() => text.ToString();

    public readonly struct Block(SourceWriter writer) : IDisposable
    {
        public void Dispose()
        {
            writer.indent--;
            writer.Line("}");
        }
    }
}

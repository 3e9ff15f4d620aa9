using System.Text;

namespace KernelGen.Search.Study.Document;

/// <summary>Markdown with numbers that are the same under every culture.</summary>
internal sealed class Markdown
{
    private readonly StringBuilder text = new();

    public void Heading(int level, string title) => text.Append(new string('#', level)).Append(' ').Append(title).Append("\n\n");

    public void Paragraph(FormattableString paragraph) => Paragraph(FormattableString.Invariant(paragraph));

    public void Paragraph(string paragraph) => text.Append(paragraph).Append("\n\n");

    public void Picture(string description, string path) => text.Append("![").Append(description).Append("](").Append(path).Append(")\n\n");

    public void Code(IEnumerable<string> lines) => text.Append("```sh\n").AppendJoin('\n', lines).Append("\n```\n\n");

    /// <param name="words">How many of the first columns hold words; the others hold figures.</param>
    public void Table(string[] columns, IEnumerable<string[]> rows, int words = 1)
    {
        Line(columns);
        Line([.. columns.Select((_, i) => i < words ? "---" : "--:")]);
        foreach (var row in rows)
        {
            Line(row);
        }

        text.Append('\n');

        void Line(string[] cells) => text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    public void List(IEnumerable<string> items)
    {
        foreach (var item in items)
        {
            text.Append("- ").Append(item).Append('\n');
        }

        text.Append('\n');
    }

    public override string ToString() => text.ToString().TrimEnd('\n') + "\n";
}

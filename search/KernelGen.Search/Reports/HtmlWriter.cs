using System.Globalization;
using System.Net;
using System.Text;

namespace KernelGen.Search.Reports;

/// <summary>HTML piece by piece: every inserted value is encoded, and reads the same under every culture.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder html = new();

    /// <summary>Markup as it is.</summary>
    public HtmlWriter Raw(string markup)
    {
        html.Append(markup);
        return this;
    }

    /// <summary>Markup with values; only the values are encoded.</summary>
    public HtmlWriter Text(FormattableString text)
    {
        var values = text.GetArguments().Select(a => (object)Encode(Convert.ToString(a, CultureInfo.InvariantCulture) ?? ""));
        html.Append(string.Format(CultureInfo.InvariantCulture, text.Format, values.ToArray()));
        return this;
    }

    /// <summary>A picture with what it shows below it.</summary>
    public HtmlWriter Figure(string svg, FormattableString caption) =>
        Raw("<figure>\n").Raw(svg).Raw("<figcaption>").Text(caption).Raw("</figcaption>\n</figure>\n");

    /// <summary>A table whose first column names the rows. It scrolls by itself where the page is too narrow for it.</summary>
    /// <param name="columns">Their heads.</param>
    /// <param name="words">Which columns, apart from the first, hold words: those are flush left.</param>
    public HtmlWriter Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, params int[] words)
    {
        Raw("<div class=\"wide\"><table>\n<tr>");
        for (var i = 0; i < columns.Count; i++)
        {
            Cell("th", columns[i], words.Contains(i));
        }

        Raw("</tr>\n");
        foreach (var row in rows)
        {
            Raw("<tr>");
            for (var i = 0; i < row.Count; i++)
            {
                Cell(i == 0 ? "th" : "td", row[i], words.Contains(i));
            }

            Raw("</tr>\n");
        }

        return Raw("</table></div>\n");
    }

    public override string ToString() => html.ToString();

    private void Cell(string tag, string text, bool isWords) =>
        html.Append('<').Append(tag).Append(isWords ? " class=\"words\">" : ">").Append(Encode(text)).Append("</").Append(tag).Append('>');

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}

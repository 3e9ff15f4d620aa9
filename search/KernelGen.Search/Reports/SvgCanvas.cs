using System.Globalization;
using System.Net;
using System.Text;

namespace KernelGen.Search.Reports;

/// <summary>
/// Scalable drawing in the page itself. Text stays text, laid out by the browser, so the picture needs no font, no native
/// library and no external file; plotting libraries that lay text out themselves lose it on machines without fonts.
/// </summary>
internal sealed class SvgCanvas(double width, double height, string description)
{
    private readonly StringBuilder body = new();

    public double Width { get; } = width;

    public double Height { get; } = height;

    public void Line(double x1, double y1, double x2, double y2, string css) =>
        body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" class=\"{css}\"/>\n");

    public void Polyline(IEnumerable<(double X, double Y)> points, string css)
    {
        body.Append("<polyline points=\"");
        foreach (var (x, y) in points)
        {
            body.Append(CultureInfo.InvariantCulture, $"{x:0.##},{y:0.##} ");
        }

        body.Append(CultureInfo.InvariantCulture, $"\" class=\"{css}\"/>\n");
    }

    /// <summary>A rectangle with a tooltip.</summary>
    public void Bar(double x, double y, double w, double h, string css, string tooltip) =>
        body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(0, w):0.##}\" height=\"{h:0.##}\" class=\"{css}\">")
            .Append(CultureInfo.InvariantCulture, $"<title>{WebUtility.HtmlEncode(tooltip)}</title></rect>\n");

    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>: which point of the text lies at <paramref name="x"/>.</param>
    public void Text(double x, double y, string text, string anchor = "start", string css = "label") =>
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" text-anchor=\"{anchor}\" class=\"{css}\">{WebUtility.HtmlEncode(text)}</text>\n");

    /// <summary>Text that reads upwards, centred on the point.</summary>
    public void VerticalText(double x, double y, string text) =>
        body.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate({x:0.##} {y:0.##}) rotate(-90)\" text-anchor=\"middle\" class=\"label\">{WebUtility.HtmlEncode(text)}</text>\n");

    /// <summary>A marker about 8 units across.</summary>
    public void Marker(double x, double y, MarkerShape shape, string css)
    {
        body.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x:0.##} {y:0.##}");
        body.Append(shape switch
        {
            MarkerShape.Circle => "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
            MarkerShape.Triangle => "m0 -4.5l4.2 7.5h-8.4z",
            MarkerShape.Square => "m-3.4 -3.4h6.8v6.8h-6.8z",
            MarkerShape.Diamond => "m0 -5l5 5l-5 5l-5 -5z",
            MarkerShape.DownTriangle => "m0 4.5l4.2 -7.5h-8.4z",
            MarkerShape.Cross => "m-4 -4l8 8m-8 0l8 -8",
            MarkerShape.Plus => "m-5 0h10m-5 -5v10",
            MarkerShape.Hexagon => "m-4.6 0l2.3 -4h4.6l2.3 4l-2.3 4h-4.6z",
            _ => "m0 -5.6l1.5 3.6l3.9 .4l-3 2.6l.9 3.8l-3.3 -2l-3.3 2l.9 -3.8l-3 -2.6l3.9 -.4z",
        });
        body.Append(CultureInfo.InvariantCulture, $"\" class=\"{css}\"/>\n");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"<svg viewBox=\"0 0 {Width:0.##} {Height:0.##}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(description)}\">\n{body}</svg>\n");
}

internal enum MarkerShape
{
    Circle,
    Triangle,
    Square,
    Diamond,
    DownTriangle,
    Cross,
    Plus,
    Hexagon,
    Star,
}

namespace KernelGen.Search.Reports;

/// <summary>A picture with two axes, a grid, and a legend below. Values are drawn by the caller, through the axes.</summary>
internal sealed class Chart
{
    public const double Width = 760;

    private const double Left = 64;
    private const double Right = 738;
    private const double Top = 14;
    private const double Bottom = 350;
    private const double LegendTop = Bottom + 66;
    private const double LegendRow = 22;

    private readonly Axis x;
    private readonly Axis y;

    /// <param name="description">What the picture shows, for those who cannot see it.</param>
    /// <param name="xValues">What the horizontal axis has to hold.</param>
    /// <param name="yValues">What the vertical axis has to hold.</param>
    /// <param name="fromZero">Whether the vertical axis begins at zero.</param>
    public Chart(
        string description,
        IEnumerable<double> xValues,
        string xLabel,
        IEnumerable<double> yValues,
        string yLabel,
        IReadOnlyList<LegendEntry> legend,
        bool fromZero = false)
    {
        x = Axis.Of(xValues, Left, Right);
        y = Axis.Of(yValues, Bottom, Top, fromZero);
        var places = Places(legend);
        Svg = new SvgCanvas(Width, places.Count == 0 ? Bottom + 52 : places[^1].Y + 14, description);
        Frame(xLabel, yLabel);
        foreach (var (entry, place) in legend.Zip(places))
        {
            if (entry.Shape is { } shape)
            {
                Svg.Marker(place.X + 17, place.Y, shape, entry.Css);
            }
            else
            {
                Svg.Line(place.X, place.Y, place.X + 34, place.Y, entry.Css);
            }

            Svg.Text(place.X + LegendEntry.Indent, place.Y + 4, entry.Text);
        }
    }

    public SvgCanvas Svg { get; }

    public double X(double value) => x.At(value);

    public double Y(double value) => y.At(value);

    public void Marker(double xValue, double yValue, MarkerShape shape, string css) => Svg.Marker(X(xValue), Y(yValue), shape, css);

    public void Polyline(IEnumerable<(double X, double Y)> points, string css) => Svg.Polyline(points.Select(p => (X(p.X), Y(p.Y))), css);

    /// <summary>Text below a point and to its left, where a front has nothing else; to its right at the picture's left end.</summary>
    public void Label(double xValue, double yValue, string text)
    {
        var isLeft = X(xValue) < Left + 40;
        Svg.Text(X(xValue) + (isLeft ? 7 : -7), Math.Min(Bottom - 4, Y(yValue) + 15), text, isLeft ? "start" : "end", "halo strong");
    }

    /// <summary>A line across the picture at one height, named at its right end.</summary>
    public void Level(double yValue, string css, string text)
    {
        Svg.Line(Left, Y(yValue), Right, Y(yValue), css);
        Svg.Text(Right - 4, Y(yValue) - 4, text, "end", "tick halo");
    }

    /// <summary>A line up the picture at one place, named at its foot.</summary>
    public void Upright(double xValue, string css, string text)
    {
        Svg.Line(X(xValue), Bottom, X(xValue), Top, css);
        var isRight = X(xValue) > (Left + Right) / 2;
        Svg.Text(X(xValue) + (isRight ? -6 : 6), Bottom - 6, text, isRight ? "end" : "start", "tick halo");
    }

    public override string ToString() => Svg.ToString();

    private void Frame(string xLabel, string yLabel)
    {
        foreach (var tick in x.Ticks)
        {
            Svg.Line(X(tick), Top, X(tick), Bottom, "grid");
            Svg.Text(X(tick), Bottom + 18, x.Label(tick), "middle", "tick");
        }

        foreach (var tick in y.Ticks)
        {
            Svg.Line(Left, Y(tick), Right, Y(tick), "grid");
            Svg.Text(Left - 6, Y(tick) + 4, y.Label(tick), "end", "tick");
        }

        Svg.Line(Left, Bottom, Right, Bottom, "axis");
        Svg.Line(Left, Top, Left, Bottom, "axis");
        Svg.Text((Left + Right) / 2, Bottom + 42, xLabel, "middle");
        Svg.VerticalText(16, (Top + Bottom) / 2, yLabel);
    }

    /// <summary>Entries from left to right, in as many rows as they need.</summary>
    private static List<(double X, double Y)> Places(IReadOnlyList<LegendEntry> legend)
    {
        var places = new List<(double, double)>();
        var (at, row) = (Left, LegendTop);
        foreach (var entry in legend)
        {
            if (at > Left && at + entry.Width > Width)
            {
                (at, row) = (Left, row + LegendRow);
            }

            places.Add((at, row));
            at += entry.Width;
        }

        return places;
    }
}

/// <summary>One entry of a legend.</summary>
/// <param name="Shape">Null: a piece of line.</param>
/// <param name="Css">As in the picture.</param>
internal sealed record LegendEntry(string Text, MarkerShape? Shape, string Css)
{
    /// <summary>From the entry's left end to its text.</summary>
    public const double Indent = 40;

    private const double CharacterWidth = 6.6;

    /// <summary>Canvas units to the next entry.</summary>
    public double Width => Indent + (Text.Length * CharacterWidth) + 14;
}

namespace KernelGen.Search.Reports;

/// <summary>One axis of a chart: from values to canvas units, with round ticks.</summary>
internal sealed class Axis
{
    private readonly double low;
    private readonly double high;
    private readonly double start;
    private readonly double end;
    private readonly bool logarithmic;

    private Axis(double low, double high, double start, double end, bool logarithmic)
    {
        (this.low, this.high, this.start, this.end, this.logarithmic) = (low, high, start, end, logarithmic);
    }

    /// <summary>Round values within the axis.</summary>
    public IReadOnlyList<double> Ticks { get; private init; } = [];

    /// <summary>A tick's value in words: with as many decimals as tell it from its neighbours.</summary>
    public string Label(double tick) => Ticks.Select(Numbers.Short).Distinct().Count() == Ticks.Count
        ? Numbers.Short(tick)
        : Numbers.Fixed(tick, Math.Max(0, -(int)Math.Floor(Math.Log10(Ticks[1] - Ticks[0]))));

    /// <summary>
    /// An axis that holds all of the values: linear, or logarithmic when positive values span more than a factor of six.
    /// </summary>
    /// <param name="start">Canvas position of the low end.</param>
    /// <param name="end">Canvas position of the high end.</param>
    /// <param name="fromZero">Whether the axis is linear and begins at zero.</param>
    public static Axis Of(IEnumerable<double> values, double start, double end, bool fromZero = false)
    {
        var all = values.DefaultIfEmpty(0).ToList();
        var (min, max) = (all.Min(), all.Max());
        if (!fromZero && min > 0 && max / min > 6)
        {
            var ticks = LogarithmicTicks(min, max);
            return new Axis(Math.Min(min, ticks[0]), Math.Max(max, ticks[^1]), start, end, true) { Ticks = ticks };
        }

        min = fromZero ? Math.Min(0, min) : min;
        max = max > min ? max : min + 1;
        var step = RoundStep((max - min) / 5);
        var (low, high) = (Math.Floor(min / step) * step, Math.Ceiling(max / step) * step);
        var count = (int)Math.Round((high - low) / step);
        return new Axis(low, high, start, end, false) { Ticks = [.. Enumerable.Range(0, count + 1).Select(i => low + (i * step))] };
    }

    public double At(double value)
    {
        var fraction = logarithmic ? Math.Log(value / low) / Math.Log(high / low) : (value - low) / (high - low);
        return start + (fraction * (end - start));
    }

    private static double RoundStep(double raw)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var digit = raw / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }

    private static List<double> LogarithmicTicks(double min, double max)
    {
        var ticks = new List<double>();
        for (var exponent = (int)Math.Floor(Math.Log10(min)); exponent <= (int)Math.Ceiling(Math.Log10(max)); exponent++)
        {
            ticks.AddRange(new[] { 1, 2, 5 }.Select(digit => digit * Math.Pow(10, exponent)));
        }

        var first = Math.Max(0, ticks.FindLastIndex(t => t <= min));
        var last = ticks.FindIndex(t => t >= max);
        return ticks.GetRange(first, last - first + 1);
    }
}

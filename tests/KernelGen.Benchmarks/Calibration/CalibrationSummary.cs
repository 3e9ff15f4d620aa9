namespace KernelGen.Benchmarks.Calibration;

/// <summary>Where the cost model was wrong, and how much that costs.</summary>
internal static class CalibrationSummary
{
    public static void Write(IReadOnlyList<CalibrationRow> rows)
    {
        var wrong = rows.Where(r => r.IsChosenWrongly).OrderByDescending(r => r.Cost).ToList();
        Line($"{rows.Count} layers: {rows.Count(r => r.IsRankedWrongly)} ranked wrongly; {wrong.Count} where another choice is faster than the chosen one");
        foreach (var row in wrong)
        {
            var best = row.Candidates.MinBy(c => c.Microseconds)!;
            Line($"  {row.Layer}: {row.Chosen.Schedule} takes {row.Cost - 1:0%} longer than {best.Schedule} (by the option {best.Choice})");
        }

        // The estimate's unit is the cycle: a figure that is not the same everywhere is what ranks wrongly.
        foreach (var schedule in rows.SelectMany(r => r.Schedules).GroupBy(c => c.Schedule))
        {
            var rates = schedule.Select(c => c.Cycles / c.Microseconds).Order().ToList();
            Line($"{schedule.Key}: estimated cycles per measured µs from {rates[0]:0} to {rates[^1]:0}, median {rates[rates.Count / 2]:0}, over {rates.Count} layers");
        }
    }

    private static void Line(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}

using System.Text.Json.Serialization;
using KernelGen.Compiler;

namespace KernelGen.Benchmarks.Calibration;

/// <summary>One schedule of a layer.</summary>
/// <param name="Choice">The option that gave it.</param>
/// <param name="Schedule">Its name in the plan.</param>
/// <param name="Cycles">As the compiler estimates.</param>
/// <param name="Microseconds">In place, or alone if the layer cannot follow itself.</param>
internal sealed record Candidate(ScheduleChoice Choice, string Schedule, long Cycles, double Microseconds)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Schedule} {Cycles,9} cycles {Microseconds,8:0.00} µs {Cycles / Microseconds,5:0}/µs");
}

/// <summary>All schedules of one layer.</summary>
internal sealed record CalibrationRow(string Layer, IReadOnlyList<Candidate> Candidates)
{
    /// <summary>Times are not told apart any closer.</summary>
    private const double Noise = 1.03;

    [JsonIgnore]
    public static string Header { get; } = $"{"layer",-34} {"chosen",-10} {"costs",6} candidates: estimated cycles, measured time, cycles per µs (even figures are what a good model gives)";

    [JsonIgnore]
    public Candidate Chosen => Candidates.Single(c => c.Choice == ScheduleChoice.Auto);

    /// <summary>The faster code of each schedule: written out on demand, every weight is a literal, which is slow on some targets.</summary>
    [JsonIgnore]
    public IEnumerable<Candidate> Schedules => Candidates.GroupBy(c => c.Schedule).Select(g => g.MinBy(c => c.Microseconds)!);

    /// <summary>Time of the chosen schedule over the least of all.</summary>
    public double Cost => Chosen.Microseconds / Candidates.Min(c => c.Microseconds);

    /// <summary>Whether the estimate calls one cheaper that takes longer.</summary>
    public bool IsRankedWrongly => Schedules.Any(a => Schedules.Any(b => a.Cycles < b.Cycles && a.Microseconds > b.Microseconds * Noise));

    /// <summary>Whether another choice would have been faster.</summary>
    public bool IsChosenWrongly => Cost > Noise;

    public override string ToString() => FormattableString.Invariant(
        $"{Layer,-34} {Chosen.Schedule,-10} {(IsChosenWrongly ? FormattableString.Invariant($"+{Cost - 1:0%}") : ""),6} {string.Join(" | ", Candidates.Select(c => $"{c.Choice}: {c}"))}{(IsRankedWrongly ? "  RANKED WRONGLY" : "")}");
}

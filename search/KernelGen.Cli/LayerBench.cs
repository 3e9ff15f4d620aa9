using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>The time of each layer of a model's generated code, for <c>bench --layers</c>.</summary>
internal static class LayerBench
{
    public static void Run(string path, NetworkDescription description, CompilerOptions options, int rounds, bool json, CancellationToken cancellation)
    {
        var times = LayerTimer.Measure(description, options, new TimingOptions { Rounds = rounds }, cancellation);
        if (json)
        {
            Output.Json(new Result(
                path,
                [.. times.Layers.Select(l => new Row(l.Layer.Name, l.Layer.Operator, l.Layer.Schedule, l.Layer.MacsLeft, l.Microseconds))],
                times.Sum,
                times.Whole,
                times.Core));
            return;
        }

        Output.Table(
            ["layer", "operator", "schedule", "µs", "share", "multiply-adds", "10⁹/s"],
            times.Layers.Select(l => new[]
            {
                l.Layer.Name, l.Layer.Operator, l.Layer.Schedule, Invariant($"{l.Microseconds:0.00}"), Invariant($"{100 * l.Microseconds / times.Sum:0.0}%"),
                l.Layer.MacsLeft == 0 ? "" : Invariant($"{l.Layer.MacsLeft:N0}"),
                l.Layer.MacsLeft == 0 ? "" : Invariant($"{l.Layer.MacsLeft / l.Microseconds / 1000:0.0}"),
            }).Append(["all", "", "", Invariant($"{times.Sum:0.00}"), "100.0%", Invariant($"{times.Layers.Sum(l => l.Layer.MacsLeft):N0}"), ""]),
            "operator", "schedule");
        var where = times.Core < 0 ? "not pinned to a core" : Invariant($"on core {times.Core}");
        Output.Line($"The whole network takes {times.Whole:0.00} µs without the clock between its layers. Means over the fastest tenth of the runs, {where}.");
    }

    /// <param name="Sum">Microseconds of all layers.</param>
    /// <param name="Whole">Microseconds of the whole network, timed without the clock between its layers.</param>
    private sealed record Result(string Model, IReadOnlyList<Row> Layers, double Sum, double Whole, int Core);

    private sealed record Row(string Layer, string Operator, string Schedule, long Macs, double Microseconds);
}

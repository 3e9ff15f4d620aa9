using System.CommandLine;
using KernelGen.Benchmarks.Layers;
using KernelGen.Benchmarks.Machine;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Calibration;

/// <summary>The compiler's cost model against measured times.</summary>
internal static class CalibrateCommand
{
    private const int Seed = 1;

    /// <summary>A layer of more weights is not written out: it would compile for minutes, and no one would choose it.</summary>
    private const int MostUnrolledWeights = 6_000;

    public static Command Create() => CommonOptions.OverLayers(
        "calibrate",
        "Checks the compiler's cost model: every schedule of single layers, its estimated cycles and its time, and where the cheaper one by the "
        + "estimate is the slower one.",
        Layers,
        Run);

    /// <summary>Layers on both sides of every choice: few and many maps, large and small, numbers that fill vectors and that do not.</summary>
    private static IEnumerable<LayerCase> Layers(bool quick) =>
        from stride in quick ? new[] { 1 } : [1, 2]
        from kernel in new[] { 3, 1 }
        from sparsity in kernel == 1 ? new[] { LayerSparsity.Dense, LayerSparsity.Weights } : Enum.GetValues<LayerSparsity>()
        from maps in quick ? new[] { 16, 64 } : [8, 16, 32, 43, 64, 83, 128]
        from size in quick ? new[] { 16 } : [32, 16, 8]
        select new LayerCase(kernel, maps, size, stride, sparsity);

    private static int Run(IReadOnlyList<LayerCase> layers, string? json)
    {
        var rows = new List<CalibrationRow>();
        Console.WriteLine(CalibrationRow.Header);
        foreach (var layer in layers)
        {
            rows.Add(Measure(layer));
            Console.WriteLine(rows[^1]);
        }

        Results.Write(json, rows);
        CalibrationSummary.Write(rows);
        return 0;
    }

    private static CalibrationRow Measure(LayerCase layer)
    {
        var alone = layer.Describe();
        var inputs = NetworkVerifier.RandomSamples(alone, Seed, 1)[0];
        var one = Interpreter.Run(NetworkGraph.Create(alone), inputs)[0];
        using var several = new OnnxRuntimeNetwork(layer.Describe(layer.CanRepeat ? LayerVariant.LongChain : 1), inputs);
        var variants = Enum.GetValues<ScheduleChoice>()
            .Where(s => s != ScheduleChoice.Unrolled || layer.Weights <= MostUnrolledWeights)
            .Select(s => (Choice: s, Code: new LayerVariant(layer, s, inputs)))
            .DistinctBy(v => v.Code.Code)
            .ToList();
        try
        {
            foreach (var (choice, code) in variants)
            {
                var difference = code.Difference(inputs, one, several.Outputs[0]);
                if (!(difference <= OutputComparison.DefaultTolerance))
                {
                    throw new InvalidOperationException(FormattableString.Invariant($"{layer.Name}, schedule {choice}: differs from the reference by {difference:0.0e+0}."));
                }
            }

            var times = Timing.Minima(Timing.Layer, variants.SelectMany(v => v.Code.Timed));
            var each = variants[0].Code.Timed.Count;
            return new CalibrationRow(layer.Name, [.. variants.Select((v, i) => new Candidate(
                v.Choice, v.Code.Plan.Schedule, v.Code.Plan.EstimatedCycles, v.Code.InPlace(times.AsSpan(i * each)) ?? times[i * each]))]);
        }
        finally
        {
            variants.ForEach(v => v.Code.Dispose());
        }
    }
}

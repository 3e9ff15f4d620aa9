using System.CommandLine;
using KernelGen.Benchmarks.Machine;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Layers;

/// <summary>Single layers against the measured peak and ONNX Runtime.</summary>
internal static class LayersCommand
{
    private const int Seed = 1;

    public static Command Create() => CommonOptions.OverLayers(
        "layers",
        "Single convolutions: time and share of the measured multiply-add peak, in place (what a layer adds to a network of equal ones) "
        + "and alone (a network of that layer only, which copies its input and output between layouts).",
        LayerCase.All,
        Run);

    private static int Run(IReadOnlyList<LayerCase> layers, string? json)
    {
        var rows = new List<LayerRow>();
        Console.WriteLine(LayerRow.Header);
        foreach (var layer in layers)
        {
            rows.Add(Measure(layer));
            Console.WriteLine(rows[^1]);
        }

        Results.Write(json, rows);
        Summary(rows);
        var wrong = rows.Where(r => r.Difference > OutputComparison.DefaultTolerance).ToList();
        wrong.ForEach(r => Console.Error.WriteLine(FormattableString.Invariant($"{r.Layer}: differs from the reference by {r.Difference:0.0e+0}.")));
        return wrong.Count == 0 ? 0 : 1;
    }

    private static LayerRow Measure(LayerCase layer)
    {
        var alone = layer.Describe();
        var inputs = NetworkVerifier.RandomSamples(alone, Seed, 1)[0];
        using var ours = new LayerVariant(layer, ScheduleChoice.Auto, inputs);
        using var theirs = new OnnxRuntimeNetwork(alone, inputs);
        using var theirsShort = new OnnxRuntimeNetwork(layer.Describe(layer.CanRepeat ? LayerVariant.ShortChain : 1), inputs);
        using var theirsLong = new OnnxRuntimeNetwork(layer.Describe(layer.CanRepeat ? LayerVariant.LongChain : 1), inputs);
        var reference = Interpreter.Run(NetworkGraph.Create(alone), inputs)[0];
        var difference = ours.Difference(inputs, reference, theirsLong.Outputs[0]);

        var times = Timing.Minima(
            Timing.Layer,
            [MultiplyAddPeak.Timed, new("ORT", theirs.Run), new("ORT, short chain", theirsShort.Run), new("ORT, long chain", theirsLong.Run), .. ours.Timed]);
        return new LayerRow(
            layer.Name,
            ours.AlonePlan.Schedule == ours.Plan.Schedule ? ours.Plan.Schedule : $"{ours.Plan.Schedule}/{ours.AlonePlan.Schedule}",
            difference,
            2 * ours.Plan.MacsLeft,
            MultiplyAddPeak.Gflops(times[0]),
            times[4],
            ours.InPlace(times.AsSpan(4)),
            times[1],
            layer.CanRepeat ? (times[3] - times[2]) / LayerVariant.More : null);
    }

    private static void Summary(List<LayerRow> rows)
    {
        foreach (var (name, shares) in new[] { ("in place", rows.Where(r => r.InPlaceShare is not null).Select(r => r.InPlaceShare!.Value)), ("alone", rows.Select(r => r.AloneShare)) })
        {
            var sorted = shares.Order().ToList();
            if (sorted.Count > 0)
            {
                Console.WriteLine(FormattableString.Invariant(
                    $"{name}: {sorted.Count} layers, least {sorted[0]:0%}, median {sorted[sorted.Count / 2]:0%}, {sorted.Count(s => s >= 0.85)} of them ≥ 85% and {sorted.Count(s => s >= 0.8)} ≥ 80% of the measured peak"));
            }
        }

        Console.WriteLine("Least times of one interleaved run on one core, the peak's among them; multiply-adds with weights that exist.");
    }
}

using System.CommandLine;
using KernelGen.Benchmarks.Machine;
using KernelGen.Compiler;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Layers;

/// <summary>Single layers against the measured peak and ONNX Runtime.</summary>
internal static class LayersCommand
{
    private const int Chain = 3;
    private const int Seed = 1;

    public static Command Create()
    {
        var command = new Command(
            "layers",
            "Single convolutions: time and share of the measured multiply-add peak, in place (what a layer adds to a network of equal ones) "
            + "and alone (a network of that layer only, which copies its input and output between layouts).");
        var quick = new Option<bool>("--quick") { Description = "A few of them." };
        var only = new Option<string>("--only") { Description = "Only layers with this in their name, e.g. \"3×3 64\".", DefaultValueFactory = _ => "" };
        var json = new Option<string?>("--json") { Description = "Also write the rows to this file.", HelpName = "FILE" };
        command.Options.Add(quick);
        command.Options.Add(only);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var layers = LayerCase.All(parsed.GetValue(quick)).Where(l => l.Name.Contains(parsed.GetRequiredValue(only), StringComparison.Ordinal));
            return Run([.. layers], parsed.GetValue(json));
        });
        return command;
    }

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
        var inputs = NetworkVerifier.RandomSamples(alone, Seed, 1);
        using var ours = CompiledNetwork.Load(alone);
        using var theirs = new OnnxRuntimeNetwork(alone, inputs[0]);
        var difference = NetworkVerifier.Verify(ours, inputs).RelativeDifference;
        List<TimedInference> timed = [MultiplyAddPeak.Timed, TimedInference.Of("ours", ours, inputs[0]), new("ONNX Runtime", theirs.Run)];
        if (!layer.CanRepeat)
        {
            var times = Timing.Minima(Timing.Layer, timed);
            return Row(layer, ours, difference, times, null, null);
        }

        // The budget is the network's: as much for each layer as it has alone.
        var options = new CompilerOptions { Targets = [HostTarget.Name], UnrollBudget = Chain * new CompilerOptions().UnrollBudget };
        var chain = layer.Describe(Chain);
        using var oursChained = CompiledNetwork.Load(chain, options);
        using var theirsChained = new OnnxRuntimeNetwork(chain, inputs[0]);
        theirsChained.Run();
        var chained = OutputComparison.Compare(layer.Name, theirsChained.Outputs[0], oursChained.Run(inputs[0])[0]).RelativeDifference;
        timed.Add(TimedInference.Of("ours, chained", oursChained, inputs[0]));
        timed.Add(new("ONNX Runtime, chained", theirsChained.Run));
        var all = Timing.Minima(Timing.Layer, timed);
        double InPlace(int one, int several) => (all[several] - all[one]) / (Chain - 1);
        return Row(layer, ours, Math.Max(difference, chained), all, InPlace(1, 3), InPlace(2, 4));
    }

    private static LayerRow Row(LayerCase layer, CompiledNetwork ours, double difference, double[] times, double? inPlace, double? theirsInPlace)
    {
        var conv = ours.Source.Plan.Layers.Single(l => l.MacsDense > 0);
        return new LayerRow(
            layer.Name, conv.Schedule, difference, 2 * conv.MacsLeft, MultiplyAddPeak.Operations / times[0] / 1000,
            times[1], inPlace, times[2], theirsInPlace);
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

using System.CommandLine;
using KernelGen.Runtime;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>The time of a model's generated code, alone or against another's.</summary>
internal static class BenchCommand
{
    private const int Seed = 1;
    private const int CheckedSamples = 3;

    public static Command Create()
    {
        var command = new ExampleCommand(
            "bench",
            "Times one inference of a model's generated code on one core. Its outputs are first held against the reference: wrong code is not timed (exit code 1). "
            + "With --build it measures what the code costs to make and to start instead.",
            ("One model", "kernelgen bench pruned.kgn"),
            ("Two in turn, with their ratio", "kernelgen bench pruned.kgn --against dense.kgn"),
            ("Where the time goes, layer by layer", "kernelgen bench pruned.kgn --layers"),
            ("What another schedule would give", "kernelgen bench pruned.kgn --schedule unrolled --json"),
            ("Images per second on four threads", "kernelgen bench pruned.kgn --batch 256 --threads 4"),
            ("Compile time, size and first inference", "kernelgen bench --build pruned.kgn"),
            ("How these grow with the number of weights", "kernelgen bench --build"));
        var model = new ModelArgument(command, isOptional: true);
        var build = new BuildOptions(command);
        var against = new Option<string?>("--against") { Description = "A second model, timed in turn with the first.", HelpName = "OTHER" };
        var rounds = NumberOption.Create("--rounds", "How many times each is timed.", new TimingOptions().Rounds, least: 1);
        var layers = new Option<bool>("--layers") { Description = "Show the time of each layer, in its place in the network." };
        var batch = new BatchOptions(command);
        var json = JsonOption.Create();
        command.Options.Add(against);
        command.Options.Add(rounds);
        command.Options.Add(layers);
        command.Options.Add(json);
        var code = new CodeOptions(command, "the one that this machine uses; with --build all");
        command.Validators.Add(result =>
        {
            if (!build.IsGiven(result) && !model.IsGiven(result))
            {
                result.AddError("Required argument missing: MODEL. Only --build has networks of its own.");
            }

            if (build.IsGiven(result) && result.GetResult(against) is not null)
            {
                result.AddError("--against compares inferences; --build measures one model at a time.");
            }

            if (result.GetValue(layers) && (build.IsGiven(result) || batch.IsGiven(result) || result.GetResult(against) is not null))
            {
                result.AddError("--layers shows one model's layers; it does not go with --against, --batch or --build.");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            if (build.IsGiven(parsed.CommandResult))
            {
                return BuildBench.Run(parsed, model, code, build, parsed.GetValue(json), cancellation);
            }

            var options = code.Read(parsed, [HostTarget.Name]);
            var paths = new[] { model.Path(parsed), parsed.GetValue(against) }.OfType<string>().ToList();
            var networks = paths.Zip(model.ReadAll(parsed, paths), (p, d) => (Path: p, Network: CompiledNetwork.Load(d, options))).ToList();
            foreach (var (path, network) in networks)
            {
                var report = NetworkVerifier.Verify(network, NetworkVerifier.RandomSamples(network.Description, Seed, CheckedSamples));
                if (!report.IsWithin(OutputComparison.DefaultTolerance))
                {
                    Console.Error.WriteLine(Invariant($"kernelgen: {path}: the generated code differs from the reference by {report.RelativeDifference:0.0e+0}; see kernelgen verify --layers."));
                    return Task.FromResult(ExitCodes.CheckFailed);
                }
            }

            if (parsed.GetValue(layers))
            {
                LayerBench.Run(paths[0], networks[0].Network.Description, options, parsed.GetValue(rounds), parsed.GetValue(json), cancellation);
                return Task.FromResult(ExitCodes.Ok);
            }

            if (batch.Images(parsed) is > 0 and var images)
            {
                BatchBench.Run(networks, images, batch.Threads(parsed), parsed.GetValue(rounds), parsed.GetValue(json), cancellation);
                return Task.FromResult(ExitCodes.Ok);
            }

            var timings = networks
                .Select(n => TimedInference.Of(n.Path, n.Network, NetworkVerifier.RandomSamples(n.Network.Description, Seed, 1)[0]))
                .ToList();
            var times = InferenceTimer.Measure(timings, new TimingOptions { Rounds = parsed.GetValue(rounds) }, cancellation);
            Show([.. networks.Select(n => n.Network)], times, parsed.GetValue(json));
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static void Show(List<CompiledNetwork> networks, TimingReport report, bool json)
    {
        var results = networks.Select((n, i) => Timing.Of(n, report.Times[i])).ToList();
        double? ratio = results.Count == 2 ? report.Ratio(1, 0) : null;
        if (json)
        {
            Output.Json(new Result(results, ratio, report.Core));
            return;
        }

        Output.Table(
            ["model", "target", "minimum µs", "median µs", "multiply-adds", "10⁹/s"],
            results.Select(r => new[] { r.Model, r.Target, Invariant($"{r.Minimum:0.00}"), Invariant($"{r.Median:0.00}"), Invariant($"{r.Macs:N0}"), Invariant($"{r.Macs / r.Median / 1000:0.0}") }));
        var where = report.Core < 0 ? "not pinned to a core" : Invariant($"on core {report.Core}");
        Output.Line($"{report.Times[0].Microseconds.Count} rounds, {where}; multiply-adds per second by the median.");
        if (ratio is { } times)
        {
            Output.Line($"{results[1].Model} takes {times:0.00} times as long as {results[0].Model} (median of the rounds).");
        }
    }

    /// <param name="Ratio">Time of the second model over that of the first.</param>
    private sealed record Result(IReadOnlyList<Timing> Models, double? Ratio, int Core);

    /// <summary>Times in microseconds.</summary>
    private sealed record Timing(string Model, string Target, double Minimum, double Median, long Macs)
    {
        public static Timing Of(CompiledNetwork network, InferenceTimes times) =>
            new(times.Name, network.Target, times.Minimum, times.Median, network.Source.Plan.Layers.Sum(l => l.MacsLeft));
    }
}

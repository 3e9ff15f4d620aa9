using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using KernelGen.Model;
using KernelGen.Search;
using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Networks;
using KernelGen.Search.Pruning;
using KernelGen.Search.Reports;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>The main job: train, search, retrain, describe, generate, compile, check, time, report.</summary>
internal static partial class PruneCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "prune",
            "Trains a network, or takes yours, searches what can be taken away within the tolerance, retrains, and writes descriptions, C#, assembly, report.html and summary.json.",
            ("The main job: LeNet 20-50-500 on the embedded images", "kernelgen prune"),
            ("Go on after an interruption, with the same options", "kernelgen prune --resume"),
            ("The architecture of an ONNX file, trained anew on your images", "kernelgen prune --model resnet8.onnx --initialize --data photos"),
            ("An ONNX file with its weights, which expect pixels from -1 to 1", "kernelgen prune --model resnet8.onnx --preprocess=-1..1 --data photos"),
            ("ResNet-8 on CIFAR-10, one network for each of four tolerances", "kernelgen prune --network resnet-8 --data cifar-10-batches-bin --tolerance 0.5,1,2,4 -o out-resnet"),
            ("The same evaluations and retraining for every control", "kernelgen prune --controls all"));
        var options = new Options(command);
        var json = JsonOption.Create();
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            var wanted = options.Read(parsed);
            try
            {
                var result = LiveProgress.Run(progress => PruneJob.Run(wanted, Show(progress), cancellation));
                var summary = Path.Combine(wanted.Output, "summary.json");
                if (parsed.GetValue(json))
                {
                    Console.Out.Write(File.ReadAllText(summary));
                }
                else
                {
                    Summarize(result, wanted.Output);
                }
            }
            catch (OperationCanceledException)
            {
                throw new InterruptedException("interrupted; the same command with --resume goes on from there.");
            }

            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static DirectProgress<PruneProgress> Show(LiveProgress progress) => new(p => progress.Report(Name(p.Stage), p.Fraction, p.Message));

    private static string Name(PruneStage stage) => stage switch
    {
        PruneStage.Training => "Training",
        PruneStage.Latency => "Timing generated kernels",
        PruneStage.Search => "Search",
        PruneStage.Controls => "Controls, for comparison",
        PruneStage.Retraining => "Retraining",
        _ => "Export, compilation, timing",
    };

    private static void Summarize(PruneResult r, string output)
    {
        Output.Line($"{r.Network} on {r.Dataset}, seed {r.Seed}: {r.Images.Training:N0} images to train on, {r.Images.Search:N0} to search with, {r.Images.Select:N0} to choose with, {r.Images.Report:N0} to test with ({r.TestSplit})");
        if (r.Model is { } own)
        {
            Output.Line($"{own.File}: {(own.Initialized ? "its architecture, trained anew here" : "its own weights")}{(own.BatchNorms == 0 ? "" : $"; batch norms put after {own.BatchNorms} layers that had none")}.");
        }

        var (images, dense, networks) = (r.Images.Report, r.Dense, r.Methods[0].Networks);
        Output.Table(
            ["", "test error, %", "loss, points", "p", "µs", "times as fast", "conv weights", "multiply-adds", "assembly, bytes"],
            [
                ["dense", Invariant($"{100.0 * r.TestErrorsDense / images:0.00} ± {PairedStatistics.StandardError(r.TestErrorsDense, images):0.00}"), "", "", Invariant($"{dense.Microseconds:0.0}"), "", Invariant($"{dense.ConvWeights:N0}"), Invariant($"{dense.Macs:N0}"), Invariant($"{dense.AssemblyBytes:N0}")],
                .. networks.Select(Row),
            ]);
        foreach (var (network, caveat) in networks.Select(n => (n, n.Caveat(r.Images))).Where(n => n.Item2 is not null))
        {
            Output.Line($"Tolerance {network.Tolerance}: {caveat}");
        }

        if (r.Methods.Count > 1)
        {
            Output.Table(
                ["", "evaluations", "hypervolume", .. networks.Select(n => Invariant($"µs, loss at {n.Tolerance}"))],
                r.Methods.Select(m => (string[])[m.Name, m.Front.Count == 0 ? "" : Invariant($"{m.Evaluations:N0}"), m.Front.Count == 0 ? "" : Invariant($"{m.Hypervolume:0.000}"), .. m.Networks.Select(n => Invariant($"{n.Measurement.Microseconds:0.0}, {Loss(n)}{(n.IsWithinTolerance ? "" : " *")}"))]));
        }

        Output.Line($"Report: {Path.Combine(output, "report.html")}");

        string[] Row(PrunedResult n) =>
        [
            Invariant($"tolerance {n.Tolerance}"),
            Invariant($"{100.0 * n.TestErrors / images:0.00} ± {PairedStatistics.StandardError(n.TestErrors, images):0.00}"),
            Loss(n),
            Probability(PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong)),
            Invariant($"{n.Measurement.Microseconds:0.0}"),
            Invariant($"{dense.Microseconds / n.Measurement.Microseconds:0.00}"),
            Invariant($"{n.Measurement.ConvWeights:N0} ({Change(dense.ConvWeights, n.Measurement.ConvWeights)})"),
            Invariant($"{n.Measurement.Macs:N0} ({Change(dense.Macs, n.Measurement.Macs)})"),
            Invariant($"{n.Measurement.AssemblyBytes:N0}"),
        ];

        static string Probability(double p) => p < 0.0001 ? "< 0.0001" : Invariant($"{p:0.0000}");

        string Loss(PrunedResult n) =>
            Invariant($"{n.TestLoss(images):+0.00;-0.00;0.00} ± {PairedStatistics.StandardErrorOfDifference(n.OnlyDenseWrong, n.OnlyPrunedWrong, images):0.00}");
    }

    private static string Change(long before, long after) => before == 0 ? "" : Invariant($"{100.0 * (after - before) / before:+0.0;-0.0;0.0}%");

    /// <summary>The job's options as options of the command; their defaults are the main job's.</summary>
    private sealed partial class Options
    {
        private static readonly PruneOptions Defaults = new();

        private readonly Option<string> network = new("--network")
        {
            Description = $"One of {string.Join(", ", NetworkCatalog.Names)}; cnn-small also with a width factor, e.g. cnn-small-w0.5.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Defaults.Network,
        };

        private readonly Option<string?> model = new("--model")
        {
            Description = "Your own network in place of --network: an .onnx or a dense .kgn file. It keeps its weights, and is not trained before the search unless --epochs says so.",
            HelpName = "FILE",
        };

        private readonly Option<string[]> shapes = ModelFile.ShapeOption();
        private readonly Option<bool> initialize = new("--initialize")
        {
            Description = "Take only the architecture of --model: new weights, by the seed, trained here. Layers whose batch norm was folded away get one again.",
        };

        private readonly Option<string?> preprocess = ImageInput.PreprocessOption(
            "what the model says; mean 0 and deviation 1 over the training images for networks that are trained here");

        private readonly Option<string?> data = ImageInput.DataOption("The images; default: those embedded in this tool.");
        private readonly Option<EquatableArray<double>> tolerance = new("--tolerance")
        {
            Description = "Percentage points of misclassification that may be lost; several, separated by commas, give one network each.",
            HelpName = "N[,N…]",
            DefaultValueFactory = _ => Defaults.Tolerances,
            CustomParser = ParseTolerances,
        };

        private readonly Option<long> seed = NumberOption.Create("--seed", "Of all random choices.", Defaults.Seed);
        private readonly Option<int> epochs = NumberOption.Create("--epochs", "Epochs of dense training; without this option, none for a --model that keeps its weights.", PruneOptions.DefaultEpochs, 0);
        private readonly Option<double> rate = NumberOption.Create("--learning-rate", "The highest, of training and retraining.", Defaults.LearningRate, 1e-6);
        private readonly Option<string> precision = PrecisionOption.Create();
        private readonly Option<int> retraining = NumberOption.Create("--retraining-epochs", "Epochs of retraining.", Defaults.RetrainingEpochs, 1);
        private readonly Option<int> retrainings = NumberOption.Create("--retrainings", "Candidates that are retrained for each tolerance at most.", Defaults.Retrainings, 1);
        private readonly Option<double> gain = NumberOption.Create(
            "--retraining-gain", "Percentage points that retraining is expected to win back: candidates that lose more, beyond the largest tolerance, are given up by the search.", Defaults.RetrainingGain, 0);

        private readonly Option<int> brief = NumberOption.Create("--brief-epochs", "Epochs of fine-tuning of the last few candidates, by which the one to be retrained is chosen.", Defaults.BriefEpochs, 1);
        private readonly Option<int> evaluations = NumberOption.Create("--evaluations", "Candidates that each method scores: the work of the search.", Defaults.Evaluations, 1);
        private readonly Option<int> population = NumberOption.Create("--population", "Candidates per generation.", Defaults.Population, 2);
        private readonly Option<string> method = new Option<string>("--method")
        {
            Description = "evolution: non-dominated in loss and time; particle-filter: the paper's.",
            DefaultValueFactory = _ => NonDominatedEvolution.MethodName,
        }.AcceptOnlyFromAmong(NonDominatedEvolution.MethodName, ParticleFilter.MethodName);

        private readonly Option<Granularities> granularities = new("--granularities")
        {
            Description = "What may be taken away: maps, kernels, strides, or some of them.",
            HelpName = "NAMES",
            DefaultValueFactory = _ => Defaults.Granularities.Allowed,
            CustomParser = result => Parse(result, GranularitiesText.Parse),
        };

        private readonly Option<string> order = new Option<string>("--order")
        {
            Description = "joint: all granularities at once; staged: maps, then also kernels, then also strides, as in the paper.",
            DefaultValueFactory = _ => "joint",
        }.AcceptOnlyFromAmong("joint", "staged");

        private readonly Option<double> share = NumberOption.Create(
            "--minimum-share", "Percent of the convolution weights that each granularity removes at least.", Defaults.MinimumShare, 0);

        private readonly Option<EquatableArray<string>> controls = new("--controls")
        {
            Description = $"Other methods to search and retrain by, for comparison: none, all, or some of {string.Join(", ", ControlNames.All)}.",
            HelpName = "NAMES",
            DefaultValueFactory = _ => Defaults.Controls,
            CustomParser = result => Parse(result, text => ControlNames.Parse(text).ToEquatableArray()),
        };

        private readonly Option<string?> latency = new("--latency-table")
        {
            Description = "Measured times of generated kernels: read if the file exists, else written. The same table and seed give the same result. Default: a file per machine in your cache.",
            HelpName = "FILE",
        };

        private readonly Option<long?> dataSeed = new("--data-seed")
        {
            Description = "Of the choice of held-back images. Default: that which a --model was trained with by kernelgen train, else --seed.",
            HelpName = "N",
        };

        private readonly Option<int> validation = NumberOption.Create(
            "--validation-images", "Training images that are held back for search and selection.", Defaults.ValidationImages, 5);

        private readonly Option<int> images = NumberOption.Create(
            "--max-images", "Use only so many training images, and a fifth as many test images; 0: all. For trying things out.", 0, 0);

        private readonly Option<string> output = OutputOption.Create("the results");
        private readonly Option<bool> resume = new("--resume") { Description = "Go on with an interrupted run of the same options." };

        public Options(Command command)
        {
            foreach (var option in new Option[] { network, model, shapes, initialize, preprocess, data, tolerance, seed, dataSeed, output, resume, epochs, rate, precision, retraining, retrainings, gain, brief, evaluations, population, method, granularities, order, share, controls, latency, validation, images })
            {
                command.Options.Add(option);
            }

            command.Validators.Add(result =>
            {
                var hasModel = result.GetResult(model) is { Implicit: false };
                if (hasModel && result.GetResult(network) is { Implicit: false })
                {
                    result.AddError("--network and --model exclude each other: give one of them.");
                }

                var allowed = result.GetResult(granularities) is null ? Defaults.Granularities.Allowed : result.GetValue(granularities);
                if (result.GetValue(share) * BitOperations.PopCount((uint)allowed) >= 100)
                {
                    result.AddError("--minimum-share: the granularities cannot each remove so much; together they have less than 100% to remove.");
                }

                if (!hasModel && new Option[] { shapes, initialize, preprocess }.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } alone)
                {
                    result.AddError($"{alone.Name} is for a --model of your own.");
                }
            });
        }

        public PruneOptions Read(ParseResult parsed)
        {
            var own = parsed.GetValue(model) is { } file ? ReadModel(file, parsed.GetValue(shapes) ?? [], parsed.GetRequiredValue(output)) : null;
            return Read(parsed, own);
        }

        private PruneOptions Read(ParseResult parsed, ModelSource? own) => Defaults with
        {
            Network = parsed.GetRequiredValue(network),
            Model = own,
            Initialize = parsed.GetValue(initialize),
            Preprocess = parsed.GetValue(preprocess),
            LearningRate = parsed.GetValue(rate),
            Precision = PrecisionOption.Read(parsed, precision),
            DataDirectory = parsed.GetValue(data),
            Tolerances = parsed.GetValue(tolerance),
            DataSeed = parsed.GetValue(dataSeed) ?? (parsed.GetValue(initialize) ? null : own?.Description.Provenance?.Seed),
            Seed = parsed.GetValue(seed),
            Output = parsed.GetRequiredValue(output),
            Resume = parsed.GetValue(resume),
            Epochs = parsed.GetResult(epochs) is { Implicit: false } ? parsed.GetValue(epochs) : null,
            RetrainingEpochs = parsed.GetValue(retraining),
            Retrainings = parsed.GetValue(retrainings),
            RetrainingGain = parsed.GetValue(gain),
            BriefEpochs = parsed.GetValue(brief),
            Evaluations = parsed.GetValue(evaluations),
            UseParticleFilter = parsed.GetValue(method) == ParticleFilter.MethodName,
            Granularities = new GranularitySchedule(parsed.GetValue(granularities), parsed.GetValue(order) == "staged"),
            MinimumShare = parsed.GetValue(share),
            Controls = parsed.GetValue(controls),
            LatencyTable = parsed.GetValue(latency),
            Population = parsed.GetValue(population),
            ValidationImages = parsed.GetValue(validation),
            MaximumImages = parsed.GetValue(images) is > 0 and var most ? most : null,
        };

        private static EquatableArray<double> ParseTolerances(ArgumentResult result)
        {
            var numbers = new List<double>();
            foreach (var text in result.Tokens[0].Value.Split(','))
            {
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) || number < 0)
                {
                    result.AddError($"--tolerance: '{text}' is not a number of at least 0. Separate several by commas, e.g. 0.5,1,2,4.");
                    return Defaults.Tolerances;
                }

                numbers.Add(number);
            }

            return numbers.Distinct().Order().ToEquatableArray();
        }

        private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
        {
            try
            {
                return parse(result.Tokens[0].Value);
            }
            catch (FormatException e)
            {
                result.AddError($"{result.Argument.Name}: {e.Message}");
                return default;
            }
        }

        /// <summary>A description that a run writes, within the folder of its results.</summary>
        [GeneratedRegex(@"^(dense|pruned(-[0-9.]+)?|controls[/\\][^/\\]+)\.kgn$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
        private static partial Regex Result();

        /// <exception cref="InputException">It cannot be read, or would be replaced by the results.</exception>
        private static ModelSource ReadModel(string file, string[] shapes, string output) =>
            Result().IsMatch(Path.GetRelativePath(output, file))
                ? throw new InputException($"{file} is a result of an earlier run in {output}, which a new run there replaces. Give another -o.")
                : new(ModelFile.Read(file, shapes), Path.GetFileName(file)) { Shapes = shapes };
    }
}

using System.CommandLine;
using System.Diagnostics;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Data;
using KernelGen.Search.Evolution;
using KernelGen.Search.Networks;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;

namespace KernelGen.Benchmarks.Scoring;

/// <summary>How many candidates of the search can be scored in a minute, and what makes it so many.</summary>
internal static class ScoringCommand
{
    private const long Seed = 1;
    private const double LowestRate = 0.1;
    private const double HighestRate = 0.7;

    public static Command Create()
    {
        var command = new Command(
            "scoring",
            "Candidates scored per minute: the search's way, part by part, against the whole dense network under masks. Random candidates as the search "
            + "makes them, all variants in turn on each. Exit code 1 if variants that look at all images and do the same to the weights disagree.");
        var model = new Option<string?>("--model") { Description = "A dense network (.kgn). Default: resnet-8, untrained, which no score ends early.", HelpName = "FILE" };
        var data = new Option<string?>("--data") { Description = "A data set as train takes it. Default: random pixels.", HelpName = "FOLDER" };
        var images = Number("--images", "Images to score with.", 3000);
        var calibration = Number("--calibration", "Images to measure batch norms on.", 500);
        var candidates = Number("--candidates", "Candidates.", 12);
        var limit = new Option<double>("--limit")
        {
            Description = "Percentage points above the dense network's error from which on a candidate is given up.",
            HelpName = "POINTS",
            DefaultValueFactory = _ => 10,
        };
        var json = CommonOptions.Json();
        foreach (var option in new Option[] { model, data, images, calibration, candidates, limit, json })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var set = Images(parsed.GetValue(data), parsed.GetValue(images) + parsed.GetValue(calibration));
            var dense = parsed.GetValue(model) is { } file
                ? DescriptionFile.Read(file)
                : NetworkCatalog.Create("resnet-8", set.Shape, set.ClassNames, Seed);
            var preprocessing = dense.Inputs[0].Preprocessing ?? ImagePreprocessing.FromImages(set);
            using var search = ImageTensors.Create(set.Select([.. Enumerable.Range(0, parsed.GetValue(images))]), preprocessing);
            using var known = ImageTensors.Create(
                set.Select([.. Enumerable.Range(parsed.GetValue(images), parsed.GetValue(calibration))]), preprocessing);
            return Run(dense, known, search, parsed.GetValue(candidates), parsed.GetValue(limit), parsed.GetValue(json));
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };

    private static ImageSet Images(string? folder, int count)
    {
        if (folder is not null)
        {
            var all = Datasets.Load(folder).Training;
            return all.Select([.. all.BalancedOrder(Seed).Take(count)]);
        }

        var random = new DeterministicRandom(Seed);
        var shape = new Shape(3, 32, 32);
        var pixels = new byte[count * shape.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.Next(256);
        }

        return new ImageSet("noise", shape, pixels, [.. Enumerable.Range(0, count).Select(i => i % 10)], ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }

    private static int Run(NetworkDescription dense, ImageTensors calibration, ImageTensors search, int candidates, double limit, string? json)
    {
        var space = PruningSpace.Create(dense);
        var variation = new Variation(space, Importance.Magnitude(space), LayerCosts.Uniform(space), minimumShare: 0, Granularities.All);
        using var single = new TorchEvaluator(space, dense, calibration.Images, search, new NoTime(), Precision.Single);
        using var evaluator = new TorchEvaluator(space, dense, calibration.Images, search, new NoTime(), TorchRuntime.FastestPrecision);
        var baseline = evaluator.Evaluate(space.Full);
        var end = new EarlyEnd(baseline.Error + limit);
        var variants = ScoringVariants.Create(space, dense, calibration, search, single, evaluator, end);
        Console.WriteLine(FormattableString.Invariant(
            $"{dense.Name}: dense network {baseline.Error:0.0} % of {search.Count} images; {candidates} candidates, given up above {end.Limit:0.0} %"));
        var seconds = new double[variants.Count];
        var different = 0;
        for (var c = 0; c < candidates; c++)
        {
            var random = new KeyedRandom(Seed, "scoring", 0, c);
            var genome = variation.Random(LowestRate * Math.Pow(HighestRate / LowestRate, random.NextDouble()), Granularities.All, random);
            var scores = new List<Score>();
            for (var v = 0; v < variants.Count; v++)
            {
                var start = Stopwatch.GetTimestamp();
                scores.Add(variants[v].Score(genome));
                seconds[v] += Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            different += variants.Zip(scores).Where(s => s.Second.Images == search.Count).GroupBy(s => s.First.Repairs, s => s.Second.Loss)
                .Any(losses => losses.Max() > 1.01 * losses.Min()) ? 1 : 0;
            Console.WriteLine(FormattableString.Invariant($"candidate {c + 1}: {scores[^2].Error:0.0} %, ended after {scores[^1].Images} images"));
        }

        var rows = variants.Select((variant, v) => new ScoringRow(
            variant.Name, 60 * candidates / seconds[v], seconds[0] / seconds[v], v == 0 ? 1 : seconds[v - 1] / seconds[v])).ToList();
        Console.WriteLine(ScoringRow.Header);
        rows.ForEach(Console.WriteLine);
        Results.Write(json, rows);
        if (different > 0)
        {
            Console.Error.WriteLine(FormattableString.Invariant($"{different} candidates got different scores from variants that look at all images and do the same to the weights."));
        }

        return different == 0 ? 0 : 1;
    }
}

/// <param name="PerMinute">Candidates per minute.</param>
/// <param name="Speedup">Over the first variant.</param>
/// <param name="Step">Over the variant before.</param>
internal sealed record ScoringRow(string Variant, double PerMinute, double Speedup, double Step)
{
    public static string Header => $"{"variant",-58} {"per minute",10} {"speed-up",9} {"step",6}";

    public override string ToString() => FormattableString.Invariant($"{Variant,-58} {PerMinute,10:0.0} {Speedup,8:0.00}× {Step,5:0.00}×");
}

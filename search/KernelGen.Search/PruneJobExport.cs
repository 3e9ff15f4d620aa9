using System.Globalization;
using KernelGen.Compiler;
using KernelGen.Compiler.Passes;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Evolution;
using KernelGen.Search.Networks;
using KernelGen.Search.Pruning;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Search;

/// <summary>The last part of a job: descriptions, sources and assembly, the comparison with TorchSharp, the test, the times, the report.</summary>
internal sealed class PruneJobExport(
    PruneOptions options, PruneJobData data, string staging, Action<double, string> report, CancellationToken cancel)
{
    /// <summary>Largest |generated − TorchSharp| over largest |TorchSharp| that folding and another order of sums explain.</summary>
    private const double LargestDifference = 1e-3;

    public PruneResult Run(PruningSpace space, NetworkDescription dense, PrunedNetwork pruned, SearchOutcome searched)
    {
        report(0, "compiling the generated code");
        using var before = Engine.Load(dense);
        using var after = Engine.Load(pruned.Description);
        report(0.3, "comparing the generated code with TorchSharp on every test image");
        var testBefore = Test(before, dense);
        var testAfter = Test(after, pruned.Description);
        report(0.5, "timing the generated code");
        var image = testAfter.FirstImage;
        var times = InferenceTimer.Measure(
            [TimedInference.Of("dense", before.Network, [image]), TimedInference.Of("pruned", after.Network, [image])],
            cancellation: cancel);

        report(0.7, "writing the results");
        StartStaging();
        var provenance = new Provenance(
            data.Name, data.TestSplit, data.Test.Count, testBefore.ErrorPercent, testBefore.ErrorPercent, 0, options.Seed, PruneJob.Tool);
        var assemblyBefore = WriteNetwork(before.Folded, provenance, "dense");
        var assemblyAfter = WriteNetwork(
            after.Folded,
            provenance with { ErrorAfter = testAfter.ErrorPercent, Tolerance = options.Tolerance },
            "pruned");

        var counts = SparsityCounts.Of(space, pruned.Genome);
        var result = new PruneResult(
            options.NetworkName,
            data.Name,
            options.Seed,
            options.Tolerance,
            pruned.ValidationLoss,
            data.Training.Count,
            data.Validation.Count,
            data.Test.Count,
            testBefore.Errors,
            testAfter.Errors,
            OnlyFirstWrong(testBefore, testAfter),
            OnlyFirstWrong(testAfter, testBefore),
            testAfter.MaxDifference,
            counts.Removed,
            Measure(before, SparsityCounts.Of(space, space.Full), times.Times[0].Median, assemblyBefore),
            Measure(after, counts, times.Times[1].Median, assemblyAfter),
            LayerChanges(before, after),
            Generations(searched),
            Control(searched),
            Path.Combine(options.Output, AssemblyName("pruned") + ".dll"),
            data.TestSplit,
            options.Model is { } own ? new ModelOrigin(own.File, options.Initialize, BatchNormInsertion.Count(own.Description)) : null);
        SummaryWriter.Write(result, Path.Combine(staging, "summary.json"));
        HtmlReport.Write(result, Path.Combine(staging, "report.html"), options.CommandLine());
        Publish();
        report(1, Text($"done: {options.Output}"));
        return result;
    }

    /// <summary>Runs the generated code over the test images, once, and holds it to TorchSharp's results.</summary>
    private TestOutcome Test(Engine engine, NetworkDescription unfolded)
    {
        using var tensors = ImageTensors.Create(data.Test, data.Preprocessing);
        using var network = TrainableNetwork.Create(unfolded);
        var reference = Evaluator.Results(network, tensors, cancel);
        var (area, classes) = (data.Test.Shape.Length, reference.Length / data.Test.Count);
        var (image, scores) = (new float[area], new float[classes]);
        var predictions = new int[data.Test.Count];
        double difference = 0, largest = 0;
        for (var i = 0; i < predictions.Length; i++)
        {
            ImagePreprocessing.Apply(data.Preprocessing, data.Test.Shape, data.Test.Image(i), image);
            engine.Network.Run(image, scores);
            var expected = reference.AsSpan(i * classes, classes);
            for (var c = 0; c < classes; c++)
            {
                difference = Math.Max(difference, Math.Abs(scores[c] - expected[c]));
                largest = Math.Max(largest, Math.Abs(expected[c]));
            }

            predictions[i] = Best(scores);
            if (predictions[i] != Best(expected) && !Tied(expected, predictions[i]))
            {
                throw new PruneException($"Internal error: the generated code classifies test image {i} otherwise than TorchSharp.");
            }
        }

        var relative = difference / largest;
        return relative <= LargestDifference
            ? new TestOutcome(predictions, data.Test.Labels, relative, image)
            : throw new PruneException(Text($"Internal error: the generated code differs from TorchSharp by {relative:E1} of the largest score."));
    }

    /// <summary>Writes description, source and assembly of one network.</summary>
    /// <returns>The size of the assembly in bytes.</returns>
    private long WriteNetwork(NetworkDescription folded, Provenance provenance, string kind)
    {
        cancel.ThrowIfCancellationRequested();
        var description = folded with { Provenance = provenance };
        var name = AssemblyName(kind);
        var assembly = NetworkAssembly.Emit(description, new CompilerOptions { ClassName = name }, name, cancellation: cancel);
        AtomicFile.WriteAllText(Path.Combine(staging, kind + ".kgn"), DescriptionWriter.Write(description));
        AtomicFile.WriteAllText(Path.Combine(staging, name + ".cs"), assembly.Source.Text);
        AtomicFile.WriteAllBytes(Path.Combine(staging, name + ".dll"), assembly.Assembly);
        AtomicFile.WriteAllBytes(Path.Combine(staging, name + ".xml"), assembly.XmlDocs);
        return assembly.Assembly.Length;
    }

    /// <summary>An empty folder, whatever a killed run may have left there.</summary>
    private void StartStaging()
    {
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }

        Directory.CreateDirectory(staging);
    }

    /// <summary>
    /// Moves the complete results over those of an earlier run, the summary last: where there is one, it is of these results or
    /// of a complete earlier set.
    /// </summary>
    private void Publish()
    {
        foreach (var file in Directory.EnumerateFiles(staging).OrderBy(f => f.EndsWith("summary.json", StringComparison.Ordinal)).ToList())
        {
            File.Move(file, Path.Combine(options.Output, Path.GetFileName(file)), overwrite: true);
        }

        Directory.Delete(staging, recursive: true);
    }

    /// <summary>E.g. <c>Lenet_20_50_500_Pruned</c>: a C# identifier.</summary>
    private string AssemblyName(string kind)
    {
        var words = new string([.. options.NetworkName.Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Append(kind)
            .Select(w => char.ToUpperInvariant(w[0]) + w[1..]);
        var name = string.Join('_', words);
        return char.IsDigit(name[0]) ? "Net_" + name : name;
    }

    private static NetworkMeasurement Measure(Engine engine, SparsityCounts counts, double microseconds, long assemblyBytes) =>
        new(counts.ConvWeightsLeft, counts.DenseWeightsLeft, counts.MacsLeft, microseconds, engine.WeightBytes, engine.Plan.WorkspaceBytes, assemblyBytes);

    private static EquatableArray<LayerChange> LayerChanges(Engine before, Engine after)
    {
        var pruned = after.Graph.Nodes.ToDictionary(n => n.Name);
        var plans = after.Plan.Layers.ToDictionary(p => p.Name);
        return before.Graph.Nodes
            .Where(n => n.Operator is Conv or Dense)
            .Select(n => Change(n, before.Graph, pruned[n.Name], after.Graph, plans.GetValueOrDefault(n.Name)))
            .ToEquatableArray();
    }

    private static LayerChange Change(Node dense, NetworkGraph before, Node pruned, NetworkGraph after, LayerPlan? plan)
    {
        var (from, to) = (before.ShapeOf(dense.Name), after.ShapeOf(pruned.Name));
        var (weights, left) = (Weights(dense.Operator), Weights(pruned.Operator));
        var name = dense.Operator is Conv conv ? Text($"conv {conv.Window.KernelHeight}×{conv.Window.KernelWidth}") : "dense";
        return new LayerChange(
            dense.Name,
            name,
            from.Maps,
            to.Maps,
            weights,
            left,
            weights * from.Height * from.Width,
            left * to.Height * to.Width,
            plan?.Sparsity ?? "",
            plan?.Schedule ?? "");
    }

    private static long Weights(Operator op) => op is Conv conv ? conv.Weights.Values.Length : ((Dense)op).Weights.Length;

    private static EquatableArray<GenerationRecord> Generations(SearchOutcome searched) =>
        searched.State.History
            .Select((g, index) => new GenerationRecord(
                index,
                g.Scores.Select(s => new ParticleRecord(
                    s.Error, s.Microseconds, s.Error <= searched.Baseline.Error + searched.Tolerance)).ToEquatableArray()))
            .ToEquatableArray();

    private static ControlResult? Control(SearchOutcome searched)
    {
        var survivors = searched.Control.Front.Select(p => p.Score).Where(s => s.Error <= searched.Baseline.Error + searched.Tolerance);
        if (survivors.FirstOrDefault() is not { } random)
        {
            return null;
        }

        var evolved = searched.State.Front[0].Score;
        return new ControlResult(
            "random search",
            searched.Control.Evaluations,
            random.Error,
            random.Microseconds,
            evolved.Error,
            evolved.Microseconds,
            Hypervolume.Of(searched.Control.Front, searched.Baseline, searched.Tolerance),
            Hypervolume.Of(searched.State.Front, searched.Baseline, searched.Tolerance));
    }

    private static int OnlyFirstWrong(TestOutcome first, TestOutcome second) =>
        Enumerable.Range(0, first.Labels.Count)
            .Count(i => first.Predictions[i] != first.Labels[i] && second.Predictions[i] == second.Labels[i]);

    private static int Best(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var c = 1; c < scores.Length; c++)
        {
            best = scores[c] > scores[best] ? c : best;
        }

        return best;
    }

    /// <summary>Two scores so close that the order of sums decides between them.</summary>
    private static bool Tied(ReadOnlySpan<float> scores, int other)
    {
        var best = scores[Best(scores)];
        return best - scores[other] <= 1e-4 * Math.Max(1, Math.Abs(best));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A network as it is described: batch norms folded, generated and loaded.</summary>
    private sealed record Engine(NetworkDescription Folded, NetworkGraph Graph, CompiledNetwork Network) : IDisposable
    {
        public NetworkPlan Plan => Network.Source.Plan;

        public long WeightBytes => 4L * Folded.Layers.Sum(l => l.Operator switch
        {
            Conv conv => conv.Weights.Values.Length + (conv.Bias?.Length ?? 0),
            Dense dense => dense.Weights.Length + (dense.Bias?.Length ?? 0),
            BatchNorm norm => 4 * norm.Scale.Length,
            _ => 0,
        });

        public static Engine Load(NetworkDescription description)
        {
            var graph = FoldBatchNorm.Run(NetworkGraph.Create(description));
            var folded = description with
            {
                Layers = graph.Nodes.Select(n => new Layer(n.Name, n.Operator, n.Inputs)).ToEquatableArray(),
            };
            return new Engine(folded, graph, CompiledNetwork.Load(folded));
        }

        public void Dispose() => Network.Dispose();
    }

    private sealed record TestOutcome(int[] Predictions, IReadOnlyList<int> Labels, double MaxDifference, float[] FirstImage)
    {
        public int Errors { get; } = Predictions.Zip(Labels).Count(p => p.First != p.Second);

        public double ErrorPercent => 100.0 * Errors / Predictions.Length;
    }
}

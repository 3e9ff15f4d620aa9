using System.Text.Json;
using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Networks;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Evolution;

public sealed class PruneJobTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("kernelgen-").FullName;

    private string TableFile => Path.Combine(directory, "latency.json");

    public PruneJobTests() => WriteTable(NetworkCatalog.Create("lenet-5", new Shape(1, 28, 28), Datasets.Load(null).Training.ClassNames, 1));

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData(Precision.Single)]
    [InlineData(Precision.Mixed)]
    public void A_job_interrupted_in_every_stage_and_resumed_writes_the_same_descriptions(Precision precision)
    {
        var whole = PruneJob.Run(Tiny("whole") with { Precision = precision });
        var interrupted = Tiny("interrupted") with { Resume = true, Precision = precision };

        // Where there is a latency table already, no time is taken.
        foreach (var stage in Enum.GetValues<PruneStage>().Except([PruneStage.Latency]))
        {
            using var cancel = new CancellationTokenSource();
            var reports = new Progress(p => Cancel(p, stage, cancel));
            Assert.ThrowsAny<OperationCanceledException>(() => PruneJob.Run(interrupted, reports, cancel.Token));
            Assert.False(File.Exists(Path.Combine(interrupted.Output, "pruned.kgn")));
        }

        // What a killed run may leave: a line of a generation without a checkpoint, and half a line.
        var log = Path.Combine(interrupted.Output, "search.jsonl");
        var last = File.ReadLines(log).Last();
        File.AppendAllText(log, last.Replace("\"generation\":", "\"generation\":9", StringComparison.Ordinal) + "\n" + last[..(last.Length / 2)]);

        var resumed = PruneJob.Run(interrupted);

        foreach (var file in new[] { "dense.kgn", "pruned.kgn" })
        {
            Assert.Equal(Read("whole", file), Read("interrupted", file));
        }

        var (expected, found) = (Pruned(whole), Pruned(resumed));
        Assert.Equal((whole.TestErrorsDense, expected.TestErrors, expected.Removed), (resumed.TestErrorsDense, found.TestErrors, found.Removed));
        Assert.Equal(16, whole.Generations.Sum(g => g.Particles.Count));
        Assert.Equal(["evolution", "random", "scratch", "unpruned"], whole.Methods.Select(m => m.Name));
        Assert.Equal(new RemovedWeights(0, 0, 0), whole.Methods[^1].Networks.Single().Removed);
        Assert.NotEqual(Read("whole", "dense.kgn"), Read("whole", whole.Methods[^1].Networks.Single().File));
        Assert.Equal(Read("whole", "search.jsonl"), Read("interrupted", "search.jsonl"));
        Assert.Equal(32, Read("whole", "search.jsonl").Count(c => c == '\n'));
        CheckResults(whole);
    }

    [Fact]
    public void A_job_is_not_resumed_with_other_options()
    {
        Interrupt(Tiny("out"), PruneStage.Training);

        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out") with { Resume = true, Seed = 9, Epochs = 3 }));

        Assert.Contains("Seed was 4 and is now 9", refused.Message);
        Assert.Contains("Epochs was 2 and is now 3", refused.Message);
        Assert.DoesNotContain("Population", refused.Message);
    }

    [Fact]
    public void A_job_that_is_refused_leaves_the_checkpoint_of_an_earlier_one()
    {
        Interrupt(Tiny("out"), PruneStage.Search);
        var before = Checkpoint();

        Assert.Contains("lenet-6", Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out") with { Network = "lenet-6" })).Message);
        Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out") with { Tolerances = [0], RetrainingGain = 0 }));

        Assert.NotEmpty(before);
        Assert.Equal(before, Checkpoint());

        List<string> Checkpoint() => [.. Directory.EnumerateFiles(Path.Combine(directory, "out", ".checkpoint")).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Without_resuming_a_job_starts_anew()
    {
        Interrupt(Tiny("out"), PruneStage.Search);
        var stages = new List<PruneStage>();
        using var cancel = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(
            () => PruneJob.Run(Tiny("out"), new Progress(p => Note(p, stages, cancel)), cancel.Token));

        Assert.Equal([PruneStage.Training], stages);
    }

    [Fact]
    public void Networks_whose_training_diverges_stay_as_they_were_and_results_replace_earlier_ones()
    {
        PruneJob.Run(Tiny("out"));
        var dense = DescriptionReader.Read(Read("out", "dense.kgn")).Description!;
        WriteTable(BatchNormInsertion.Fresh(dense));

        var result = PruneJob.Run(Tiny("out") with
        {
            Model = new ModelSource(dense with { Name = "another" }, "dense.kgn"),
            LearningRate = 1e30,
            Epochs = null,
            Tolerances = [40, 60],
            Controls = [],
        });

        Assert.All(result.Methods[0].Networks, n => Assert.InRange(n.TestErrors, 0, result.Images.Report * 0.85));
        Assert.Equal(["dense.kgn", "pruned-40.kgn", "pruned-60.kgn"], Directory.EnumerateFiles(Tiny("out").Output, "*.kgn").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(3, Directory.EnumerateFiles(Tiny("out").Output, "*.dll").Count());
        Assert.DoesNotContain("random", Read("out", "search.jsonl"));
    }

    [Fact]
    public void Two_jobs_cannot_share_an_output_directory()
    {
        PruneException? refused = null;
        using var cancel = new CancellationTokenSource();
        var reports = new Progress(_ =>
        {
            refused ??= Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out")));
            cancel.Cancel();
        });

        Assert.ThrowsAny<OperationCanceledException>(() => PruneJob.Run(Tiny("out"), reports, cancel.Token));

        Assert.Contains("another run", refused!.Message);
    }

    [Fact]
    public void Too_many_validation_images_are_refused()
    {
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out") with { ValidationImages = 301 }));
        Assert.Contains("at most half", refused.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_network_of_ones_own_is_pruned_with_its_weights_or_new_ones(bool initialize)
    {
        var first = PruneJob.Run(Tiny("first"));
        var dense = DescriptionReader.Read(Read("first", "dense.kgn")).Description!;
        var own = dense with
        {
            Name = "2 my net",
            Layers = dense.Layers.Append(new Layer("p", new Softmax(), [dense.Outputs[0]])).ToEquatableArray(),
            Outputs = ["p"],
        };
        if (initialize)
        {
            // The one job here that measures its table.
            File.Delete(TableFile);
        }
        else
        {
            WriteTable(BatchNormInsertion.Fresh(own));
        }

        var result = PruneJob.Run(Tiny("own") with
        {
            Model = new ModelSource(own, "my net.onnx"),
            Initialize = initialize,
            Epochs = initialize ? 2 : null,
        });

        Assert.Equal(new ModelOrigin("my net.onnx", initialize, 4, IsHeldBack: initialize), result.Model);
        Assert.True(File.Exists(TableFile));
        Assert.Equal("2 my net", result.Network);

        // With its weights it computes the same; with new ones it is the catalogue's network again, drawn and trained in the same way.
        Assert.Equal(first.TestErrorsDense, result.TestErrorsDense);
        Assert.True(Pruned(result).Measurement.ConvWeights < result.Dense.ConvWeights);
        Assert.True(Pruned(result).MaxDifference < 1e-4);
        Assert.Contains("--model 'my net.onnx'", Read("own", "report.html").Replace("&#39;", "'", StringComparison.Ordinal));
        var pruned = DescriptionReader.Read(Read("own", "pruned.kgn")).Description!;
        Assert.IsType<Softmax>(pruned.Layers.Single(l => l.Name == pruned.Outputs[0]).Operator);
        Assert.DoesNotContain(pruned.Layers, l => l.Operator is BatchNorm);
    }

    [Fact]
    public void A_job_is_not_resumed_with_another_model()
    {
        PruneOptions With(float weight) => Tiny("out") with { Model = new ModelSource(OwnNetwork(weight), "own.kgn"), Initialize = true };
        Interrupt(With(1), PruneStage.Training);
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(With(2) with { Resume = true }));
        Assert.Contains("Model was", refused.Message);
    }

    [Fact]
    public void Weights_that_are_kept_need_their_preprocessing()
    {
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out") with { Model = new ModelSource(OwnNetwork(1), "own.kgn") }));
        Assert.Contains("own.kgn does not say", refused.Message);
        Assert.Contains("--preprocess", refused.Message);
    }

    [Fact]
    public void A_network_that_is_sparse_already_is_refused()
    {
        var own = OwnNetwork(1);
        var conv = (Conv)own.Layers[0].Operator;
        var sparse = conv with { Weights = ConvWeights.FromDense(new float[36], 4, 1, 1, 9, null, [new StridedTaps(0, 2)]) };
        own = own with { Layers = [own.Layers[0] with { Operator = sparse }, own.Layers[1]] };
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(Tiny("out") with { Model = new ModelSource(own, "own.kgn"), Initialize = true }));
        Assert.Contains("'conv' of own.kgn is sparse already", refused.Message);
    }

    [Fact]
    public void The_command_line_says_how_the_model_was_read()
    {
        var options = Tiny("out") with { Model = new ModelSource(OwnNetwork(1), "own.onnx") { Shapes = ["x=1x1x28x28"] } };
        Assert.Contains("--model own.onnx --shape x=1x1x28x28 ", options.CommandLine());
        Assert.Contains(" --precision mixed", (options with { Precision = Precision.Mixed }).CommandLine());
    }

    private static NetworkDescription OwnNetwork(float weight) => new(
        "own",
        [new NetworkInput("x", new Shape(1, 28, 28))],
        [
            new Layer("conv", new Conv(4, Window.Square(3, 3), ConvWeights.FromDense(Enumerable.Repeat(weight, 36).ToArray(), 4, 1, 1, 9)), ["x"]),
            new Layer("fc", new Dense(10, new FloatData(new float[10 * 4 * 81])), ["conv"]),
        ],
        ["fc"]);

    private static void Cancel(PruneProgress progress, PruneStage stage, CancellationTokenSource cancel)
    {
        // In the middle of the stage: the export reports four times, everything else more often.
        if (progress.Stage == stage && progress.Fraction >= 0.4)
        {
            cancel.Cancel();
        }
    }

    private static void Note(PruneProgress progress, List<PruneStage> stages, CancellationTokenSource cancel)
    {
        stages.Add(progress.Stage);
        cancel.Cancel();
    }

    private void Interrupt(PruneOptions options, PruneStage stage)
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => PruneJob.Run(options, new Progress(p => Cancel(p, stage, cancel)), cancel.Token));
    }

    private void CheckResults(PruneResult result)
    {
        var network = Pruned(result);
        var pruned = DescriptionReader.Read(Read("whole", network.File)).Description!;
        var convs = pruned.Layers.Select(l => l.Operator).OfType<Conv>().ToList();
        Assert.Equal(network.Measurement.ConvWeights, convs.Sum(c => (long)c.Weights.Values.Length));
        Assert.DoesNotContain(pruned.Layers, l => l.Operator is BatchNorm);
        Assert.Equal(100.0 * network.TestErrors / result.Images.Report, pruned.Provenance!.ErrorAfter);
        Assert.Equal(
            result.Dense.ConvWeights - network.Measurement.ConvWeights, network.Removed.Map + network.Removed.Kernel + network.Removed.Stride);
        Assert.True(network.MaxDifference < 1e-4);
        using var summary = JsonDocument.Parse(Read("whole", "summary.json"));
        Assert.True(File.Exists(summary.RootElement.GetProperty("assembly").GetString()));
        Assert.Contains("<svg", Read("whole", "report.html"));

        // Of the select images, one by one.
        var search = result.Methods[0];
        Assert.NotEmpty(search.Front);
        Assert.All(search.Front, p => Assert.Equal(0, Math.IEEERemainder(p.Loss * result.Images.Select, 100), 1e-6));
        Assert.Equal(Hypervolume.Of(search.Front.Select(p => (p.Loss, p.Microseconds)), result.Reference.Microseconds, result.Reference.Loss), search.Hypervolume);
    }

    /// <summary>Every kernel takes a nanosecond per estimated cycle: nothing is timed, and the jobs of a test see the same times.</summary>
    private void WriteTable(NetworkDescription dense)
    {
        var sample = new LatencySample("conv1", "conv", "6×28×28", 150, 150, "dense", "loop", 1000, 1000);
        File.WriteAllText(TableFile, new LatencyTable(LatencyOrigin.Here(dense), 1, [sample], new TimeModelCheck(1, 1, 0, 0)).Write());
    }

    private static PrunedResult Pruned(PruneResult result) => Assert.Single(result.Methods[0].Networks);

    private string Read(string output, string file) => File.ReadAllText(Path.Combine(directory, output, file));

    /// <summary>A small network, few images, hardly any training: the way is the same.</summary>
    private PruneOptions Tiny(string output) => new()
    {
        Network = "lenet-5",
        MaximumImages = 600,
        ValidationImages = 100,
        CalibrationImages = 50,
        Epochs = 2,
        RetrainingEpochs = 2,
        Evaluations = 16,
        Population = 4,
        Tolerances = [20],
        RetrainingGain = 80,
        Controls = ["random", "scratch", "unpruned"],
        LatencyTable = TableFile,
        Seed = 4,
        Precision = Precision.Single,
        Output = Path.Combine(directory, output),
    };

    private sealed class Progress(Action<PruneProgress> report) : IProgress<PruneProgress>
    {
        public void Report(PruneProgress value) => report(value);
    }
}

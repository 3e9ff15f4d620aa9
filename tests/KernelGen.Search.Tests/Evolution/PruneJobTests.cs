using KernelGen.Model;
using KernelGen.Search.Networks;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Evolution;

public sealed class PruneJobTests : IDisposable
{
    private readonly TinyJobs jobs = new();

    public void Dispose() => jobs.Dispose();

    [Fact]
    public void Networks_whose_training_diverges_stay_as_they_were_and_results_replace_earlier_ones()
    {
        PruneJob.Run(jobs.Options("out") with { Controls = ["random"] });
        var dense = DescriptionReader.Read(jobs.Read("out", "dense.kgn")).Description!;
        jobs.WriteTable(BatchNormInsertion.Fresh(dense));

        var result = PruneJob.Run(jobs.Options("out") with
        {
            Model = new ModelSource(dense with { Name = "another" }, "dense.kgn"),
            LearningRate = 1e30,
            Epochs = null,
            Tolerances = [20, 30],
        });

        // Such tolerances forbid guessing, which is wrong nine times of ten.
        Assert.InRange(result.TestErrorsDense, 0, result.Images.Report * 0.5);
        Assert.All(result.Methods[0].Networks, n => Assert.InRange(n.TestErrors, 0, result.Images.Report * 0.85));
        Assert.Equal(["dense.kgn", "pruned-20.kgn", "pruned-30.kgn"], Directory.EnumerateFiles(jobs.Options("out").Output, "*.kgn").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(3, Directory.EnumerateFiles(jobs.Options("out").Output, "*.dll").Count());
        Assert.DoesNotContain("random", jobs.Read("out", "search.jsonl"));
    }

    [Fact]
    public void Two_jobs_cannot_share_an_output_directory()
    {
        PruneException? refused = null;
        using var cancel = new CancellationTokenSource();
        var reports = new TinyJobs.Progress(_ =>
        {
            refused ??= Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out")));
            cancel.Cancel();
        });

        Assert.ThrowsAny<OperationCanceledException>(() => PruneJob.Run(jobs.Options("out"), reports, cancel.Token));

        Assert.Contains("another run", refused!.Message);
    }

    [Fact]
    public void Too_many_validation_images_are_refused()
    {
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out") with { ValidationImages = 301 }));
        Assert.Contains("at most half", refused.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_network_of_ones_own_is_pruned_with_its_weights_or_new_ones(bool initialize)
    {
        var first = PruneJob.Run(jobs.Options("first"));
        var dense = DescriptionReader.Read(jobs.Read("first", "dense.kgn")).Description!;
        var own = dense with
        {
            Name = "2 my net",
            Layers = dense.Layers.Append(new Layer("p", new Softmax(), [dense.Outputs[0]])).ToEquatableArray(),
            Outputs = ["p"],
        };
        if (initialize)
        {
            // The one job here that measures its table.
            File.Delete(jobs.TableFile);
        }
        else
        {
            jobs.WriteTable(BatchNormInsertion.Fresh(own));
        }

        var result = PruneJob.Run(jobs.Options("own") with
        {
            Model = new ModelSource(own, "my net.onnx"),
            Initialize = initialize,
            Epochs = initialize ? 2 : null,
            Controls = initialize ? [] : ["random", "scratch", "unpruned"],
        });

        Assert.Equal(new ModelOrigin("my net.onnx", initialize, 4, IsHeldBack: initialize), result.Model);
        Assert.True(File.Exists(jobs.TableFile));
        Assert.Equal("2 my net", result.Network);

        // With its weights it computes the same; with new ones it is the catalogue's network again, drawn and trained in the same way.
        Assert.Equal(first.TestErrorsDense, result.TestErrorsDense);
        Assert.True(TinyJobs.Pruned(result).Measurement.ConvWeights < result.Dense.ConvWeights);
        Assert.True(TinyJobs.Pruned(result).MaxDifference < 1e-4);
        Assert.Contains("--model 'my net.onnx'", jobs.Read("own", "report.html").Replace("&#39;", "'", StringComparison.Ordinal));
        var pruned = DescriptionReader.Read(jobs.Read("own", "pruned.kgn")).Description!;
        Assert.IsType<Softmax>(pruned.Layers.Single(l => l.Name == pruned.Outputs[0]).Operator);
        Assert.DoesNotContain(pruned.Layers, l => l.Operator is BatchNorm);
    }

    [Fact]
    public void A_job_is_not_resumed_with_another_model()
    {
        PruneOptions With(float weight) => jobs.Options("out") with { Model = new ModelSource(OwnNetwork(weight), "own.kgn"), Initialize = true };
        TinyJobs.Interrupt(With(1), PruneStage.Training);
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(With(2) with { Resume = true }));
        Assert.Contains("Model was", refused.Message);
    }

    [Fact]
    public void Weights_that_are_kept_need_their_preprocessing()
    {
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out") with { Model = new ModelSource(OwnNetwork(1), "own.kgn") }));
        Assert.Contains("own.kgn does not say", refused.Message);
        Assert.Contains("--preprocess", refused.Message);
    }

    [Theory]
    [InlineData("fashion-mnist-subset", "validation", 100, 4, null)]
    [InlineData("mnist", "validation", 100, 4, "100 images of the split 'validation' of mnist")]
    [InlineData("fashion-mnist-subset", "test", 100, 4, "of the split 'test'")]
    [InlineData("fashion-mnist-subset", "validation", 50, 4, "held to 50 images")]
    [InlineData("fashion-mnist-subset", "validation", 100, 5, "drawn by seed 4, that choose and judge here: it was held to 100 images of the split 'validation' of fashion-mnist-subset, seed 5.")]
    [InlineData(null, "", 0, 0, "does not say how it was trained")]
    public void A_network_that_must_not_know_the_images_held_back_says_that_it_does_not(string? dataset, string split, int images, long seed, string? refusal)
    {
        var own = OwnNetwork(1) with { Provenance = dataset is null ? null : new Provenance(dataset, split, images, 1, 1, 0, seed, "a tool") };
        var options = jobs.Options("out") with { Model = new ModelSource(own, "own.kgn"), RequireHeldBack = true, Preprocess = "0..1" };
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        var message = Record.Exception(() => PruneJob.Run(options, null, cancelled.Token));

        Assert.IsType(refusal is null ? typeof(OperationCanceledException) : typeof(PruneException), message);
        Assert.Contains(refusal ?? "", message.Message, StringComparison.Ordinal);
        Assert.Equal(refusal is not null, message.Message.Contains("validationImages", StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_that_is_sparse_already_is_refused()
    {
        var own = OwnNetwork(1);
        var conv = (Conv)own.Layers[0].Operator;
        var sparse = conv with { Weights = ConvWeights.FromDense(new float[36], 4, 1, 1, 9, null, [new StridedTaps(0, 2)]) };
        own = own with { Layers = [own.Layers[0] with { Operator = sparse }, own.Layers[1]] };
        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out") with { Model = new ModelSource(own, "own.kgn"), Initialize = true }));
        Assert.Contains("'conv' of own.kgn is sparse already", refused.Message);
    }

    [Fact]
    public void The_command_line_says_how_the_model_was_read()
    {
        var options = jobs.Options("out") with { Model = new ModelSource(OwnNetwork(1), "own.onnx") { Shapes = ["x=1x1x28x28"] } };
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
}

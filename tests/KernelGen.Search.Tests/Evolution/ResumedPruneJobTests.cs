using System.Text.Json;
using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Evolution;

public sealed class ResumedPruneJobTests : IDisposable
{
    private readonly TinyJobs jobs = new();

    public void Dispose() => jobs.Dispose();

    [Theory]
    [InlineData(Precision.Single)]
    [InlineData(Precision.Mixed)]
    public void A_job_interrupted_in_every_stage_and_resumed_writes_the_same_descriptions(Precision precision)
    {
        PruneOptions Options(string output) => jobs.Options(output) with { Precision = precision, Controls = ["random", "scratch", "unpruned"] };
        var whole = PruneJob.Run(Options("whole"));
        var interrupted = Options("interrupted") with { Resume = true };

        // Where there is a latency table already, no time is taken.
        foreach (var stage in Enum.GetValues<PruneStage>().Except([PruneStage.Latency]))
        {
            TinyJobs.Interrupt(interrupted, stage);
            Assert.False(File.Exists(Path.Combine(interrupted.Output, "pruned.kgn")));
        }

        // What a killed run may leave: a line of a generation without a checkpoint, and half a line.
        var log = Path.Combine(interrupted.Output, "search.jsonl");
        var last = File.ReadLines(log).Last();
        File.AppendAllText(log, last.Replace("\"generation\":", "\"generation\":9", StringComparison.Ordinal) + "\n" + last[..(last.Length / 2)]);

        var resumed = PruneJob.Run(interrupted);

        foreach (var file in new[] { "dense.kgn", "pruned.kgn" })
        {
            Assert.Equal(jobs.Read("whole", file), jobs.Read("interrupted", file));
        }

        var (expected, found) = (TinyJobs.Pruned(whole), TinyJobs.Pruned(resumed));
        Assert.Equal((whole.TestErrorsDense, expected.TestErrors, expected.Removed), (resumed.TestErrorsDense, found.TestErrors, found.Removed));
        Assert.Equal(16, whole.Generations.Sum(g => g.Particles.Count));
        Assert.Equal(["evolution", "random", "scratch", "unpruned"], whole.Methods.Select(m => m.Name));
        Assert.Equal(new RemovedWeights(0, 0, 0), whole.Methods[^1].Networks.Single().Removed);
        Assert.NotEqual(jobs.Read("whole", "dense.kgn"), jobs.Read("whole", whole.Methods[^1].Networks.Single().File));
        Assert.Equal(jobs.Read("whole", "search.jsonl"), jobs.Read("interrupted", "search.jsonl"));
        Assert.Equal(32, jobs.Read("whole", "search.jsonl").Count(c => c == '\n'));
        CheckResults(whole);
    }

    [Fact]
    public void A_job_is_not_resumed_with_other_options()
    {
        TinyJobs.Interrupt(jobs.Options("out"), PruneStage.Training);

        var refused = Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out") with { Resume = true, Seed = 9, Epochs = 3 }));

        Assert.Contains("Seed was 4 and is now 9", refused.Message);
        Assert.Contains("Epochs was 2 and is now 3", refused.Message);
        Assert.DoesNotContain("Population", refused.Message);
    }

    [Fact]
    public void A_job_that_is_refused_leaves_the_checkpoint_of_an_earlier_one()
    {
        TinyJobs.Interrupt(jobs.Options("out"), PruneStage.Search);
        var before = Checkpoint();

        Assert.Contains("lenet-6", Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out") with { Network = "lenet-6" })).Message);
        Assert.Throws<PruneException>(() => PruneJob.Run(jobs.Options("out") with { Tolerances = [0], RetrainingGain = 0 }));

        Assert.NotEmpty(before);
        Assert.Equal(before, Checkpoint());

        List<string> Checkpoint() => [.. Directory.EnumerateFiles(jobs.PathOf("out", ".checkpoint")).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Without_resuming_a_job_starts_anew()
    {
        TinyJobs.Interrupt(jobs.Options("out"), PruneStage.Search);
        var stages = new List<PruneStage>();
        using var cancel = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(
            () => PruneJob.Run(jobs.Options("out"), new TinyJobs.Progress(p => Note(p, stages, cancel)), cancel.Token));

        Assert.Equal([PruneStage.Training], stages);
    }

    private static void Note(PruneProgress progress, List<PruneStage> stages, CancellationTokenSource cancel)
    {
        stages.Add(progress.Stage);
        cancel.Cancel();
    }

    private void CheckResults(PruneResult result)
    {
        var network = TinyJobs.Pruned(result);
        var pruned = DescriptionReader.Read(jobs.Read("whole", network.File)).Description!;
        var convs = pruned.Layers.Select(l => l.Operator).OfType<Conv>().ToList();
        Assert.Equal(network.Measurement.ConvWeights, convs.Sum(c => (long)c.Weights.Values.Length));
        Assert.DoesNotContain(pruned.Layers, l => l.Operator is BatchNorm);
        Assert.Equal(100.0 * network.TestErrors / result.Images.Report, pruned.Provenance!.ErrorAfter);
        Assert.Equal(
            result.Dense.ConvWeights - network.Measurement.ConvWeights, network.Removed.Map + network.Removed.Kernel + network.Removed.Stride);
        Assert.True(network.MaxDifference < 1e-4);
        using var summary = JsonDocument.Parse(jobs.Read("whole", "summary.json"));
        Assert.True(File.Exists(summary.RootElement.GetProperty("assembly").GetString()));
        Assert.Contains("<svg", jobs.Read("whole", "report.html"));

        // Of the select images, one by one.
        var search = result.Methods[0];
        Assert.NotEmpty(search.Front);
        Assert.All(search.Front, p => Assert.Equal(0, Math.IEEERemainder(p.Loss * result.Images.Select, 100), 1e-6));
        Assert.Equal(Hypervolume.Of(search.Front.Select(p => (p.Loss, p.Microseconds)), result.Reference.Microseconds, result.Reference.Loss), search.Hypervolume);
    }
}

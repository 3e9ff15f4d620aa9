using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Latency;
using KernelGen.Search.Networks;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Evolution;

/// <summary>A folder for jobs that are over in seconds: a small network, few images, hardly any training, no times taken; the way is the same.</summary>
internal sealed class TinyJobs : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("kernelgen-").FullName;

    public TinyJobs() => WriteTable(NetworkCatalog.Create("lenet-5", new Shape(1, 28, 28), Datasets.Load(null).Training.ClassNames, 1));

    public string TableFile => PathOf("latency.json");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    public PruneOptions Options(string output) => new()
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
        LatencyTable = TableFile,
        Seed = 4,
        Precision = Precision.Single,
        Output = PathOf(output),
    };

    /// <summary>Every kernel takes a nanosecond per estimated cycle: nothing is timed, and the jobs of a test see the same times.</summary>
    public void WriteTable(NetworkDescription dense)
    {
        var sample = new LatencySample("conv1", "conv", "6×28×28", 150, 150, "dense", "loop", 1000, 1000);
        File.WriteAllText(TableFile, new LatencyTable(LatencyOrigin.Here(dense), 1, [sample], new TimeModelCheck(1, 1, 0, 0)).Write());
    }

    public string PathOf(params string[] names) => Path.Combine([directory, .. names]);

    public string Read(string output, string file) => File.ReadAllText(PathOf(output, file));

    /// <summary>The network of the one tolerance that the evolution was asked for.</summary>
    public static PrunedResult Pruned(PruneResult result) => Assert.Single(result.Methods[0].Networks);

    /// <summary>A job that is cancelled in the middle of a stage.</summary>
    public static void Interrupt(PruneOptions options, PruneStage stage)
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => PruneJob.Run(options, new Progress(p => Cancel(p, stage, cancel)), cancel.Token));
    }

    private static void Cancel(PruneProgress progress, PruneStage stage, CancellationTokenSource cancel)
    {
        // The export reports four times, everything else more often.
        if (progress.Stage == stage && progress.Fraction >= 0.4)
        {
            cancel.Cancel();
        }
    }

    internal sealed class Progress(Action<PruneProgress> report) : IProgress<PruneProgress>
    {
        public void Report(PruneProgress value) => report(value);
    }
}

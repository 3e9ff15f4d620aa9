using System.Text.Json;
using KernelGen.Runtime;
using KernelGen.Search.Evolution;
using KernelGen.Search.Export;
using KernelGen.Search.Latency;

namespace KernelGen.Search.Reports;

/// <summary>Writes the figures of a run for scripts.</summary>
public static class SummaryWriter
{
    public const string FileName = "summary.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <c>summary.json</c>, whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="folder">Where the assemblies will be found.</param>
    public static void Write(PruneResult result, string path, string folder) =>
        AtomicFile.WriteAllText(path, JsonSerializer.Serialize(Summary.Of(result, folder), Json) + "\n");

    /// <summary>The networks that a summary names, the dense one first, each with the name of the dense one and the file of its description.</summary>
    /// <returns>None if there is no such file, or it is no summary.</returns>
    public static IReadOnlyList<(string Network, string File)> Networks(string path)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<Summary>(File.ReadAllText(path), Json) is { Network: { } network, Methods: { } methods }
                ? [(network, ResultFiles.Dense + ".kgn"), .. methods.SelectMany(m => m.Networks).Select(n => (network, n.File))]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static double Round(double value) => Math.Round(value, 4);

    /// <summary>
    /// The keys of the file, in order. Errors are percentages of the test images, losses percentage points, bytes those of
    /// assemblies. Those from <c>errorAfter</c> to <c>assembly</c> are of the search's own network, that of the first tolerance.
    /// </summary>
    /// <param name="Model">The file of the user's own network; null: the network is one of the catalogue.</param>
    /// <param name="Initialized">Whether the weights were drawn anew and trained here.</param>
    private sealed record Summary(
        string Network,
        string Dataset,
        long Seed,
        int TestImages,
        double ErrorBefore,
        double? ErrorAfter,
        long ConvWeightsBefore,
        long? ConvWeightsAfter,
        RemovedWeights? RemovedByGranularity,
        long MacsBefore,
        long? MacsAfter,
        double MicrosecondsDense,
        double? MicrosecondsPruned,
        long BytesDense,
        long? BytesPruned,
        string? Assembly,
        string TestSplit,
        string? Model,
        bool Initialized,
        SplitSizes Images,
        TrainingEpochs Epochs,
        string Machine,
        DenseSummary Dense,
        IReadOnlyList<MethodSummary> Methods,
        FrontPoint HypervolumeReference,
        TimeModelCheck TimeModel)
    {
        public static Summary Of(PruneResult r, string folder)
        {
            var first = r.Methods[0].Networks.FirstOrDefault();
            return new Summary(
                r.Network,
                r.Dataset,
                r.Seed,
                r.Images.Report,
                r.ErrorPercent(r.TestErrorsDense),
                first is null ? null : r.ErrorPercent(first.TestErrors),
                r.Dense.ConvWeights,
                first?.Measurement.ConvWeights,
                first?.Removed,
                r.Dense.Macs,
                first?.Measurement.Macs,
                Round(r.Dense.Microseconds),
                first is null ? null : Round(first.Measurement.Microseconds),
                r.Dense.AssemblyBytes,
                first?.Measurement.AssemblyBytes,
                first is null ? null : Path.Combine(folder, ResultFiles.AssemblyFile(r.Network, first.File)),
                r.TestSplit,
                r.Model?.File,
                r.Model is null or { Initialized: true },
                r.Images,
                r.Epochs,
                r.Machine,
                DenseSummary.Of(r),
                [.. r.Methods.Select((m, i) => MethodSummary.Of(m, r, isControl: i > 0))],
                new FrontPoint(Round(r.Reference.Loss), Round(r.Reference.Microseconds)),
                new TimeModelCheck(r.TimeModel.Samples, r.TimeModel.Networks, Round(r.TimeModel.MeanError), Round(r.TimeModel.LargestError)));
        }
    }

    /// <param name="File">The description's path, beside this file.</param>
    private sealed record DenseSummary(
        string File,
        double Error,
        double StandardError,
        long ConvWeights,
        long DenseWeights,
        long Macs,
        double Microseconds,
        long WeightBytes,
        long WorkspaceBytes,
        long AssemblyBytes)
    {
        public static DenseSummary Of(PruneResult r) => new(
            "dense.kgn",
            r.ErrorPercent(r.TestErrorsDense),
            Round(PairedStatistics.StandardError(r.TestErrorsDense, r.Images.Report)),
            r.Dense.ConvWeights,
            r.Dense.DenseWeights,
            r.Dense.Macs,
            Round(r.Dense.Microseconds),
            r.Dense.WeightBytes,
            r.Dense.WorkspaceBytes,
            r.Dense.AssemblyBytes);
    }

    private sealed record MethodSummary(
        string Name,
        bool IsControl,
        int Evaluations,
        double Hypervolume,
        IReadOnlyList<FrontPoint> Front,
        IReadOnlyList<NetworkSummary> Networks)
    {
        public static MethodSummary Of(MethodResult m, PruneResult r, bool isControl) => new(
            m.Name,
            isControl,
            m.Evaluations,
            Round(m.Hypervolume),
            [.. m.Front.Select(p => new FrontPoint(Round(p.Loss), Round(p.Microseconds)))],
            [.. m.Networks.Select(n => NetworkSummary.Of(n, r, isControl))]);
    }

    /// <param name="File">The description's path, beside this file.</param>
    /// <param name="Assembly">Beside this file; null: only the description was written.</param>
    /// <param name="PValue">McNemar's exact test, two-sided, against the dense network on the test images.</param>
    /// <param name="StandardErrorOfLoss">Of the paired difference, in percentage points.</param>
    private sealed record NetworkSummary(
        double Tolerance,
        string File,
        string? Assembly,
        double SelectLoss,
        bool WithinTolerance,
        double Error,
        double StandardError,
        double Loss,
        double StandardErrorOfLoss,
        double PValue,
        int OnlyDenseWrong,
        int OnlyPrunedWrong,
        double MaxDifference,
        long ConvWeights,
        RemovedWeights RemovedByGranularity,
        long DenseWeights,
        long Macs,
        double Microseconds,
        double EstimatedMicroseconds,
        long WeightBytes,
        long WorkspaceBytes,
        long AssemblyBytes,
        int Retrainings,
        IReadOnlyList<LayerChange> Layers)
    {
        public static NetworkSummary Of(PrunedResult n, PruneResult r, bool isControl) => new(
            n.Tolerance,
            n.File,
            isControl ? null : ResultFiles.AssemblyFile(r.Network, n.File),
            Round(n.SelectLoss),
            n.IsWithinTolerance,
            r.ErrorPercent(n.TestErrors),
            Round(PairedStatistics.StandardError(n.TestErrors, r.Images.Report)),
            Round(n.TestLoss(r.Images.Report)),
            Round(PairedStatistics.StandardErrorOfDifference(n.OnlyDenseWrong, n.OnlyPrunedWrong, r.Images.Report)),
            PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong),
            n.OnlyDenseWrong,
            n.OnlyPrunedWrong,
            n.MaxDifference,
            n.Measurement.ConvWeights,
            n.Removed,
            n.Measurement.DenseWeights,
            n.Measurement.Macs,
            Round(n.Measurement.Microseconds),
            Round(n.EstimatedMicroseconds),
            n.Measurement.WeightBytes,
            n.Measurement.WorkspaceBytes,
            n.Measurement.AssemblyBytes,
            n.Retrainings,
            [.. n.Layers.Select(l => l with { MicrosecondsBefore = Round(l.MicrosecondsBefore), MicrosecondsAfter = Round(l.MicrosecondsAfter) })]);
    }
}

using KernelGen.Search.Evolution;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Study;

/// <summary>A pruned network of the study, one element of <c>study.json</c>. Errors in percent of the test images.</summary>
/// <param name="Method"><c>evolution</c>, <c>particle-filter</c>, or a control.</param>
/// <param name="Granularity">E.g. <c>maps+kernels+strides</c>.</param>
/// <param name="Tolerance">Percentage points.</param>
/// <param name="PValue">McNemar's exact test, two-sided, against the dense network on the test images.</param>
/// <param name="MicrosecondsDense">Time of one inference of the whole dense network, the mean over the fastest tenth of the runs.</param>
/// <param name="BytesDense">Of the compiled assembly.</param>
/// <param name="Model">The pruned network's description, from the folder of <c>study.json</c>; null: it was not kept.</param>
/// <param name="Commit">Of the sources of the tool that timed it.</param>
public sealed record StudyRow(
    string Network,
    string Dataset,
    string Method,
    string Granularity,
    double Tolerance,
    long Seed,
    double ErrorBefore,
    double ErrorAfter,
    int TestImages,
    double PValue,
    long ConvWeightsBefore,
    long ConvWeightsAfter,
    long MacsBefore,
    long MacsAfter,
    double MicrosecondsDense,
    double MicrosecondsPruned,
    long BytesDense,
    long BytesPruned,
    IReadOnlyList<LayerTime> MicrosecondsPerLayer,
    string? Model,
    string Commit,
    string Machine)
{
    internal const string EveryGranularity = "maps+kernels+strides";

    /// <summary>Percentage points of error more than the dense network.</summary>
    internal double Loss => Math.Round(ErrorAfter - ErrorBefore, 4);

    /// <summary>How many times as fast as the dense network.</summary>
    internal double Speedup => MicrosecondsDense / MicrosecondsPruned;

    internal double ConvWeightsRemoved => 1 - ((double)ConvWeightsAfter / ConvWeightsBefore);

    internal double MacRatio => (double)MacsBefore / MacsAfter;

    internal bool IsEvolution => Method == NonDominatedEvolution.MethodName;

    /// <summary>Whether every granularity was allowed from the start: the rows that headlines are made of.</summary>
    internal bool IsAtEveryGranularity => Granularity == EveryGranularity;

    internal static IReadOnlyList<StudyRow> Of(StudyJob job, PruneResult r, string commit) =>
    [
        .. from method in r.Methods
           from n in method.Networks
           select new StudyRow(
               job.Settings.Label ?? r.Network,
               r.Dataset,
               method.Name,
               job.Granularity,
               n.Tolerance,
               r.Seed,
               r.ErrorPercent(r.TestErrorsDense),
               r.ErrorPercent(n.TestErrors),
               r.Images.Report,
               PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong),
               r.Dense.ConvWeights,
               n.Measurement.ConvWeights,
               r.Dense.Macs,
               n.Measurement.Macs,
               Math.Round(r.Dense.Microseconds, 3),
               Math.Round(n.Measurement.Microseconds, 3),
               r.Dense.AssemblyBytes,
               n.Measurement.AssemblyBytes,
               [.. n.Layers.Select(l => new LayerTime(l.Name, Math.Round(l.MicrosecondsBefore, 3), Math.Round(l.MicrosecondsAfter, 3)))],
               null,
               commit,
               r.Machine),
    ];
}

/// <summary>Time of one layer within the generated code of the whole network, in microseconds; 0: not timed.</summary>
public sealed record LayerTime(string Layer, double Before, double After);

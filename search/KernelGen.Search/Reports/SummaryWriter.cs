using System.Text.Json;
using System.Text.Json.Serialization;
using KernelGen.Runtime;

namespace KernelGen.Search.Reports;

/// <summary>Writes the figures of a run for scripts.</summary>
public static class SummaryWriter
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <c>summary.json</c>, whole or not at all.</summary>
    public static void Write(PruneResult result, string path) =>
        AtomicFile.WriteAllText(path, JsonSerializer.Serialize(Summary.Of(result), Json) + "\n");

    /// <summary>The keys of the file, in order. Errors are percentages of the test images.</summary>
    /// <param name="Model">The file of the user's own network; null: the network is one of the catalogue.</param>
    /// <param name="Initialized">Whether the weights were drawn anew and trained here.</param>
    private sealed record Summary(
        string Network,
        string Dataset,
        long Seed,
        int TestImages,
        double ErrorBefore,
        double ErrorAfter,
        long ConvWeightsBefore,
        long ConvWeightsAfter,
        RemovedWeights RemovedByGranularity,
        long MacsBefore,
        long MacsAfter,
        double MicrosecondsDense,
        double MicrosecondsPruned,
        long BytesDense,
        long BytesPruned,
        [property: JsonPropertyName("assembly")] string AssemblyPath,
        string TestSplit,
        string? Model,
        bool Initialized)
    {
        public static Summary Of(PruneResult r) => new(
            r.Network,
            r.Dataset,
            r.Seed,
            r.TestImages,
            Percent(r.TestErrorsDense, r.TestImages),
            Percent(r.TestErrorsPruned, r.TestImages),
            r.Dense.ConvWeights,
            r.Pruned.ConvWeights,
            r.Removed,
            r.Dense.Macs,
            r.Pruned.Macs,
            Math.Round(r.Dense.Microseconds, 3),
            Math.Round(r.Pruned.Microseconds, 3),
            r.Dense.AssemblyBytes,
            r.Pruned.AssemblyBytes,
            r.AssemblyPath,
            r.TestSplit,
            r.Model?.File,
            r.Model is null or { Initialized: true });

        private static double Percent(int errors, int images) => Math.Round(100.0 * errors / images, 4);
    }
}

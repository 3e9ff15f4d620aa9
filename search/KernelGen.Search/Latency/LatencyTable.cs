using System.Text.Json;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Search.Latency;

/// <summary>
/// Measured times of the layers of really generated networks: the dense one and candidates pruned from it. Candidates are
/// judged by times from here only, so that a search with the same table and seed comes to the same result again.
/// </summary>
/// <param name="Origin">What was measured, and where.</param>
/// <param name="Overhead">Microseconds of one inference that are no layer's: the call, and copies for the caller.</param>
/// <param name="Samples">Network by network, in the order of execution.</param>
/// <param name="Check">How well the table predicts other networks.</param>
public sealed record LatencyTable(LatencyOrigin Origin, double Overhead, EquatableArray<LatencySample> Samples, TimeModelCheck Check)
{
    private const string Format = "kernelgen-latency";
    private const int Version = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads the table of a network from a file, or measures it and writes the file.</summary>
    /// <param name="candidate">The i-th candidate pruned from the dense network; any number may be asked for, in order.</param>
    /// <param name="file">Null: one in the user's cache, named by machine, compiler and network.</param>
    /// <param name="report">Receives the part done, 0 to 1, and what is being done.</param>
    /// <exception cref="PruneException">The given file is damaged, of another network, or cannot be read or written.</exception>
    public static LatencyTable LoadOrMeasure(
        NetworkDescription dense,
        Func<int, NetworkDescription> candidate,
        string? file,
        Action<double, string> report,
        CancellationToken cancellation) => LoadOrMeasure(dense, candidate, file, LatencyEffort.Default, report, cancellation);

    /// <summary>The canonical text of the file.</summary>
    public string Write() => JsonSerializer.Serialize(
        new TableText(Format, Version, Origin.Machine, Origin.Target, Origin.Compiler, Origin.Network, Overhead, Check, [.. Samples]), Json) + "\n";

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="path">For messages.</param>
    /// <exception cref="PruneException">The text is no latency table, or a figure in it cannot be one.</exception>
    public static LatencyTable Read(string text, string path)
    {
        TableText? read;
        try
        {
            read = JsonSerializer.Deserialize<TableText>(text, Json);
        }
        catch (JsonException e)
        {
            throw Damaged(path, e.Message);
        }

        if (read is not { Format: Format, Version: Version })
        {
            throw Damaged(path, $"its format is not {Format} {Version}.");
        }

        if (!TargetNames.All.Contains(read.Target))
        {
            throw Damaged(path, $"'{read.Target}' is no target.");
        }

        if (read.Samples.Length == 0 || !IsTime(read.Overhead) || !IsTime(read.Check.MeanError) || !IsTime(read.Check.LargestError))
        {
            throw Damaged(path, "it has no samples, or its overhead or check are no times.");
        }

        foreach (var sample in read.Samples)
        {
            if (sample is null || sample.Cycles <= 0 || !(sample.Nanoseconds > 0) || !IsTime(sample.Nanoseconds))
            {
                throw Damaged(path, $"a sample of the layer '{sample?.Layer}' has no time.");
            }
        }

        return new LatencyTable(
            new LatencyOrigin(read.Machine, read.Target, read.Compiler, read.Network), read.Overhead, read.Samples.ToEquatableArray(), read.Check);
    }

    /// <param name="effort">What measuring may cost.</param>
    internal static LatencyTable LoadOrMeasure(
        NetworkDescription dense,
        Func<int, NetworkDescription> candidate,
        string? file,
        LatencyEffort effort,
        Action<double, string> report,
        CancellationToken cancellation)
    {
        var origin = LatencyOrigin.Here(dense);
        var path = file ?? origin.CacheFile;
        if (File.Exists(path) && LoadFor(origin, path, isCache: file is null, report) is { } known)
        {
            return known;
        }

        var table = LatencyMeasurement.Measure(origin, dense, candidate, effort, report, cancellation);
        try
        {
            AtomicFile.WriteAllText(path, table.Write());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written costs the next run its time, not this one its result.
            if (file is not null)
            {
                throw new PruneException($"The latency table {path} cannot be written: {e.Message}");
            }

            report(1, $"the latency table is not kept: {e.Message}");
        }

        return table;
    }

    private static LatencyTable? LoadFor(LatencyOrigin origin, string path, bool isCache, Action<double, string> report)
    {
        try
        {
            var table = ReadFile(path);
            if (table.Origin.Network != origin.Network)
            {
                throw new PruneException(
                    $"The latency table {path} is of another network. Give the table of this one, or another file name to have it measured.");
            }

            foreach (var difference in table.Origin.DifferencesTo(origin))
            {
                report(0, $"the latency table {path} was measured {difference}: times are predicted for that");
            }

            return table;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return isCache ? null : throw new PruneException($"The latency table {path} cannot be read: {e.Message}");
        }
        catch (PruneException e) when (isCache)
        {
            report(0, $"{e.Message} It is measured anew");
            return null;
        }
    }

    private static LatencyTable ReadFile(string path)
    {
        try
        {
            return Read(File.ReadAllText(path), path);
        }
        catch (PruneException e)
        {
            throw new PruneException($"{e.Message} Delete it to have it measured again.");
        }
    }

    private static bool IsTime(double value) => value >= 0 && double.IsFinite(value);

    private static PruneException Damaged(string path, string what) =>
        new($"{path} is no latency table that can be read: {what}");

    private sealed record TableText(
        string Format,
        int Version,
        string Machine,
        string Target,
        string Compiler,
        string Network,
        double Overhead,
        TimeModelCheck Check,
        LatencySample[] Samples);
}

/// <summary>The time of one layer of one network.</summary>
/// <param name="Operator">With the kernel window, e.g. <c>conv 5×5 + relu</c>.</param>
/// <param name="Output">Its shape, maps first, e.g. <c>16×32×32</c>.</param>
/// <param name="WeightsDense">With every weight of the kept maps.</param>
/// <param name="WeightsLeft">Existing weights.</param>
/// <param name="Sparsity">The kinds of sparsity present, e.g. <c>kernels, strided</c>.</param>
/// <param name="Schedule">The form of the generated code, e.g. <c>unrolled</c>.</param>
/// <param name="Cycles">The compiler's estimate; more than 0.</param>
/// <param name="Nanoseconds">Measured, per inference.</param>
public sealed record LatencySample(
    string Layer,
    string Operator,
    string Output,
    long WeightsDense,
    long WeightsLeft,
    string Sparsity,
    string Schedule,
    long Cycles,
    double Nanoseconds)
{
    /// <summary>What is shorter the clock cannot tell from nothing.</summary>
    private const double LeastNanoseconds = 1;

    public static LatencySample Of(LayerPlan layer, double microseconds) => new(
        layer.Name,
        layer.Operator,
        layer.Output.ToString(),
        layer.WeightsDense,
        layer.WeightsLeft,
        layer.Sparsity,
        layer.Schedule,
        layer.EstimatedCycles,
        Math.Max(LeastNanoseconds, Math.Round(1000 * microseconds, 1)));
}

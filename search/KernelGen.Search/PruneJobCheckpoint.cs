using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using KernelGen.Runtime;
using KernelGen.Search.Data;
using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Training;

namespace KernelGen.Search;

/// <summary>
/// The folder <c>.checkpoint</c> of a job: each file is written whole or not at all, and together with the options it decides
/// how the job goes on. Only one job at a time holds it.
/// </summary>
internal sealed class PruneJobCheckpoint : IDisposable
{
    private const string OptionsFile = "options.json";
    private const string LatencyFile = "latency.json";

    /// <summary>Raised when candidates are scored, proposed or trained in another way: a run goes on as it began, or not at all.</summary>
    private const int MethodVersion = 12;

    private readonly string directory;
    private readonly FileStream hold;

    private PruneJobCheckpoint(string directory, FileStream hold)
    {
        this.directory = directory;
        this.hold = hold;
    }

    /// <summary>A folder for results that are not complete yet.</summary>
    public string Staging => Path.Combine(directory, "result");

    /// <summary>Takes the folder: emptied, or, to resume, as it was left.</summary>
    /// <exception cref="PruneException">Another job holds it, or what it holds is of other options or images.</exception>
    public static PruneJobCheckpoint Open(PruneOptions options, Dataset dataset)
    {
        var directory = Path.GetFullPath(Path.Combine(options.Output, ".checkpoint"));
        var checkpoint = new PruneJobCheckpoint(directory, Hold(directory, options));
        try
        {
            checkpoint.Prepare(options, Describe(options, dataset));
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public TrainingState? LoadTraining(string name) =>
        Load(name + ".state") is { } bytes ? Understood(name + ".state", () => TrainingState.FromBytes(bytes)) : null;

    public void SaveTraining(string name, TrainingState state) => AtomicFile.WriteAllBytes(PathOf(name + ".state"), state.ToBytes());

    /// <summary>Where the search of a method stands.</summary>
    public SearchState? LoadSearch(string method) =>
        Load(SearchFile(method)) is { } bytes
            ? Understood(SearchFile(method), () => SearchCheckpoint.Read(System.Text.Encoding.UTF8.GetString(bytes)))
            : null;

    public void SaveSearch(string method, SearchState state) => AtomicFile.WriteAllText(PathOf(SearchFile(method)), SearchCheckpoint.Write(state));

    /// <summary>What candidates of a method lost after repair, in percentage points of the select images, by their index on its front.</summary>
    public SortedDictionary<int, double> LoadRepairLosses(string method) =>
        Load(RepairsFile(method)) is { } bytes ? Understood(RepairsFile(method), () => JsonSerializer.Deserialize<SortedDictionary<int, double>>(bytes)!) : [];

    public void SaveRepairLosses(string method, SortedDictionary<int, double> losses) => AtomicFile.WriteAllText(PathOf(RepairsFile(method)), JsonSerializer.Serialize(losses));

    public LatencyTable? LoadLatency() => Load(LatencyFile) is { } bytes
        ? Understood(LatencyFile, () => LatencyTable.Read(System.Text.Encoding.UTF8.GetString(bytes), LatencyFile))
        : null;

    public void SaveLatency(LatencyTable table) => AtomicFile.WriteAllText(PathOf(LatencyFile), table.Write());

    public void Dispose() => hold.Dispose();

    private static FileStream Hold(string directory, PruneOptions options)
    {
        var file = Path.Combine(directory, "lock");
        try
        {
            Directory.CreateDirectory(directory);
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PruneException($"{options.Output} cannot be used: {e.Message} Is another run writing there? Give another directory.") { IsBusy = e is IOException && File.Exists(file) };
        }
    }

    private void Prepare(PruneOptions options, JsonObject description)
    {
        foreach (var leftover in Directory.EnumerateFiles(directory, "*.tmp"))
        {
            File.Delete(leftover);
        }

        if (options.Resume && Load(OptionsFile) is { } saved)
        {
            RequireSame(Understood(OptionsFile, () => JsonNode.Parse(saved)!.AsObject()), description, options);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(directory).Where(f => Path.GetFileName(f) != "lock"))
        {
            File.Delete(file);
        }

        File.Delete(Path.Combine(options.Output, SearchLog.FileName));
        AtomicFile.WriteAllText(PathOf(OptionsFile), description.ToJsonString());
    }

    private static void RequireSame(JsonObject saved, JsonObject wanted, PruneOptions options)
    {
        var differences = wanted
            .Where(p => saved[p.Key]?.ToJsonString() != p.Value?.ToJsonString())
            .Select(p => $"{p.Key} was {saved[p.Key]?.ToJsonString() ?? "not set"} and is now {p.Value?.ToJsonString() ?? "not set"}")
            .ToList();
        if (differences.Count > 0)
        {
            throw new PruneException(
                $"The run in {options.Output} cannot be resumed with other options: {string.Join("; ", differences)}. "
                + "Give the same options, or start anew without resuming.");
        }
    }

    /// <summary>Everything that the result depends on.</summary>
    private static JsonObject Describe(PruneOptions options, Dataset dataset)
    {
        // Where files are does not matter; what is in them does, and the data set's name.
        var described = JsonSerializer.SerializeToNode(options)!.AsObject();
        described.Remove(nameof(PruneOptions.Output));
        described.Remove(nameof(PruneOptions.Resume));
        described.Remove(nameof(PruneOptions.DataDirectory));
        if (options.Model is { } own)
        {
            described.Remove(nameof(PruneOptions.Network));
            described["Model"] = own.Hash;
        }

        described["Images"] = $"{dataset.Name} {Hash(dataset)}";
        described["Tool"] = PruneJob.Tool;
        described["Method"] = MethodVersion;
        described["Compiler"] = LatencyOrigin.CompilerBuild;
        return described;
    }

    private static string Hash(Dataset dataset)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var set in new[] { dataset.Training, dataset.Test })
        {
            hash.AppendData(set.Pixels);
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(set.Labels));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private byte[]? Load(string name) => File.Exists(PathOf(name)) ? File.ReadAllBytes(PathOf(name)) : null;

    private T Understood<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException or PruneException)
        {
            throw new PruneException($"{PathOf(name)} is damaged: {e.Message} Start anew without --resume.");
        }
    }

    private static string SearchFile(string method) => method + ".json";

    private static string RepairsFile(string method) => method + "-repairs.json";

    private string PathOf(string name) => Path.Combine(directory, name);
}

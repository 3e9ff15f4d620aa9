using KernelGen.Search.Data;

namespace KernelGen.Search.Study;

/// <summary>Where a study finds and leaves its files: what differs from machine to machine, and so does not stand in the plan.</summary>
/// <param name="Output">A folder per job, with the job's checkpoint and results.</param>
/// <param name="Data">Folders of data sets by the names that the plan uses.</param>
/// <param name="Dense">The folder that trained dense networks lie in.</param>
/// <param name="LatencyTable">As in <see cref="PruneOptions"/>.</param>
public sealed record StudyFolders(string Output, IReadOnlyDictionary<string, string> Data, string Dense = ".", string? LatencyTable = null)
{
    public string Job(string id) => Path.Combine(Output, id);

    internal string DenseFile(string file) => Path.Combine(Dense, file);

    /// <summary>What <see cref="Datasets.Load"/> takes.</summary>
    internal string? DataFolder(string? name) => name is null ? null : Data.GetValueOrDefault(name, name);

    /// <exception cref="StudyException">A job's data set has no folder.</exception>
    internal void Check(IEnumerable<StudyJob> jobs)
    {
        var known = Datasets.List().Select(d => d.Name).ToList();
        foreach (var name in jobs.Select(j => j.Settings.Data).OfType<string>().Distinct())
        {
            var folder = DataFolder(name)!;
            if (!known.Contains(folder) && !Directory.Exists(folder))
            {
                throw new StudyException($"The plan's data set {name} is not at '{folder}'. Say where it is: --data {name}=FOLDER. Without a folder: {string.Join(", ", known)}.");
            }
        }
    }
}

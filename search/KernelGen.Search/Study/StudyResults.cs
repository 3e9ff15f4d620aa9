using KernelGen.Runtime;
using KernelGen.Search.Study.Document;

namespace KernelGen.Search.Study;

/// <summary>What a study has found so far.</summary>
/// <param name="Rows">By network, data set, method, granularity, tolerance and seed.</param>
/// <param name="Jobs">Those that finished or failed.</param>
public sealed record StudyResults(IReadOnlyList<StudyRow> Rows, StudyJobs Jobs)
{
    private const string RowsFile = "study.json";
    private const string JobsFile = "study-runs.json";
    private const string DocumentFile = "STUDY.md";

    /// <summary>The folder of models and pictures, beside the document.</summary>
    internal const string Folder = "study";

    /// <summary>The benchmark's rows of one lowered layer, within <see cref="Folder"/>; the study only shows them.</summary>
    internal const string LoweredFile = "lowered.json";

    /// <summary>
    /// Gathers the finished and failed jobs and writes rows, runs, document, pictures and models. What another folder has of jobs that are not
    /// among these stays there: a study may be run in parts, on several machines. A run that is taken out of its <c>study-runs.json</c> goes with
    /// the next call.
    /// </summary>
    /// <param name="output">The folder of the jobs.</param>
    /// <param name="target">The folder to write to.</param>
    /// <exception cref="StudyException">A record or what is in <paramref name="target"/> cannot be read, or there is no record to add to another folder.</exception>
    public static void Publish(string output, string target) => StudyLock.Alone(target, () => Gather(output, target));

    private static void Gather(string output, string target)
    {
        var folders = Directory.Exists(output) ? Directory.EnumerateDirectories(output).Order(StringComparer.Ordinal).ToList() : [];
        var records = folders
            .Select(f => (Folder: f, File: Path.Combine(f, StudyRunner.RecordFile)))
            .Where(f => File.Exists(f.File))
            .Select(f => (f.Folder, Record: StudyRunner.ReadRecord(f.File)))
            .ToList();
        var failures = folders
            .Select(f => (Id: Path.GetFileName(f), File: Path.Combine(f, StudyRunner.FailureFile)))
            .Where(f => File.Exists(f.File))
            .Select(f => new StudyFailure(f.Id, File.ReadAllText(f.File).Trim()))
            .ToList();
        var isElsewhere = FullPath(output) != FullPath(target);
        if (records.Count == 0 && isElsewhere)
        {
            throw new StudyException($"{output} has no finished job of a study. Give the folder that kernelgen study --plan wrote to: -o FOLDER.");
        }

        var kept = isElsewhere && File.Exists(Path.Combine(target, JobsFile)) ? Read(target, "Mend the file, or delete it and study.json to write anew.").Without([.. records.Select(r => r.Record.Run)]) : Nothing;
        var models = StudyModels.Copy(records, Path.Combine(target, Folder), kept.Models);
        var results = new StudyResults(
            [.. kept.Rows.Concat(records.SelectMany(r => r.Record.Rows.Select(row => row with { Model = models.GetValueOrDefault(Path.GetFullPath(FileOf(r.Folder, r.Record.Run, row))) })))
                .OrderBy(r => r.Network, StringComparer.Ordinal).ThenBy(r => r.Dataset, StringComparer.Ordinal).ThenBy(r => r.Method, StringComparer.Ordinal)
                .ThenBy(r => r.Granularity, StringComparer.Ordinal).ThenBy(r => r.Tolerance).ThenBy(r => r.Seed)],
            new StudyJobs(
                [.. kept.Jobs.Runs.Concat(records.Select(r => r.Record.Run with { Dense = models.GetValueOrDefault(Path.GetFullPath(StudyModels.DenseFile(r.Folder))) })).OrderBy(r => r.Id, StringComparer.Ordinal)],
                [.. kept.Jobs.Failures.Where(f => failures.All(own => own.Id != f.Id)).Concat(failures)]));
        StudyJson.Write(Path.Combine(target, RowsFile), results.Rows);
        StudyJson.Write(Path.Combine(target, JobsFile), results.Jobs);
        results.WriteDocument(target);
        StudyModels.DeleteOthers(Path.Combine(target, Folder), results.Models);
    }

    /// <summary>Reads rows and runs, and writes document and pictures anew.</summary>
    /// <param name="target">The folder of both.</param>
    /// <exception cref="StudyException">The rows or runs cannot be read.</exception>
    public static void Rewrite(string target) => StudyLock.Alone(target, () => Read(target, "kernelgen study --write makes it from the folder of a study.").WriteDocument(target));

    /// <summary>Times the networks that were kept again, with this tool's compiler on this machine, and writes rows, document and pictures.</summary>
    /// <param name="target">The folder of <c>study.json</c>.</param>
    /// <param name="report">Takes a line for every dense network.</param>
    /// <exception cref="StudyException">Rows, runs or a network cannot be read, or its generated code is wrong; nothing is written then.</exception>
    public static void Retime(string target, Action<string> report, CancellationToken cancel) => StudyLock.Alone(target, () =>
    {
        var results = Read(target, "kernelgen study --write makes it from the folder of a study.");
        var timed = results with { Rows = StudyTimes.Measure(results, target, report, cancel) };
        StudyJson.Write(Path.Combine(target, RowsFile), timed.Rows);
        timed.WriteDocument(target);
    });

    private static StudyResults Nothing { get; } = new([], new StudyJobs([], []));

    private static StudyResults Read(string target, string advice) => new(
        StudyJson.Read<List<StudyRow>>(Path.Combine(target, RowsFile), advice),
        StudyJson.Read<StudyJobs>(Path.Combine(target, JobsFile), advice));

    private static string FullPath(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>The copies of networks that rows and runs name, from the folder of <c>study.json</c>.</summary>
    private IReadOnlySet<string> Models => Rows.Select(r => r.Model).Concat(Jobs.Runs.Select(r => r.Dense)).OfType<string>().ToHashSet();

    /// <summary>What these runs do not replace: neither jobs of the same names, nor rows that could not be told apart from theirs.</summary>
    private StudyResults Without(IReadOnlyList<StudyRun> others)
    {
        var ids = others.Select(r => r.Id).ToHashSet();
        var runs = Jobs.Runs.Where(r => !ids.Contains(r.Id)).ToList();
        var rows = Rows.Where(row => runs.Any(r => r.Has(row)) && !others.Any(r => r.Has(row))).ToList();
        runs = [.. runs.Where(r => rows.Any(r.Has))];
        return new StudyResults(rows, new StudyJobs(runs, [.. Jobs.Failures.Where(f => !ids.Contains(f.Id))]));
    }

    private void WriteDocument(string target)
    {
        var lowered = Path.Combine(target, Folder, LoweredFile);
        var document = StudyDocument.Create(this, File.Exists(lowered) ? StudyJson.Read<List<LoweredTime>>(lowered, "Make it anew: see the document's last section.") : []);
        foreach (var (name, svg) in document.Pictures)
        {
            AtomicFile.WriteAllText(Path.Combine(target, Folder, name), svg);
        }

        AtomicFile.WriteAllText(Path.Combine(target, DocumentFile), document.Text);
    }

    /// <summary>The description of a row's network in its job's folder.</summary>
    private static string FileOf(string folder, StudyRun run, StudyRow row) =>
        Path.Combine(folder, run.Methods.Single(m => m.Name == row.Method).Networks.Single(n => n.Tolerance.Equals(row.Tolerance)).File);
}

/// <summary>The jobs behind the rows, <c>study-runs.json</c>.</summary>
public sealed record StudyJobs(IReadOnlyList<StudyRun> Runs, IReadOnlyList<StudyFailure> Failures);

/// <summary>A job that failed.</summary>
public sealed record StudyFailure(string Id, string Message);

/// <summary>One layer at one pruning ratio, in microseconds, as <c>KernelGen.Benchmarks lowered</c> measured it.</summary>
/// <param name="Sparsity"><c>weights</c>, <c>kernels</c> or <c>strided</c>.</param>
/// <param name="Pruned">Percent of the weights that are gone.</param>
/// <param name="Difference">Of the outputs from the reference.</param>
/// <param name="Csr">im2col and a product with compressed sparse rows.</param>
/// <param name="Product">im2col and a dense product of what is left of the matrices.</param>
public sealed record LoweredTime(string Layer, string Sparsity, double Pruned, double Difference, double Csr, double Product, double Ours, double OursDense);

using System.Reflection;

namespace KernelGen.Search.Study;

/// <summary>How far a job of a study is.</summary>
public enum StudyJobState
{
    Waiting,

    /// <summary>It was interrupted and goes on from its checkpoint.</summary>
    Begun,

    /// <summary>It failed; it will be tried again.</summary>
    Failed,
    Finished,

    /// <summary>It is finished, but with other settings than the plan has now.</summary>
    Outdated,
}

/// <summary>What is left in a finished job's folder for the study.</summary>
/// <param name="Settings">That the job was run with.</param>
internal sealed record StudyRecord(StudySettings Settings, StudyRun Run, IReadOnlyList<StudyRow> Rows);

/// <summary>
/// Runs the jobs of a study one after the other. What is finished is not run again, what was interrupted goes on, and what fails
/// is noted while the others go on: the same command may be given as often as one likes, and by several processes, each of which takes
/// the jobs that no other one is at.
/// </summary>
/// <param name="run">Runs one job; that of <see cref="PruneJob"/>, but for tests.</param>
public sealed class StudyRunner(StudyFolders folders, Func<PruneOptions, IProgress<PruneProgress>?, CancellationToken, Reports.PruneResult> run)
{
    internal const string RecordFile = "study-record.json";
    internal const string FailureFile = "study-failure.txt";

    /// <summary>The commit that the tool was built from; <c>unknown</c> if the build did not know it.</summary>
    internal static string Commit { get; } =
        typeof(StudyRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, var commit] ? commit : "unknown";

    /// <summary>How far a job is, by the files in its folder.</summary>
    public StudyJobState StateOf(StudyJob job)
    {
        var record = PathOf(job, RecordFile);
        return File.Exists(record) ? StudyJson.Text(ReadRecord(record).Settings) == StudyJson.Text(job.Settings) ? StudyJobState.Finished : StudyJobState.Outdated
            : File.Exists(PathOf(job, FailureFile)) ? StudyJobState.Failed
            : Directory.Exists(folders.Job(job.Id)) ? StudyJobState.Begun
            : StudyJobState.Waiting;
    }

    /// <summary>Runs what is not finished.</summary>
    /// <param name="report">Takes a line for every event.</param>
    /// <param name="finished">Called after every job that was finished or failed.</param>
    /// <returns>How many jobs failed, are outdated, or were left to another process.</returns>
    /// <exception cref="StudyException">A data set has no folder.</exception>
    /// <exception cref="OperationCanceledException">The same call goes on from here.</exception>
    public int Run(IReadOnlyList<StudyJob> jobs, Action<string> report, Action finished, CancellationToken cancel)
    {
        folders.Check(jobs);
        var failures = 0;
        for (var i = 0; i < jobs.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var (job, name) = (jobs[i], FormattableString.Invariant($"job {i + 1} of {jobs.Count}, {jobs[i].Id}"));
            if (Settled(job, name, report) is { } isDone)
            {
                failures += isDone ? 0 : 1;
                continue;
            }

            report($"{name}: started");
            failures += Run(job, name, report, cancel) ? 0 : 1;
            finished();
        }

        return failures;
    }

    /// <summary>Whether a job is done; false: it will not be run and counts as failed; null: it is to be run.</summary>
    private bool? Settled(StudyJob job, string name, Action<string> report)
    {
        try
        {
            switch (StateOf(job))
            {
                case StudyJobState.Finished:
                    report($"{name}: finished before");
                    return true;
                case StudyJobState.Outdated:
                    report($"{name}: finished before with other settings than the plan's. Delete {folders.Job(job.Id)} to run it anew, or give the entry another \"id\".");
                    return false;
                default:
                    return null;
            }
        }
        catch (StudyException e)
        {
            report($"{name}: FAILED: {e.Message}");
            return false;
        }
    }

    private bool Run(StudyJob job, string name, Action<string> report, CancellationToken cancel)
    {
        try
        {
            var options = job.Options(folders);
            var result = run(options, new Lines(name, report), cancel);
            StudyJson.Write(PathOf(job, RecordFile), new StudyRecord(job.Settings, StudyRun.Of(job, options, result), StudyRow.Of(job, result, Commit)));
            File.Delete(PathOf(job, FailureFile));
            report($"{name}: finished");
            return true;
        }
        catch (PruneException e) when (e.IsBusy)
        {
            report($"{name}: left to the other run that is at it: {e.Message}");
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was, an unattended study goes on with the next job.
            var message = e is PruneException or StudyException or Data.DataException ? e.Message : e.ToString();
            Runtime.AtomicFile.WriteAllText(PathOf(job, FailureFile), message + "\n");
            report($"{name}: FAILED: {message}");
            return false;
        }
    }

    internal static StudyRecord ReadRecord(string path) =>
        StudyJson.Read<StudyRecord>(path, "Delete the job's folder and run it anew.");

    private string PathOf(StudyJob job, string file) => Path.Combine(folders.Job(job.Id), file);

    /// <summary>A line when a stage begins or ends, and one a minute in between.</summary>
    private sealed class Lines(string name, Action<string> report) : IProgress<PruneProgress>
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

        private readonly System.Diagnostics.Stopwatch clock = new();
        private PruneStage? last;

        public void Report(PruneProgress value)
        {
            if (value.Stage != last || value.Fraction >= 1 || clock.Elapsed > Pause)
            {
                last = value.Stage;
                clock.Restart();
                report(FormattableString.Invariant($"{name}: {value.Stage.ToString().ToLowerInvariant()} {100 * value.Fraction:0}%: {value.Message}"));
            }
        }
    }
}

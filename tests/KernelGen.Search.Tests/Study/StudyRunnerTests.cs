using System.Text.Json;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Reports;
using KernelGen.Search.Study;
using KernelGen.Search.Tests.Data;
using KernelGen.Search.Tests.Reports;

namespace KernelGen.Search.Tests.Study;

public sealed class StudyRunnerTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly List<string> lines = [];
    private readonly List<long> ran = [];

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_failed_job_is_noted_the_others_go_on_and_the_next_run_tries_only_what_is_not_finished()
    {
        var jobs = Jobs(1, 2, 3);

        var failures = Runner(fails: 2).Run(jobs, lines.Add, () => { }, default);

        Assert.Equal(1, failures);
        Assert.Equal([1, 2, 3], ran);
        Assert.Contains(lines, l => l.Contains("a-seed2: FAILED: no images"));
        var runner = Runner();
        Assert.Equal([StudyJobState.Finished, StudyJobState.Failed, StudyJobState.Finished], jobs.Select(runner.StateOf));
        ran.Clear();
        Assert.Equal(0, runner.Run(jobs, lines.Add, () => { }, default));
        Assert.Equal([2], ran);
        Assert.All(jobs, j => Assert.Equal(StudyJobState.Finished, runner.StateOf(j)));
    }

    [Fact]
    public void A_job_that_was_finished_with_other_settings_is_neither_taken_nor_overwritten()
    {
        Runner().Run(Jobs(1), lines.Add, () => { }, default);
        var changed = Jobs(1).Select(j => j with { Settings = j.Settings with { Evaluations = 99 } }).ToList();
        ran.Clear();

        Assert.Equal(1, Runner().Run(changed, lines.Add, () => { }, default));

        Assert.Empty(ran);
        Assert.Contains("other settings", lines[^1]);
        Assert.Contains("Delete", lines[^1]);
    }

    [Fact]
    public void A_job_that_another_run_is_at_is_left_to_it_and_has_not_failed()
    {
        var jobs = Jobs(1);
        var runner = new StudyRunner(Folders(), (_, _, _) => throw new PruneException("in use") { IsBusy = true });

        Assert.Equal(1, runner.Run(jobs, lines.Add, () => { }, default));

        Assert.NotEqual(StudyJobState.Failed, runner.StateOf(jobs[0]));
        Assert.Contains("other run", lines[^1]);
    }

    [Fact]
    public void An_interruption_ends_the_study_and_is_no_failure()
    {
        using var cancel = new CancellationTokenSource();
        var runner = new StudyRunner(Folders(), (_, _, token) =>
        {
            cancel.Cancel();
            token.ThrowIfCancellationRequested();
            throw new InvalidOperationException();
        });

        Assert.ThrowsAny<OperationCanceledException>(() => runner.Run(Jobs(1, 2), lines.Add, () => { }, cancel.Token));

        Assert.Single(lines);
        Assert.Equal(StudyJobState.Waiting, runner.StateOf(Jobs(2)[0]));
        Assert.NotEqual(StudyJobState.Failed, runner.StateOf(Jobs(1)[0]));
    }

    [Fact]
    public void Rows_have_exactly_the_agreed_keys_and_are_sorted()
    {
        Runner().Run(Jobs(2, 1), lines.Add, () => StudyResults.Publish(Folders().Output, directory.Path), default);

        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory.Path, "study.json")));
        var rows = json.RootElement.EnumerateArray().ToList();
        Assert.Equal(2 * 8 * 4, rows.Count);
        Assert.Equal(
            [
                "network", "dataset", "method", "granularity", "tolerance", "seed", "errorBefore", "errorAfter", "testImages", "pValue", "convWeightsBefore",
                "convWeightsAfter", "macsBefore", "macsAfter", "microsecondsDense", "microsecondsPruned", "bytesDense", "bytesPruned", "microsecondsPerLayer",
                "model", "commit", "machine",
            ],
            rows[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            rows.Select(Key).Order(StringComparer.Ordinal), rows.Select(Key));
        var first = rows.First(r => r.GetProperty("method").GetString() == "evolution");
        Assert.Equal((11.0, 11.4, 2000), (first.GetProperty("errorBefore").GetDouble(), first.GetProperty("errorAfter").GetDouble(), first.GetProperty("testImages").GetInt32()));
        Assert.Equal(PairedStatistics.McNemar(40, 48), first.GetProperty("pValue").GetDouble(), 12);
        Assert.Equal(8.1, first.GetProperty("microsecondsPerLayer")[0].GetProperty("before").GetDouble());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("model").ValueKind);

        static string Key(JsonElement r) => FormattableString.Invariant($"{r.GetProperty("method").GetString()} {r.GetProperty("tolerance").GetDouble():00.0} {r.GetProperty("seed").GetInt64()}");
    }

    [Fact]
    public void The_command_of_a_job_names_no_file_of_the_machine_that_ran_it()
    {
        var job = StudyJob.Of(new StudySettings { Network = "lenet-5", Data = "mnist" }, 1);
        var options = job.Options(new StudyFolders("out", new Dictionary<string, string> { ["mnist"] = directory.Path }, LatencyTable: Path.Combine(directory.Path, "table.json")));

        var command = StudyRun.Of(job, options, SampleResult.Create()).Command;

        Assert.Contains("--data mnist", command);
        Assert.DoesNotContain(directory.Path, command);
    }

    [Fact]
    public void Jobs_that_are_only_known_where_results_are_written_to_stay_there_and_others_are_replaced()
    {
        var results = Path.Combine(directory.Path, "results");
        Run("first", _ => SampleModels.Dense(), 1, 2, 4);
        Run("second", seed => SampleModels.Dense(seed == 1 ? 5 : 1), 1, 3);

        var runs = StudyJson.Read<StudyJobs>(Path.Combine(results, "study-runs.json"), "").Runs;
        var rows = StudyJson.Read<List<StudyRow>>(Path.Combine(results, "study.json"), "");
        Assert.Equal(["a-seed1", "a-seed2", "a-seed3", "a-seed4"], runs.Select(r => r.Id));
        Assert.Equal(4 * 8 * 4, rows.Count);
        Assert.Equal([(1, "second"), (2, "first"), (3, "second"), (4, "first")], rows.Select(r => ((int)r.Seed, r.Machine)).Distinct().Order());

        // The first machine's three jobs have one dense network, kept under the name of a job that has another one now; the second machine has it, too.
        Assert.Equal("study/a-seed1-dense-2.kgn", runs[0].Dense);
        Assert.All(runs.Skip(1), r => Assert.Equal("study/a-seed1-dense.kgn", r.Dense));
        Assert.Equal(SampleModels.Dense(5), DescriptionFile.Read(Path.Combine(results, runs[0].Dense!)));
        Assert.Equal(SampleModels.Dense(), DescriptionFile.Read(Path.Combine(results, runs[1].Dense!)));

        void Run(string machine, Func<long, NetworkDescription> dense, params long[] seeds)
        {
            var folders = new StudyFolders(Path.Combine(directory.Path, machine), new Dictionary<string, string>());
            new StudyRunner(folders, (options, _, _) =>
            {
                DescriptionFile.Write(StudyModels.DenseFile(options.Output), dense(options.Seed));
                return SampleResult.Create() with { Seed = options.Seed, Machine = machine };
            }).Run(Jobs(seeds), lines.Add, () => { }, default);
            StudyResults.Publish(folders.Output, results);
        }
    }

    [Fact]
    public async Task Results_that_several_runs_add_at_once_are_all_there()
    {
        var results = Path.Combine(directory.Path, "results");
        var outputs = Enumerable.Range(1, 6).Select(seed =>
        {
            var folders = new StudyFolders(Path.Combine(directory.Path, FormattableString.Invariant($"machine{seed}")), new Dictionary<string, string>());
            new StudyRunner(folders, (options, _, _) => SampleResult.Create() with { Seed = options.Seed }).Run(Jobs(seed), lines.Add, () => { }, default);
            return folders.Output;
        }).ToList();

        using var start = new Barrier(outputs.Count);
        await Task.WhenAll(outputs.Select(output => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                StudyResults.Publish(output, results);
            },
            TaskCreationOptions.LongRunning)));

        Assert.Equal(
            ["a-seed1", "a-seed2", "a-seed3", "a-seed4", "a-seed5", "a-seed6"],
            StudyJson.Read<StudyJobs>(Path.Combine(results, "study-runs.json"), "").Runs.Select(r => r.Id));
    }

    [Fact]
    public void Networks_of_headline_rows_are_copied_with_their_dense_one_or_not_at_all_and_equal_ones_once()
    {
        Runner().Run(Jobs(1, 2, 3), lines.Add, () => { }, default);
        var records = new List<(string Folder, StudyRecord Record)>();
        foreach (var job in Jobs(1, 2, 3))
        {
            // The dense network of the first two jobs is the same but for its provenance.
            var folder = Folders().Job(job.Id);
            var dense = SampleModels.Dense(job.Seed == 3 ? 3 : 1);
            DescriptionFile.Write(StudyModels.DenseFile(folder), dense with { Provenance = new Provenance("d", "test", 9, 1, 1, 0, job.Seed, new string('x', 2000)) });
            DescriptionFile.Write(Path.Combine(folder, "pruned-0.5.kgn"), SampleModels.Dense(job.Seed + 7) with { Provenance = null });
            records.Add((folder, StudyRunner.ReadRecord(Path.Combine(folder, StudyRunner.RecordFile))));
        }

        var target = Path.Combine(directory.Path, "study");
        var all = StudyModels.Copy(records, target, new HashSet<string>());
        Assert.Equal(6, all.Count);
        Assert.Equal(["a-seed1-dense.kgn", "a-seed1-tolerance0.5.kgn", "a-seed2-tolerance0.5.kgn", "a-seed3-dense.kgn", "a-seed3-tolerance0.5.kgn"], Names(target));
        Assert.Equal("study/a-seed1-dense.kgn", all[Path.GetFullPath(StudyModels.DenseFile(records[1].Folder))]);

        // One set of two and one of three files, the dense ones the larger: there is room for four, but not for both sets.
        var four = 4 * new FileInfo(StudyModels.DenseFile(records[0].Folder)).Length;
        var some = StudyModels.Copy(records, target, new HashSet<string>(), four);
        Assert.Equal(4, some.Count);
        Assert.Equal(5, Names(target).Count());
        StudyModels.DeleteOthers(target, some.Values.ToHashSet());
        Assert.Equal(["a-seed1-dense.kgn", "a-seed1-tolerance0.5.kgn", "a-seed2-tolerance0.5.kgn"], Names(target));

        static IEnumerable<string?> Names(string folder) => Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
    }

    /// <summary>The sample's controls were not kept, and compare with its evolution: there is nothing to be timed until they are gone.</summary>
    [Fact]
    public void Networks_are_timed_again_where_all_of_a_topic_and_granularity_were_kept()
    {
        Runner().Run(Jobs(1), lines.Add, () => { }, default);
        var (folder, results) = (Folders().Job("a-seed1"), Path.Combine(directory.Path, "results"));
        DescriptionFile.Write(StudyModels.DenseFile(folder), SampleModels.Dense());
        DescriptionFile.Write(Path.Combine(folder, "pruned-0.5.kgn"), SampleModels.Dense(2));
        StudyResults.Publish(Folders().Output, results);
        var before = Rows();

        StudyResults.Retime(results, lines.Add, default);
        Assert.Equivalent(before, Rows(), strict: true);
        Assert.Contains(lines, l => l.Contains("not all networks were kept", StringComparison.Ordinal));

        var kept = before.First(r => r.Model is not null);
        before = [kept, kept with { Granularity = "maps", Model = null }];
        StudyJson.Write(Path.Combine(results, "study.json"), before);
        StudyResults.Retime(results, lines.Add, default);

        var after = Rows()[0];
        Assert.Equivalent(before[1], Rows()[1], strict: true);
        Assert.Contains("study/a-seed1-dense.kgn and 1 networks that were made of it", lines);
        Assert.NotEqual(before[0].MicrosecondsDense, after.MicrosecondsDense);
        Assert.NotEqual(before[0].MicrosecondsPruned, after.MicrosecondsPruned);
        Assert.NotEqual(before[0].BytesDense, after.BytesDense);
        Assert.NotEqual(before[0].BytesPruned, after.BytesPruned);
        Assert.NotEqual(before[0].Machine, after.Machine);
        Assert.Equal((before[0].ErrorAfter, before[0].MacsAfter, before[0].Model), (after.ErrorAfter, after.MacsAfter, after.Model));
        Assert.Equal(before[0].MicrosecondsPerLayer.Select(l => l.Layer), after.MicrosecondsPerLayer.Select(l => l.Layer));
        Assert.Contains(after.MicrosecondsPerLayer, l => l.Before > 0 && l.After > 0 && !before[0].MicrosecondsPerLayer.Contains(l));

        File.Delete(Path.Combine(results, after.Model!));
        Assert.Contains(after.Model!, Assert.Throws<StudyException>(() => StudyResults.Retime(results, lines.Add, default)).Message, StringComparison.Ordinal);
        Assert.Equivalent(after, Rows()[0], strict: true);

        List<StudyRow> Rows() => StudyJson.Read<List<StudyRow>>(Path.Combine(results, "study.json"), "");
    }

    private static IReadOnlyList<StudyJob> Jobs(params long[] seeds) =>
        [.. seeds.Select(s => StudyJob.Of(new StudySettings { Id = "a", Network = "lenet-5" }, s))];

    private StudyFolders Folders() => new(Path.Combine(directory.Path, "jobs"), new Dictionary<string, string>());

    private StudyRunner Runner(long? fails = null) => new(Folders(), (options, progress, _) =>
    {
        ran.Add(options.Seed);
        Directory.CreateDirectory(options.Output);
        return options.Seed == fails ? throw new PruneException("no images") : SampleResult.Create() with { Seed = options.Seed };
    });
}

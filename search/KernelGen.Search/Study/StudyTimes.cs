using KernelGen.Compiler;
using KernelGen.Runtime;
using KernelGen.Search.Export;
using KernelGen.Search.Reports;
using KernelGen.Search.Study.Document;

namespace KernelGen.Search.Study;

/// <summary>Times the networks that a study kept again, so that nothing need be searched and retrained anew when the compiler gets better.</summary>
internal static class StudyTimes
{
    private const int Seed = 1;
    private const int CheckedSamples = 3;

    /// <summary>
    /// The rows, with the times and sizes of now where all networks of a topic and granularity were kept: else those of one picture, or of a search and its controls, would be of
    /// several compilers. Outputs of a dense network and all that was made of it are compared before these are timed, in turn.
    /// </summary>
    /// <param name="target">The folder of <c>study.json</c>.</param>
    /// <param name="report">Takes a line for every dense network, and for every topic and granularity that stay as they are.</param>
    /// <exception cref="StudyException">A network is missing or damaged, or its generated code computes something else than the reference.</exception>
    public static IReadOnlyList<StudyRow> Measure(StudyResults results, string target, Action<string> report, CancellationToken cancel)
    {
        var rows = results.Rows.ToList();
        var kept = rows.GroupBy(Group).Where(group => group.All(r => r.Model is not null)).Select(group => group.Key).ToHashSet();
        foreach (var (topic, granularity) in rows.Where(r => r.Model is not null && !kept.Contains(Group(r))).Select(Group).Distinct())
        {
            report($"{topic}, {granularity}: not all networks were kept; its times stay as they are");
        }

        foreach (var runs in results.Jobs.Runs.Where(r => r.Dense is not null).GroupBy(r => r.Dense!))
        {
            var own = Enumerable.Range(0, rows.Count).Where(i => kept.Contains(Group(rows[i])) && runs.Any(r => r.Has(rows[i]))).ToList();
            if (own.Count == 0)
            {
                continue;
            }

            var files = own.Select(i => rows[i].Model!).Prepend(runs.Key).Distinct().ToList();
            report(FormattableString.Invariant($"{runs.Key} and {files.Count - 1} networks that were made of it"));
            var measured = files.Zip(Measure(files, target, cancel)).ToDictionary(p => p.First, p => p.Second);
            foreach (var i in own)
            {
                var (row, before, after) = (rows[i], measured[runs.Key], measured[rows[i].Model!]);
                rows[i] = row with
                {
                    MicrosecondsDense = Math.Round(before.Times.Whole, 3),
                    MicrosecondsPruned = Math.Round(after.Times.Whole, 3),
                    MicrosecondsPerLayer =
                    [
                        .. row.MicrosecondsPerLayer.Select(l => new LayerTime(
                            l.Layer, Math.Round(before.Times.Layers.GetValueOrDefault(l.Layer), 3), Math.Round(after.Times.Layers.GetValueOrDefault(l.Layer), 3))),
                    ],
                    BytesDense = before.Bytes,
                    BytesPruned = after.Bytes,
                    Commit = StudyRunner.Commit,
                    Machine = MachineInfo.Current().ToString(),
                };
            }
        }

        return rows;

        static (Topic, string Granularity) Group(StudyRow row) => (new Topic(row.Network, row.Dataset), row.Granularity);
    }

    private static List<(EngineTimes Times, long Bytes)> Measure(List<string> files, string target, CancellationToken cancel)
    {
        var engines = new List<NetworkEngine>();
        try
        {
            foreach (var path in files.Select(f => Path.Combine(target, f)))
            {
                engines.Add(Load(path));
                var report = NetworkVerifier.Verify(engines[^1].Network, NetworkVerifier.RandomSamples(engines[^1].Folded, Seed, CheckedSamples));
                if (!report.IsWithin(OutputComparison.DefaultTolerance))
                {
                    throw new StudyException(FormattableString.Invariant($"{path}: the generated code differs from the reference by {report.RelativeDifference:0.0e+0}; see kernelgen verify --layers."));
                }
            }

            var bytes = engines.Select((e, i) => Bytes(e, ResultFiles.AssemblyName(e.Folded.Name, i == 0 ? "dense" : "pruned")));
            return [.. EngineTimer.Measure(engines, cancel).Zip(bytes)];
        }
        finally
        {
            engines.ForEach(e => e.Dispose());
        }

        long Bytes(NetworkEngine engine, string name) =>
            NetworkAssembly.Emit(engine.Folded, new CompilerOptions { ClassName = name }, name, cancellation: cancel).Assembly.Length;
    }

    private static NetworkEngine Load(string path)
    {
        try
        {
            return NetworkEngine.Load(DescriptionFile.Read(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DescriptionException)
        {
            throw new StudyException($"{path}, which a row of study.json names, cannot be read: {e.Message}");
        }
    }
}

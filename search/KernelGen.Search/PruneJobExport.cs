using System.Globalization;
using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Export;
using KernelGen.Search.Networks;
using KernelGen.Search.Pruning;
using KernelGen.Search.Reports;

namespace KernelGen.Search;

/// <summary>The last part of a job: descriptions, sources and assemblies, the comparison with TorchSharp, the test, the times, the report.</summary>
internal sealed class PruneJobExport(
    PruneOptions options, PruneJobData data, string staging, Action<double, string> report, CancellationToken cancel)
{
    /// <summary>How much of this stage is over when all networks are measured.</summary>
    private const double Measured = 0.7;

    public PruneResult Run(PruningSpace space, NetworkDescription dense, SearchOutcome searched)
    {
        var networks = searched.Methods.SelectMany(m => m.Networks).Select(n => n.Description);
        using var measured = MeasuredNetworks.Of([dense, .. networks], data, (fraction, text) => report(fraction * Measured, text), cancel);
        report(Measured, "compiling the assemblies and writing the results");
        var files = new ResultFiles(staging, options.Output, options.NetworkName, cancel);
        files.Start();
        var before = measured[dense];
        var provenance = new Provenance(
            data.Name, data.TestSplit, data.Test.Count, before.Test.ErrorPercent, before.Test.ErrorPercent, 0, options.SplitSeed, PruneJob.Tool);
        var denseBytes = files.Write(before.Engine.Folded with { Provenance = provenance }, ResultFiles.Dense);
        var result = new PruneResult(
            options.NetworkName,
            data.Name,
            options.Seed,
            new SplitSizes(data.Training.Count, data.Search.Count, data.Select.Count, data.Test.Count),
            data.TestSplit,
            new TrainingEpochs(PruneJobModel.Epochs(options), options.BriefEpochs, options.RetrainingEpochs),
            before.Test.Errors,
            Measurement(before, SparsityCounts.Of(space, space.Full), denseBytes),
            searched.Methods.Select((m, i) => Method(m, isControl: i > 0)).ToEquatableArray(),
            Generations(searched),
            new FrontPoint(searched.ErrorLimit, searched.Baseline.Microseconds),
            searched.TimeModel,
            MachineInfo.Current().ToString(),
            options.Model is { } own ? new ModelOrigin(own.File, options.Initialize, BatchNormInsertion.Count(own.Description), PruneJobModel.IsHeldBack(options, data.Name)) : null);
        files.Publish(result, options.CommandLine());
        report(1, $"done: {options.Output}");
        return result;

        MethodResult Method(SearchedMethod method, bool isControl) => new(
            method.Name,
            method.State.Evaluations,
            Hypervolume.Of(method.Repaired.Select(p => (p.Loss, p.Microseconds)), searched.Baseline.Microseconds, searched.ErrorLimit),
            method.Repaired,
            method.Networks.Select(n => Network(n, Kind(method, n, isControl), isControl)).ToEquatableArray());

        PrunedResult Network(PrunedNetwork network, string kind, bool isControl)
        {
            var after = measured[network.Description];
            var description = after.Engine.Folded with
            {
                Provenance = provenance with { ErrorAfter = after.Test.ErrorPercent, Tolerance = network.Tolerance },
            };
            var bytes = isControl ? files.WriteControl(description, kind) : files.Write(description, kind);
            var counts = SparsityCounts.Of(space, network.Genome);
            return new PrunedResult(
                network.Tolerance,
                network.SelectLoss,
                after.Test.Errors,
                before.Test.OnlyThisWrong(after.Test),
                after.Test.OnlyThisWrong(before.Test),
                after.Test.MaxDifference,
                counts.Removed,
                Measurement(after, counts, bytes),
                network.EstimatedMicroseconds,
                LayerComparison.Of(before, after),
                network.Retrainings,
                kind + ".kgn");
        }
    }

    /// <summary>The name of a description, without extension: <c>pruned</c>, <c>pruned-0.5</c>, or <c>controls/uniform-0.5</c>.</summary>
    private static string Kind(SearchedMethod method, PrunedNetwork network, bool isControl)
    {
        var tolerance = network.Tolerance.ToString(CultureInfo.InvariantCulture);
        return isControl ? $"{ResultFiles.Controls}/{method.Name}-{tolerance}"
            : method.Networks.Count == 1 ? "pruned"
            : $"pruned-{tolerance}";
    }

    private static NetworkMeasurement Measurement(MeasuredNetwork network, SparsityCounts counts, long assemblyBytes) => new(
        counts.ConvWeightsLeft,
        counts.DenseWeightsLeft,
        counts.MacsLeft,
        network.Times.Whole,
        network.Engine.WeightBytes,
        network.Engine.Plan.WorkspaceBytes,
        assemblyBytes);

    private static EquatableArray<GenerationRecord> Generations(SearchOutcome searched) =>
        searched.Methods[0].State.History
            .Select((g, index) => new GenerationRecord(
                index,
                g.Scores.Select(s => new ParticleRecord(
                    s.Error, s.Microseconds, s.Error <= searched.Baseline.Error + searched.ErrorLimit)).ToEquatableArray()))
            .ToEquatableArray();
}

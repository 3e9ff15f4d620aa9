using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Search.Controls;
using KernelGen.Search.Data;
using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Pruning;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;
using static System.FormattableString;

namespace KernelGen.Search;

/// <summary>
/// The whole way: train, search what can be taken away, retrain, describe, generate, compile, check, time, report.
/// </summary>
/// <remarks>
/// Every stage goes on from its checkpoint, and depends on nothing but the options, the images and earlier stages: killed at any
/// moment and resumed, the job writes the same descriptions, byte for byte, as if it had not been.
/// </remarks>
public sealed class PruneJob
{
    /// <summary>Name and version of this tool, as written into descriptions.</summary>
    public static readonly string Tool = "kernelgen " + typeof(PruneJob).Assembly.GetName().Version!.ToString(3);

    /// <summary>The share of the evaluations that may go to networks with one layer pruned, from which the evolution starts.</summary>
    private const double SinglesShare = 0.3;

    /// <summary>
    /// Weight decay of all that is trained with a teacher; less than a dense network's, as few weights overfit less. ResNet-8 at 0.45 of its
    /// time misclassified 16.3% of 6,000 held-back images after 8 epochs with this, and 16.9% with 5·10⁻⁴ (one run each, a teacher's share of 0.7); two after 40 epochs 15.2 and
    /// 15.6% (a share of 0.4). To two LeNets it made no difference.
    /// </summary>
    private const double TaughtWeightDecay = 1e-4;

    private readonly PruneOptions options;
    private readonly IProgress<PruneProgress>? progress;
    private readonly CancellationToken cancel;
    private readonly PruneJobCheckpoint checkpoint;
    private readonly PruneJobData data;

    private PruneJob(
        PruneOptions options, IProgress<PruneProgress>? progress, PruneJobCheckpoint checkpoint, PruneJobData data, CancellationToken cancel)
    {
        this.options = options;
        this.progress = progress;
        this.checkpoint = checkpoint;
        this.data = data;
        this.cancel = cancel;
    }

    /// <summary>Does the job, or the rest of it, and writes the results to the output directory.</summary>
    /// <exception cref="PruneException">It cannot be done with these options.</exception>
    /// <exception cref="DataException">The images cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It can be resumed.</exception>
    public static PruneResult Run(PruneOptions options, IProgress<PruneProgress>? progress = null, CancellationToken cancel = default)
    {
        if (options.Tolerances.Max() + options.RetrainingGain == 0)
        {
            throw new PruneException("With a tolerance of 0 points and 0 that retraining may win back, no candidate could survive. Give more of either (--tolerance, --retraining-gain).");
        }

        var dataset = PruneJobData.LoadDataset(options);
        options = PruneJobModel.Fit(options, dataset.Training);
        using var data = PruneJobData.Create(options, dataset);

        // Whatever is refused is refused before the checkpoint of an earlier run is emptied.
        PruneJobModel.CheckHeldBack(options, data.Name);
        var untrained = PruneJobModel.Create(options, data);
        _ = CreateSpace(untrained);
        using var checkpoint = PruneJobCheckpoint.Open(options, dataset);
        return new PruneJob(options, progress, checkpoint, data, cancel).Run(untrained);
    }

    private PruneResult Run(NetworkDescription untrained)
    {
        var dense = TrainDense(untrained);
        var space = CreateSpace(dense);
        var searched = Search(space, dense);
        var export = new PruneJobExport(options, data, checkpoint.Staging, Report(PruneStage.Export), cancel);
        return export.Run(space, dense, searched);
    }

    private static PruningSpace CreateSpace(NetworkDescription dense)
    {
        try
        {
            return PruningSpace.Create(dense);
        }
        catch (ArgumentException e)
        {
            throw new PruneException(e.Message);
        }
    }

    private NetworkDescription TrainDense(NetworkDescription untrained)
    {
        var report = Report(PruneStage.Training);
        using var network = TrainableNetwork.Create(untrained);
        Train(network, "dense", PruneJobModel.Epochs(options), null, report);
        var evaluation = Evaluator.Evaluate(network, data.Select, cancel);
        report(1, Invariant($"dense network: {evaluation.ErrorPercent:F2} % of the select images are misclassified"));
        return network.ToDescription();
    }

    private void Train(TrainableNetwork network, string name, int epochs, Teacher? teacher, Action<double, string> report)
    {
        var saved = checkpoint.LoadTraining(name);
        if (saved?.Epochs == epochs)
        {
            Trainer.Restore(network, saved);
            return;
        }

        if (epochs == 0)
        {
            return;
        }

        var training = TrainingOptions.For(data.Training) with { Seed = options.Seed, Epochs = epochs, PeakLearningRate = options.LearningRate, Precision = options.Precision };
        training = teacher is null ? training : training with { WeightDecay = TaughtWeightDecay };
        var steps = new ProgressSink<TrainingProgress>(p =>
        {
            if (!double.IsFinite(p.Loss))
            {
                throw new PruneException(Invariant($"Training went astray in epoch {p.Epoch + 1}: the loss is no number any more. Give a lower --learning-rate than {options.LearningRate}.")) { IsDivergence = true };
            }

            report((p.Epoch + (p.Step / (double)p.Steps)) / p.Epochs, Invariant($"epoch {p.Epoch + 1} of {p.Epochs}, loss {p.Loss:F3}"));
        });
        Trainer.Train(
            network, data.Training, training, saved, state => checkpoint.SaveTraining(name, state), steps, teacher, cancel);
    }

    private SearchOutcome Search(PruningSpace space, NetworkDescription dense)
    {
        using var calibration = data.Calibration();
        var importance = Importance.Taylor(space, dense, calibration);
        var costs = LayerCosts.Of(space, NetworkCompiler.Plan(dense, new CompilerOptions()));
        var search = new SearchOptions(options.Seed, options.Population, options.Evaluations, options.Tolerances.Max() + options.RetrainingGain)
        {
            Granularities = options.Granularities,
        };
        var variation = new Variation(space, importance, costs, options.MinimumShare / 100, options.Granularities.Allowed);
        var latency = Latency(space, dense, importance, costs);
        var times = new LatencyModel(latency);
        using var evaluator = new TorchEvaluator(space, dense, calibration.Images, data.Search, times, options.Precision);
        var baseline = evaluator.Evaluate(space.Full);
        var earlyEnd = new EarlyEnd(baseline.Error + search.ErrorLimit);
        var log = new SearchLog(Path.Combine(options.Output, SearchLog.FileName));
        using var stages = new HalvingStages(space, dense, data, calibration.Images, Train, checkpoint, options, Report(PruneStage.Retraining), cancel);

        SearchedMethod Find(ISearchMethod method, PruneStage stage)
        {
            var run = new MethodRun(space, evaluator, baseline, earlyEnd, search.Evaluations, checkpoint, log, Report(stage), cancel);
            return stages.Choose(method.Name, run.Run(method));
        }

        var singles = DynamicProgramming.Singles(space, importance, options.Granularities.At(0), (int)(SinglesShare * options.Evaluations));
        ISearchMethod first = options.UseParticleFilter
            ? new ParticleFilter(variation, baseline, search)
            : new NonDominatedEvolution(space, variation, new FreeRegrowth(space, dense, importance, times), new Surrogate(space, dense, importance, times, baseline), baseline, search, singles);
        var found = Find(first, PruneStage.Search);
        if (found.State.Front.IsEmpty)
        {
            var share = options.MinimumShare > 0 ? Invariant($" with {options.MinimumShare}% of the convolution weights removed by each granularity (--minimum-share)") : "";
            throw new PruneException(Invariant(
                $"None of {found.State.Evaluations} candidates was faster and lost at most {search.ErrorLimit} points before retraining{share}: the tolerance and what retraining is expected to win back. Allow more (--tolerance, --retraining-gain), or score more candidates (--evaluations)."));
        }

        var unbound = new Variation(space, importance, costs, 0, options.Granularities.Allowed);
        var factory = new ControlFactory(
            space, Importance.Magnitude(space), importance, unbound, costs, options.Granularities.Allowed, baseline, search.ErrorLimit, options.Seed, search.Evaluations);
        var controls = options.Controls.Where(ControlNames.IsSearch)
            .Select(name => Find(factory.Create(name), PruneStage.Controls))
            .ToList();
        if (options.Controls.Contains(ControlNames.Scratch))
        {
            controls.Add(new SearchedMethod(ControlNames.Scratch, SearchState.Start, [], stages.FromScratch(found.Networks)));
        }

        if (options.Controls.Contains(ControlNames.Unpruned))
        {
            controls.Add(new SearchedMethod(ControlNames.Unpruned, SearchState.Start, [], stages.Unpruned(baseline)));
        }

        return new SearchOutcome(baseline, search.ErrorLimit, [found, .. controls], latency.Check);
    }

    /// <summary>The times of kernels as this job first saw them: what is in the cache by the time of a resumption does not matter.</summary>
    private LatencyTable Latency(PruningSpace space, NetworkDescription dense, Importance importance, LayerCosts costs)
    {
        var report = Report(PruneStage.Latency);
        if (checkpoint.LoadLatency() is { } saved)
        {
            return saved;
        }

        var variation = new Variation(space, importance, costs, 0, Granularities.All);
        var table = LatencyTable.LoadOrMeasure(
            dense, i => Compaction.Apply(space, dense, variation.Sample(i)), options.LatencyTable, report, cancel);
        checkpoint.SaveLatency(table);
        report(1, Invariant($"{table.Samples.Count} layers timed; whole networks are predicted within {table.Check.MeanError:F1} % on average"));
        return table;
    }

    private Action<double, string> Report(PruneStage stage) =>
        (fraction, message) => progress?.Report(new PruneProgress(stage, fraction, message));

    /// <summary>Progress without the detour over a synchronisation context, which would let reports overtake each other.</summary>
    private sealed class ProgressSink<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}

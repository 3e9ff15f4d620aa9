using System.Globalization;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

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

    /// <summary>Candidates that are retrained at most: each is refused only if it stays over the tolerance.</summary>
    private const int MaximumRetrainings = 3;

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
        var dataset = PruneJobData.LoadDataset(options);
        options = PruneJobModel.Fit(options, dataset.Training);
        using var checkpoint = PruneJobCheckpoint.Open(options, dataset);
        using var data = PruneJobData.Create(options, dataset);
        return new PruneJob(options, progress, checkpoint, data, cancel).Run();
    }

    private PruneResult Run()
    {
        var dense = TrainDense();
        var space = CreateSpace(dense);
        var searched = Search(space, dense);
        var pruned = Retrain(space, dense, searched);
        var export = new PruneJobExport(options, data, checkpoint.Staging, Report(PruneStage.Export), cancel);
        return export.Run(space, dense, searched with { Methods = [searched.Methods[0] with { Networks = [pruned] }, .. searched.Methods.Skip(1)] });
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

    private NetworkDescription TrainDense()
    {
        var report = Report(PruneStage.Training);
        using var network = TrainableNetwork.Create(PruneJobModel.Create(options, data));
        Train(network, "dense", PruneJobModel.Epochs(options), null, report);
        var evaluation = Evaluator.Evaluate(network, data.Validation, cancel);
        report(1, Text($"dense network: {evaluation.ErrorPercent:F2} % of the validation images are misclassified"));
        return network.ToDescription();
    }

    private void Train(TrainableNetwork network, string name, int epochs, TrainableNetwork? teacher, Action<double, string> report)
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

        var training = TrainingOptions.For(data.Training) with { Seed = options.Seed, Epochs = epochs, PeakLearningRate = options.LearningRate };
        var steps = new ProgressSink<TrainingProgress>(p =>
        {
            if (!double.IsFinite(p.Loss))
            {
                throw new PruneException(Text($"Training went astray in epoch {p.Epoch + 1}: the loss is no number any more. Give a lower --learning-rate than {options.LearningRate}."));
            }

            report((p.Epoch + (p.Step / (double)p.Steps)) / p.Epochs, Text($"epoch {p.Epoch + 1} of {p.Epochs}, loss {p.Loss:F3}"));
        });
        Trainer.Train(
            network, data.Training, training, saved, state => checkpoint.SaveTraining(name, state), steps, teacher, cancel);
    }

    private SearchOutcome Search(PruningSpace space, NetworkDescription dense)
    {
        using var calibration = data.Calibration();
        var variances = TorchEvaluator.MapVariances(dense, calibration);
        var costs = LayerCosts.Of(space, NetworkCompiler.Plan(dense, new CompilerOptions()));
        var variation = new Variation(space, Importance.Of(space, t => variances[t]), costs, options.MinimumShare / 100);
        var evaluator = new TorchEvaluator(space, dense, calibration, data.Validation, new EstimatedTime());
        var baseline = evaluator.Evaluate(space.Full);
        var search = new SearchOptions(options.Seed, options.Population, options.Generations, options.Tolerance + options.RetrainingGain);
        var state = Evolve(new ParticleFilter(variation, evaluator, baseline, search), search, baseline);
        var control = SearchAtRandom(new RandomSearch(variation, evaluator, baseline, search), state.Evaluations, baseline);
        var random = SearchState.Start(search) with { Front = control.Front, Evaluations = control.Evaluations };
        return new SearchOutcome(
            baseline,
            search.Tolerance,
            [new SearchedMethod("evolution", state, []), new SearchedMethod("random", random, [])],
            new TimeModelCheck(0, 0, 0, 0));
    }

    private SearchState Evolve(ParticleFilter filter, SearchOptions search, Score baseline)
    {
        var report = Report(PruneStage.Search);
        var state = checkpoint.LoadSearch() ?? SearchState.Start(search);
        while (state.Generation < search.Generations)
        {
            var (generation, before) = (state.Generation, Best(state.Front, baseline));
            state = filter.Next(
                state,
                done => report(
                    (generation + (done / (double)search.Population)) / search.Generations,
                    Text($"generation {generation + 1} of {search.Generations}; {before}")),
                cancel);
            checkpoint.SaveSearch(state);
        }

        report(1, Best(state.Front, baseline));
        return state;
    }

    private RandomSearchState SearchAtRandom(RandomSearch search, int evaluations, Score baseline)
    {
        const int SaveEvery = 20;
        var report = Report(PruneStage.RandomSearch);
        var state = checkpoint.LoadRandomSearch() ?? RandomSearchState.Start;
        while (state.Evaluations < evaluations)
        {
            cancel.ThrowIfCancellationRequested();
            state = search.Next(state);
            report(state.Evaluations / (double)evaluations, Best(state.Front, baseline));
            if (state.Evaluations % SaveEvery == 0 || state.Evaluations == evaluations)
            {
                checkpoint.SaveRandomSearch(state);
            }
        }

        return state;
    }

    /// <summary>
    /// Retrains the fastest survivor; one that stays over the tolerance gives way to a less pruned one. If none gets there, the
    /// least wrong one is the result.
    /// </summary>
    private PrunedNetwork Retrain(PruningSpace space, NetworkDescription dense, SearchOutcome searched)
    {
        var front = searched.Methods[0].State.Front;
        if (front.IsEmpty)
        {
            throw new PruneException(
                "No candidate of the search stayed within the tolerance before retraining. Allow a larger tolerance, more training epochs, or more generations.");
        }

        using var teacher = TrainableNetwork.Create(dense);
        var denseError = Evaluator.Evaluate(teacher, data.Validation, cancel).ErrorPercent;
        var tried = new List<PrunedNetwork>();
        int? next = 0;
        while (next is { } chosen && tried.Count < MaximumRetrainings)
        {
            var pruned = Retrain(space, dense, front[chosen], teacher, denseError, tried.Count);
            tried.Add(pruned);
            var excess = pruned.SelectLoss - options.Tolerance;
            next = excess <= 0 ? null : LessPruned(front, chosen, excess);
        }

        return tried[^1].SelectLoss <= options.Tolerance ? tried[^1] : tried.MinBy(p => p.SelectLoss)!;
    }

    private PrunedNetwork Retrain(PruningSpace space, NetworkDescription dense, Particle particle, TrainableNetwork teacher, double denseError, int attempt)
    {
        var report = Report(PruneStage.Retraining);
        var compacted = Compaction.Apply(space, dense, particle.Genome);
        using var student = TrainableNetwork.Create(compacted);
        student.SetMasks(SparseTraining.Masks(compacted));
        Train(student, Text($"retrained-{attempt}"), options.RetrainingEpochs, teacher, report);
        var error = Evaluator.Evaluate(student, data.Validation, cancel).ErrorPercent;
        report(1, Text($"pruned network: {error:F2} % of the validation images are misclassified"));
        return new PrunedNetwork(
            options.Tolerance,
            particle.Genome,
            SparseTraining.Restore(student.ToDescription(), compacted),
            error - denseError,
            particle.Score.Microseconds,
            attempt + 1);
    }

    /// <summary>The next particle of the front that is better by about what was lacking; null if there is no better one.</summary>
    private static int? LessPruned(EquatableArray<Particle> front, int current, double excess)
    {
        var wanted = front[current].Score.Error - (2 * excess) - 0.5;
        var better = Enumerable.Range(current + 1, front.Count - current - 1).ToList();
        return better.Count == 0 ? null : better.Where(i => front[i].Score.Error <= wanted).Append(better[^1]).First();
    }

    private static string Best(EquatableArray<Particle> front, Score baseline) =>
        front.IsEmpty
            ? "no candidate within the tolerance yet"
            : Text($"best: {front[0].Score.Microseconds / baseline.Microseconds:P0} of the time, {front[0].Score.Error - baseline.Error:+0.00;-0.00} points before retraining");

    private Action<double, string> Report(PruneStage stage) =>
        (fraction, message) => progress?.Report(new PruneProgress(stage, fraction, message));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Progress without the detour over a synchronisation context, which would let reports overtake each other.</summary>
    private sealed class ProgressSink<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}

using KernelGen.Model;
using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Networks;
using KernelGen.Search.Pruning;
using KernelGen.Search.Repair;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search;

/// <summary>Trains a network, or goes on from where it was, and keeps its state under a name.</summary>
internal delegate void TrainNetwork(TrainableNetwork network, string name, int epochs, Teacher? teacher, Action<double, string> report);

/// <summary>Repair, fine-tuning and retraining of the finalists of a job, all with the dense network as the teacher.</summary>
internal sealed class HalvingStages(
    PruningSpace space,
    NetworkDescription dense,
    PruneJobData data,
    torch.Tensor calibration,
    TrainNetwork train,
    PruneJobCheckpoint checkpoint,
    PruneOptions options,
    Action<double, string> report,
    CancellationToken cancel) : IDisposable
{
    private readonly PruneJobCheckpoint checkpoint = checkpoint;
    private readonly Teacher teacher = new(dense, options.Precision);
    private readonly LeastSquaresRepair repair = new(space, dense, calibration, RepairEffort.Whole);
    private int? denseErrors;

    /// <summary>What becomes of the candidates of one method: a network per tolerance, or none if it found no candidate.</summary>
    public SearchedMethod Choose(string method, SearchState found)
    {
        if (found.Front.IsEmpty)
        {
            return new SearchedMethod(method, found, [], []);
        }

        // Of what two pruned ResNet-8s had lost on the select images after 2 epochs, 0.16 and 0.18 was left after 60: 30 to the power of -0.5. Of what three LeNets had
        // lost after one, 0.26 was left after 18 (0.20 to 0.30): 18 to the power of -0.46.
        var remainder = Math.Min(1, Math.Sqrt(options.BriefEpochs / (double)options.RetrainingEpochs));
        var halving = new Halving(new Stages(this, method, options.BriefEpochs, options.RetrainingEpochs), options.Retrainings, remainder);
        var networks = halving.Run(found.Front, options.Tolerances);
        return new SearchedMethod(method, found, halving.Repaired.ToEquatableArray(), networks);
    }

    /// <summary>The same architectures with new weights, trained for as long as they were retrained, with the same teacher.</summary>
    public EquatableArray<PrunedNetwork> FromScratch(EquatableArray<PrunedNetwork> found)
    {
        var trained = new Dictionary<Genome, NetworkDescription>();
        foreach (var genome in found.Select(n => n.Genome).Distinct())
        {
            var compacted = Compaction.Apply(space, dense, genome);
            trained.Add(genome, Train(Initialization.Draw(compacted, options.Seed), FormattableString.Invariant($"scratch-{trained.Count}"), options.RetrainingEpochs));
        }

        return found
            .Select(n => n with { Description = trained[n.Genome], SelectLoss = Loss(trained[n.Genome]), Retrainings = trained.Count })
            .ToEquatableArray();
    }

    /// <summary>The dense network, trained for as many more epochs as the pruned ones, with itself as the teacher: one for every tolerance.</summary>
    /// <param name="baseline">Its score.</param>
    public EquatableArray<PrunedNetwork> Unpruned(Score baseline)
    {
        var trained = TrainAndJudge(dense, ControlNames.Unpruned, options.RetrainingEpochs);
        return options.Tolerances.Select(t => new PrunedNetwork(t, space.Full, trained.Network, trained.Loss, baseline.Microseconds, 1)).ToEquatableArray();
    }

    public void Dispose()
    {
        repair.Dispose();
        teacher.Dispose();
    }

    private NetworkDescription Train(NetworkDescription network, string name, int epochs)
    {
        using var student = TrainableNetwork.Create(network);
        student.SetMasks(SparseTraining.Masks(network));
        try
        {
            train(student, name, epochs, teacher, (fraction, message) => report(fraction, $"{name}: {message}"));
        }
        catch (PruneException e) when (e.IsDivergence)
        {
            // One network of many: the others go on, and this one is judged as it was.
            report(1, $"{name}: {e.Message} It stays as it was before this training.");
            return network;
        }

        return SparseTraining.Restore(student.ToDescription(), network);
    }

    private Retrained TrainAndJudge(NetworkDescription network, string name, int epochs)
    {
        var trained = Train(network, name, epochs);
        var loss = Loss(trained);
        report(1, FormattableString.Invariant($"{name}: {loss:+0.00;-0.00;0.00} points more of the select images misclassified than by the dense network"));
        return new Retrained(trained, loss);
    }

    /// <summary>Percentage points that a network misclassifies more of the select images than the dense one.</summary>
    private double Loss(NetworkDescription network) => 100.0 * (Errors(network) - (denseErrors ??= Errors(dense))) / data.Select.Count;

    private int Errors(NetworkDescription network)
    {
        using var trainable = TrainableNetwork.Create(network);
        return Evaluator.Evaluate(trainable, data.Select, cancel).Errors;
    }

    private NetworkDescription Repair(Genome genome)
    {
        cancel.ThrowIfCancellationRequested();
        return repair.Apply(genome);
    }

    /// <summary>The stages of one method.</summary>
    private sealed class Stages(HalvingStages owner, string method, int briefEpochs, int epochs) : IHalvingStages
    {
        private readonly Dictionary<int, NetworkDescription> repaired = [];
        private readonly SortedDictionary<int, double> losses = owner.checkpoint.LoadRepairLosses(method);

        /// <remarks>A resumed job that knows the loss repairs the network only if it is trained.</remarks>
        public double RepairedLoss(Particle candidate, int index)
        {
            if (!losses.TryGetValue(index, out var loss))
            {
                losses[index] = loss = owner.Loss(Repair(candidate, index));
                owner.checkpoint.SaveRepairLosses(method, losses);
            }

            return loss;
        }

        public double BriefLoss(Particle candidate, int index) => Judged(candidate, "brief", index, briefEpochs).Loss;

        public Retrained Retrain(Particle candidate, int index) => Judged(candidate, "full", index, epochs);

        public NetworkDescription Repair(Particle candidate, int index)
        {
            if (!repaired.TryGetValue(index, out var network))
            {
                repaired[index] = network = owner.Repair(candidate.Genome);
            }

            return network;
        }

        private Retrained Judged(Particle candidate, string kind, int index, int trainingEpochs) =>
            owner.TrainAndJudge(Repair(candidate, index), FormattableString.Invariant($"{method}-{kind}-{index}"), trainingEpochs);
    }
}

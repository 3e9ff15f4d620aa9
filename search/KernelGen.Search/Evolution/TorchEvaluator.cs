using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Repair;
using KernelGen.Search.Training;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Scores a candidate by the smaller network that it means: its weights are repaired on a few training images
/// (<see cref="LeastSquaresRepair"/>), its batch norms measured anew and folded, then it classifies the search images, part by part.
/// </summary>
/// <remarks>
/// Without the repair the error says too little: that of ResNet-8 at 0.4 of its multiply-adds is four fifths before and two fifths
/// after it, and the rank correlation between the two is 0.7.
/// </remarks>
/// <param name="dense">The trained dense network, with its batch norms: the loss of a candidate is its distance from this one's probabilities; labels give the error only.</param>
/// <param name="calibration">Preprocessed training images, one batch.</param>
/// <param name="validation">The search images; never trained on, never tested on.</param>
/// <param name="times">How long the generated code takes.</param>
/// <param name="precision">In which images are classified; weights are repaired in single precision.</param>
public sealed class TorchEvaluator(
    PruningSpace space, NetworkDescription dense, torch.Tensor calibration, ImageTensors validation, ITimeModel times, Precision precision)
    : ICandidateEvaluator, IDisposable
{
    /// <summary>
    /// Images per forward pass, so that the tensors between two layers stay in the caches; after each the caller is asked whether to go on.
    /// </summary>
    public const int ImagesPerPart = 100;

    private readonly LeastSquaresRepair repair = new(space, dense, calibration, RepairEffort.Scoring);
    private readonly torch.Tensor taught = Probabilities(dense, validation.Images, precision);

    public Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null)
    {
        var candidate = Compaction.Apply(space, dense, genome);
        var score = new Score(0, 0, times.Microseconds(candidate), 0);
        using var trainable = repair.Network(candidate, genome);
        using var network = new ScoringNetwork(trainable, precision);
        using var noGradient = torch.no_grad();
        var (errors, loss) = (0L, 0.0);
        do
        {
            var count = Math.Min(ImagesPerPart, validation.Count - score.Images);
            var (batchErrors, batchLoss) = Look(network, score.Images, count);
            (errors, loss) = (errors + batchErrors, loss + batchLoss);
            var images = score.Images + count;
            score = score with { Error = 100.0 * errors / images, Loss = loss / images, Images = images };
        }
        while (score.Images < validation.Count && (goesOn is null || goesOn(score)));

        return score;
    }

    public void Dispose()
    {
        repair.Dispose();
        taught.Dispose();
    }

    /// <summary>[images, classes]</summary>
    private static torch.Tensor Probabilities(NetworkDescription network, torch.Tensor images, Precision precision)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var trainable = TrainableNetwork.Create(network);
        using var scoring = new ScoringNetwork(trainable, precision);
        var parts = images.split(ImagesPerPart).Select(part => scoring.Scores(part).softmax(1));
        return torch.cat([.. parts]).DetachFromDisposeScope();
    }

    private (long Errors, double Loss) Look(ScoringNetwork network, int start, int count)
    {
        using var scope = torch.NewDisposeScope();
        var labels = validation.Labels.narrow(0, start, count);
        var scores = network.Scores(validation.Images.narrow(0, start, count));
        var loss = F.cross_entropy(scores, taught.narrow(0, start, count), reduction: torch.nn.Reduction.Sum).item<float>();
        return (scores.argmax(1).ne(labels).sum().item<long>(), loss);
    }
}

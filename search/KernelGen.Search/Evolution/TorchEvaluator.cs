using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Scores a candidate by the smaller network that it means: its batch norms are measured anew on a few training images and folded,
/// then it classifies the search images, part by part.
/// </summary>
/// <param name="dense">The trained dense network, with its batch norms.</param>
/// <param name="calibration">Preprocessed training images, one batch.</param>
/// <param name="validation">The search images; never trained on, never tested on.</param>
/// <param name="times">How long the generated code takes.</param>
public sealed class TorchEvaluator(
    PruningSpace space, NetworkDescription dense, torch.Tensor calibration, ImageTensors validation, ITimeModel times) : ICandidateEvaluator
{
    /// <summary>Images after which the caller is asked whether to go on.</summary>
    public const int ImagesPerPart = 500;

    /// <summary>Images per forward pass, so that the tensors between two layers stay in the caches.</summary>
    private const int BatchSize = 100;

    public Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null)
    {
        var candidate = Compaction.Apply(space, dense, genome);
        var score = new Score(0, 0, times.Microseconds(candidate), 0);
        using var trainable = TrainableNetwork.Create(candidate);
        trainable.RecalibrateBatchNorm(calibration);
        using var network = new ScoringNetwork(trainable);
        using var noGradient = torch.no_grad();
        var (errors, loss) = (0L, 0.0);
        do
        {
            var count = Math.Min(BatchSize, validation.Count - score.Images);
            var (batchErrors, batchLoss) = Look(network, score.Images, count);
            (errors, loss) = (errors + batchErrors, loss + batchLoss);
            var images = score.Images + count;
            score = score with { Error = 100.0 * errors / images, Loss = loss / images, Images = images };
        }
        while (score.Images < validation.Count && (score.Images % ImagesPerPart != 0 || goesOn is null || goesOn(score)));

        return score;
    }

    private (long Errors, double Loss) Look(ScoringNetwork network, int start, int count)
    {
        using var scope = torch.NewDisposeScope();
        var labels = validation.Labels.narrow(0, start, count);
        var scores = network.Scores(validation.Images.narrow(0, start, count));
        var loss = F.cross_entropy(scores, labels, reduction: torch.nn.Reduction.Sum).item<float>();
        return (scores.argmax(1).ne(labels).sum().item<long>(), loss);
    }
}

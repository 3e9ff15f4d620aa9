using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Scores a candidate by the smaller network that it means: its batch norms are measured anew on a few training images, then it
/// classifies the search images.
/// </summary>
/// <param name="dense">The trained dense network, with its batch norms.</param>
/// <param name="calibration">Preprocessed training images, one batch.</param>
/// <param name="validation">The search images; never trained on, never tested on.</param>
/// <param name="times">How long the generated code takes.</param>
public sealed class TorchEvaluator(
    PruningSpace space, NetworkDescription dense, torch.Tensor calibration, ImageTensors validation, ITimeModel times) : ICandidateEvaluator
{
    public Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null)
    {
        var candidate = Compaction.Apply(space, dense, genome);
        using var network = TrainableNetwork.Create(candidate);
        network.RecalibrateBatchNorm(calibration);
        var evaluation = Evaluator.Evaluate(network, validation);
        return new Score(evaluation.ErrorPercent, evaluation.Loss, times.Microseconds(candidate), validation.Count);
    }

    /// <summary>The variance of every map of every tensor of a network over images and positions.</summary>
    /// <param name="images">Preprocessed images, one batch.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<float>> MapVariances(NetworkDescription network, torch.Tensor images)
    {
        using var trainable = TrainableNetwork.Create(network);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return trainable.ForwardAll(images).ToDictionary(
            t => t.Key,
            t => (IReadOnlyList<float>)t.Value.transpose(0, 1).flatten(1).var(1, unbiased: false).data<float>().ToArray());
    }
}

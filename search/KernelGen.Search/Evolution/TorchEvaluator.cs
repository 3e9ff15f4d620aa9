using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Scores a candidate by the smaller network that it means: its batch norms are measured anew on a few training images, then it
/// classifies the search images. Time is the compiler's estimate.
/// </summary>
/// <param name="dense">The trained dense network, with its batch norms.</param>
/// <param name="calibration">Preprocessed training images, one batch.</param>
/// <param name="validation">The search images; never trained on, never tested on.</param>
public sealed class TorchEvaluator(
    PruningSpace space, NetworkDescription dense, torch.Tensor calibration, ImageTensors validation) : ICandidateEvaluator
{
    private readonly CompilerOptions compiler = new();

    public Score Evaluate(Genome genome)
    {
        var candidate = Compaction.Apply(space, dense, genome);
        using var network = TrainableNetwork.Create(candidate);
        network.RecalibrateBatchNorm(calibration);
        return new Score(
            Evaluator.Evaluate(network, validation).ErrorPercent,
            NetworkCompiler.Plan(candidate, compiler).EstimatedCycles);
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

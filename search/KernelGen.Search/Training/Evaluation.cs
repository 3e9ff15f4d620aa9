using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace KernelGen.Search.Training;

/// <summary>How good a network is on some images.</summary>
/// <param name="Errors">Misclassified images.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Predictions">The class of each image.</param>
public sealed record Evaluation(int Errors, double Loss, int[] Predictions)
{
    /// <summary>Misclassification rate in percent.</summary>
    public double ErrorPercent => 100.0 * Errors / Predictions.Length;
}

/// <summary>Running networks without training them.</summary>
public static class Evaluator
{
    /// <summary>
    /// Images per forward pass: large enough for two cores, small enough for the caches. Fixed, as results depend on it in the last bits.
    /// </summary>
    private const int BatchSize = 250;

    /// <summary>Misclassified images, loss and predictions, with the network's masks as they are.</summary>
    public static Evaluation Evaluate(TrainableNetwork network, ImageTensors images, CancellationToken cancellation = default)
    {
        var predictions = new int[images.Count];
        var (errors, loss) = (0, 0.0);
        ForBatches(network.Scores, network, images, cancellation, (start, logits) =>
        {
            using var labels = images.Labels.narrow(0, start, logits.shape[0]);
            loss += F.cross_entropy(logits, labels, reduction: torch.nn.Reduction.Sum).item<float>();
            var best = logits.argmax(1).data<long>();
            for (var i = 0; i < best.Count; i++)
            {
                predictions[start + i] = (int)best[i];
                errors += predictions[start + i] == images.LabelValues[start + i] ? 0 : 1;
            }
        });
        return new Evaluation(errors, loss / Math.Max(1, images.Count), predictions);
    }

    /// <summary>The network's results.</summary>
    /// <returns>Count × output length, one whole result after the other.</returns>
    public static float[] Results(TrainableNetwork network, ImageTensors images, CancellationToken cancellation = default)
    {
        var length = network.Graph.ShapeOf(network.Graph.Outputs[0]).Length;
        var all = new float[images.Count * length];
        ForBatches(network.Forward, network, images, cancellation, (start, results) =>
            results.contiguous().data<float>().ToArray().CopyTo(all.AsSpan(start * length)));
        return all;
    }

    private static void ForBatches(
        Func<torch.Tensor, torch.Tensor> run, TrainableNetwork network, ImageTensors images, CancellationToken cancellation, Action<int, torch.Tensor> use)
    {
        var wasTraining = network.Training;
        network.Training = false;
        try
        {
            using var noGradient = torch.no_grad();
            for (var start = 0; start < images.Count; start += BatchSize)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = torch.NewDisposeScope();
                use(start, run(images.Images.narrow(0, start, Math.Min(BatchSize, images.Count - start))));
            }
        }
        finally
        {
            network.Training = wasTraining;
        }
    }
}

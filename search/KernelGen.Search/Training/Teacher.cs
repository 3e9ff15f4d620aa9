using KernelGen.Model;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// A trained network from which students learn (Hinton, Vinyals, Dean, 2015). Those that see the same batches, as all candidates
/// of one job do, share its scores: each batch is computed once.
/// </summary>
public sealed class Teacher : IDisposable
{
    /// <summary>Scores that are kept at most: 256 MiB. What comes later is computed each time.</summary>
    private const int MostValues = 1 << 26;

    private readonly TrainableNetwork network;
    private readonly ScoringNetwork scoring;
    private readonly Dictionary<(object Sequence, int Epoch, int Step), float[]> known = [];
    private long values;

    /// <param name="precision">In which its scores are computed.</param>
    public Teacher(NetworkDescription trained, Precision precision)
    {
        network = TrainableNetwork.Create(trained);
        scoring = new ScoringNetwork(network, precision);
    }

    public void Dispose()
    {
        scoring.Dispose();
        network.Dispose();
    }

    /// <summary>The scores of a batch.</summary>
    /// <param name="sequence">Equal for sequences of batches that are the same (<see cref="BatchLoader.Sequence"/>).</param>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    /// <returns>[count, classes]</returns>
    internal Tensor Scores(object sequence, int epoch, int step, Tensor images)
    {
        if (known.TryGetValue((sequence, epoch, step), out var scores))
        {
            return torch.tensor(scores, [images.shape[0], scores.Length / images.shape[0]]);
        }

        using var noGradient = torch.no_grad();
        var computed = scoring.Scores(images);
        values += computed.numel();
        if (values <= MostValues)
        {
            known.Add((sequence, epoch, step), computed.contiguous().data<float>().ToArray());
        }

        return computed;
    }
}

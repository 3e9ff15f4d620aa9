using System.Globalization;
using KernelGen.Model;
using KernelGen.Search.Training;

namespace KernelGen.Search.Export;

/// <summary>The test images (the report split): each network is run on them once, after the search.</summary>
internal sealed class NetworkTest(PruneJobData data, CancellationToken cancel) : IDisposable
{
    /// <summary>Largest |generated − TorchSharp| over largest |TorchSharp| that folding and another order of sums explain.</summary>
    private const double LargestDifference = 1e-3;

    private readonly ImageTensors tensors = ImageTensors.Create(data.Test, data.Preprocessing);

    /// <summary>Runs the generated code over the test images and holds it to TorchSharp's results.</summary>
    /// <param name="unfolded">The network with its batch norms, as it was trained.</param>
    /// <exception cref="PruneException">They differ by more than rounding.</exception>
    public TestOutcome Run(NetworkEngine engine, NetworkDescription unfolded)
    {
        using var network = TrainableNetwork.Create(unfolded);
        var reference = Evaluator.Results(network, tensors, cancel);
        var classes = reference.Length / data.Test.Count;
        var (image, scores) = (new float[data.Test.Shape.Length], new float[classes]);
        var isWrong = new bool[data.Test.Count];
        double difference = 0, largest = 0;
        for (var i = 0; i < isWrong.Length; i++)
        {
            ImagePreprocessing.Apply(data.Preprocessing, data.Test.Shape, data.Test.Image(i), image);
            engine.Network.Run(image, scores);
            var expected = reference.AsSpan(i * classes, classes);
            for (var c = 0; c < classes; c++)
            {
                difference = Math.Max(difference, Math.Abs(scores[c] - expected[c]));
                largest = Math.Max(largest, Math.Abs(expected[c]));
            }

            var prediction = Best(scores);
            if (prediction != Best(expected) && !Tied(expected, prediction))
            {
                throw new PruneException($"Internal error: the generated code classifies test image {i} otherwise than TorchSharp.");
            }

            isWrong[i] = prediction != data.Test.Labels[i];
        }

        var relative = difference / largest;
        return relative <= LargestDifference
            ? new TestOutcome(isWrong, relative)
            : throw new PruneException(string.Create(
                CultureInfo.InvariantCulture, $"Internal error: the generated code differs from TorchSharp by {relative:E1} of the largest score."));
    }

    public void Dispose() => tensors.Dispose();

    private static int Best(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var c = 1; c < scores.Length; c++)
        {
            best = scores[c] > scores[best] ? c : best;
        }

        return best;
    }

    /// <summary>Two scores so close that the order of sums decides between them.</summary>
    private static bool Tied(ReadOnlySpan<float> scores, int other)
    {
        var best = scores[Best(scores)];
        return best - scores[other] <= 1e-4 * Math.Max(1, Math.Abs(best));
    }
}

/// <summary>What one network made of the test images.</summary>
/// <param name="IsWrong">Per image, whether it is misclassified.</param>
/// <param name="MaxDifference">Largest |generated − TorchSharp| over largest |TorchSharp|.</param>
internal sealed record TestOutcome(bool[] IsWrong, double MaxDifference)
{
    public int Errors { get; } = IsWrong.Count(w => w);

    public double ErrorPercent => 100.0 * Errors / IsWrong.Length;

    /// <summary>How many images this network misclassifies and the other does not.</summary>
    public int OnlyThisWrong(TestOutcome other) => IsWrong.Zip(other.IsWrong).Count(p => p.First && !p.Second);
}

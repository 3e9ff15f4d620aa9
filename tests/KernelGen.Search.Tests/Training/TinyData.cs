using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Training;

/// <summary>Small images of three classes that a small network can learn in a second, and that network.</summary>
internal static class TinyData
{
    private const int Side = 8;

    public static ImageSet Images(int count, long seed)
    {
        var random = new DeterministicRandom(seed);
        var pixels = new byte[count * Side * Side];
        var labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = i % 3;
            for (var p = 0; p < Side * Side; p++)
            {
                // Class 0: bright rows, class 1: bright columns, class 2: neither; noise on all.
                var bright = labels[i] switch { 0 => p / Side % 2 == 0, 1 => p % Side % 2 == 0, _ => false };
                pixels[(i * Side * Side) + p] = (byte)((bright ? 120 : 60) + random.Next(100));
            }
        }

        return new ImageSet("tiny", new Shape(1, Side, Side), pixels, labels, ["rows", "columns", "noise"]);
    }

    /// <summary>conv (4 maps, 3×3) – batch norm – rectifier – maximum pooling – 3 units.</summary>
    public static NetworkDescription Network(ImageSet images)
    {
        var random = new DeterministicRandom(11);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextNormal() * 0.3))];
        FloatData Fill(float value) => new([value, value, value, value]);
        return new NetworkDescription(
            "tiny",
            [new NetworkInput("image", images.Shape)],
            [
                new Layer("conv", new Conv(4, Window.Square(3), ConvWeights.FromDense(Draw(36), 4, 1, 1, 9)), ["image"]),
                new Layer("norm", new BatchNorm(Fill(1), Fill(0), Fill(0), Fill(1)), ["conv"]),
                new Layer("relu", Activation.Relu, ["norm"]),
                new Layer("pool", new Pool(PoolKind.Max, Window.Square(2, 2)), ["relu"]),
                new Layer("scores", new Dense(3, new FloatData(Draw(3 * 36)), new FloatData([0, 0, 0])), ["pool"]),
            ],
            ["scores"]).WithPreprocessing(ImagePreprocessing.FromImages(images));
    }

    public static TrainingOptions Options { get; } = new()
    {
        Epochs = 4,
        BatchSize = 16,
        PeakLearningRate = 0.05,
        MaximumShift = 0,
        Flip = false,
    };
}

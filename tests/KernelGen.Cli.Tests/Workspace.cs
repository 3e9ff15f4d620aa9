using KernelGen.Model;

namespace KernelGen.Cli.Tests;

/// <summary>A folder of the test's own with a small pruned network in it.</summary>
public sealed class Workspace : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kernelgen-cli-");

    public Workspace()
    {
        Model = At("tiny-2.kgn");
        File.WriteAllText(Model, DescriptionWriter.Write(Tiny()));
    }

    /// <summary>Path of the small network's description.</summary>
    public string Model { get; }

    public string At(string name) => Path.Combine(folder.FullName, name);

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>1×28×28 to 10 scores: a convolution with strided taps and a missing kernel, pooling, a dense layer.</summary>
    private static NetworkDescription Tiny()
    {
        const int maps = 4;
        var first = Numbers(maps * 9, 0.3f);
        var second = Numbers(3 * maps * 9, 0.2f);
        var mask = new KernelMask(maps, 3, [.. Enumerable.Range(0, maps * 3).Select(i => i != 4)]);
        TapPattern[] taps = [new StridedTaps(0, 2), new StridedTaps(1, 3), TapPattern.Dense, new FreeTaps([0, 4, 8])];
        var scale = new Preprocessing(new FloatData([1 / 255f]), new FloatData([-0.5f]));
        return new NetworkDescription(
            "tiny-2",
            [new NetworkInput("image", new Shape(1, 28, 28), scale)],
            [
                new Layer("conv1", new Conv(maps, Window.Square(3, padding: 1), ConvWeights.FromDense(first, maps, 1, 1, 9), new FloatData([0.1f, 0, -0.1f, 0.2f])), ["image"]),
                new Layer("relu1", Activation.Relu, ["conv1"]),
                new Layer("pool1", new Pool(PoolKind.Max, Window.Square(2, 2)), ["relu1"]),
                new Layer("conv2", new Conv(3, Window.Square(3, 2), ConvWeights.FromDense(second, 3, maps, 1, 9, mask, taps.ToEquatableArray())), ["pool1"]),
                new Layer("fc", new Dense(10, new FloatData(Numbers(10 * 108, 0.1f))), ["conv2"]),
            ],
            ["fc"])
        {
            Labels = [.. Enumerable.Range(0, 10).Select(i => FormattableString.Invariant($"class {i}"))],
        };
    }

    private static float[] Numbers(int count, float size)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => size * ((2 * random.NextSingle()) - 1))];
    }
}

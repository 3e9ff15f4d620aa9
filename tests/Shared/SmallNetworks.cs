using KernelGen.Model;

namespace KernelGen.Tests;

/// <summary>Small networks, one per kind of sparsity, with weights from a fixed sequence.</summary>
internal static class SmallNetworks
{
    public static IReadOnlyDictionary<string, NetworkDescription> All { get; } = new[]
    {
        Conv("dense", null, []),
        Conv("kernels", new KernelMask(2, 3, [true, false, true, false, true, false]), []),
        Conv("strided", null, [new StridedTaps(1, 2), new StridedTaps(0, 3)]),
        Conv("free", null, [new FreeTaps([0, 4, 5]), new FreeTaps([])]),
        Conv("combined", new KernelMask(2, 3, [true, true, false, false, true, true]), [new StridedTaps(2, 4), TapPattern.Dense]),
        Conv("maps", null, [], new MapSelection(8, [0, 3, 6])),
        Classifier(),
    }.ToDictionary(n => n.Name);

    /// <summary>A convolution over 2 maps of 5 × 6, 3 × 3, padded, with ReLU, giving 3 maps.</summary>
    private static NetworkDescription Conv(string name, KernelMask? kernels, EquatableArray<TapPattern> taps, MapSelection? selection = null)
    {
        var weights = ConvWeights.FromDense(Values(3 * 2 * 9, 1), 3, 2, 1, 9, kernels, taps);
        var conv = new Conv(3, Window.Square(3, padding: 1), weights, new FloatData(Values(3, 2)), Selection: selection);
        return new NetworkDescription(
            name,
            [new NetworkInput("image", new Shape(2, 5, 6))],
            [new Layer("conv", conv, ["image"]), new Layer("relu", Activation.Relu, ["conv"])],
            ["relu"]);
    }

    /// <summary>Preprocessing, a strided convolution, pooling, a fully connected layer, labels, provenance.</summary>
    private static NetworkDescription Classifier()
    {
        var conv = new Conv(
            4,
            Window.Square(3),
            ConvWeights.FromDense(Values(4 * 9, 3), 4, 1, 1, 9, null, [new StridedTaps(0, 2)]),
            new FloatData(Values(4, 4)));
        var dense = new Dense(3, new FloatData(Values(3 * 4 * 3 * 3, 5)), new FloatData(Values(3, 6)));
        return new NetworkDescription(
            "classifier",
            [new NetworkInput("image", new Shape(1, 8, 8), new Preprocessing(new FloatData([1f / 255]), new FloatData([-0.5f])))],
            [
                new Layer("conv", conv, ["image"]),
                new Layer("relu", Activation.Relu, ["conv"]),
                new Layer("pool", new Pool(PoolKind.Max, Window.Square(2, stride: 2)), ["relu"]),
                new Layer("scores", dense, ["pool"]),
            ],
            ["scores"])
        {
            Labels = ["shirt", "shoe \"left\"", "bag"],
            Provenance = new Provenance("synthetic", "none", 0, 0, 0, 1, 7, "KernelGen tests"),
        };
    }

    /// <summary>Numbers in [−1, 1) from a fixed sequence (Knuth's linear congruential generator).</summary>
    public static float[] Values(int count, uint seed)
    {
        var state = seed;
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            state = unchecked((state * 1664525u) + 1013904223u);
            values[i] = ((int)(state >> 8) - 0x800000) / (float)0x800000;
        }

        return values;
    }
}

using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Layers;

/// <summary>Which weights of a layer there are.</summary>
internal enum LayerSparsity
{
    Dense,

    /// <summary>The paper's: one offset and the stride 3 per source map, so a third of a 3×3 kernel's taps.</summary>
    Strided,

    /// <summary>A third of the kernels, at random.</summary>
    Kernels,

    /// <summary>A third of the weights, at random: the others are zeros.</summary>
    Weights,
}

/// <summary>A square convolution of as many maps as it reads, padded as usual, with bias and ReLU.</summary>
/// <param name="Size">Rows and columns of the maps that are read.</param>
internal sealed record LayerCase(int Kernel, int Maps, int Size, int Stride, LayerSparsity Sparsity)
{
    private static readonly TapPattern[] Thirds = [new StridedTaps(0, 3), new StridedTaps(1, 3), new StridedTaps(2, 3)];

    private Window Window => Window.Square(Kernel, Stride, Kernel / 2);

    public string Name => FormattableString.Invariant(
        $"{Kernel}×{Kernel}{(Stride == 1 ? "" : $"/{Stride}")} {Maps} maps {Size}×{Size} {Sparsity.ToString().ToLowerInvariant()}");

    /// <summary>Weights that exist, about.</summary>
    public int Weights => Maps * Maps * Window.Area / (Sparsity == LayerSparsity.Dense ? 1 : 3);

    /// <summary>Whether the layer can follow itself: its result is shaped like its input.</summary>
    public bool CanRepeat => Stride == 1;

    /// <summary>The cases of the issue: 3×3 and 1×1, 16 to 128 maps of 8×8 to 32×32, strides 1 and 2, dense and the paper's strided.</summary>
    /// <param name="quick">A few of them, and 83 maps.</param>
    public static IEnumerable<LayerCase> All(bool quick) =>
        from stride in new[] { 1, 2 }
        from kernel in new[] { 3, 1 }
        from sparsity in kernel == 3 ? new[] { LayerSparsity.Dense, LayerSparsity.Strided } : [LayerSparsity.Dense]
        from maps in quick ? [16, 64, 83, 128] : Enumerable.Range(1, 8).Select(i => 16 * i)
        from size in new[] { 32, 16, 8 }
        where !quick || (stride == 1 ? maps * size is 16 * 32 or 64 * 16 or 83 * 16 or 128 * 8 : maps * size == 64 * 16)
        select new LayerCase(kernel, maps, size, stride, sparsity);

    /// <summary>The layer as a network, <paramref name="times"/> after each other.</summary>
    public NetworkDescription Describe(int times = 1) => NetworkCase.Of(FormattableString.Invariant($"{Name} times {times}"), b =>
    {
        var x = b.Input(Maps, Size, Size);
        for (var i = 0; i < times; i++)
        {
            x = b.Relu(Append(b, x));
        }

        return x;
    }).Description;

    private string Append(NetworkBuilder b, string from) => Sparsity switch
    {
        LayerSparsity.Strided => b.Conv(from, Maps, Window, taps: Thirds),
        LayerSparsity.Kernels => b.Conv(from, Maps, Window, density: 1 / 3.0),
        LayerSparsity.Weights => b.Layer(WithZeros(b), from),
        _ => b.Conv(from, Maps, Window),
    };

    private Conv WithZeros(NetworkBuilder b)
    {
        var random = new Random(Maps);
        var weights = b.Data(Maps * Maps * Window.Area, Math.Sqrt(3.0 / (Maps * Window.Area))).Span.ToArray();
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = random.Next(3) == 0 ? weights[i] : 0;
        }

        return new Conv(Maps, Window, ConvWeights.FromDense(weights, Maps, Maps, 1, Window.Area), b.Data(Maps, 0.5));
    }
}

using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Layers;

/// <summary>One layer of a network of the study at one pruning ratio, with bias and ReLU.</summary>
/// <param name="Network">Whose layer it is, e.g. <c>lenet-20-50-500 conv2</c>.</param>
/// <param name="Size">Rows and columns of the maps that are read.</param>
/// <param name="Sparsity">What is removed: weights and kernels at random, taps by the paper's stride.</param>
/// <param name="Percent">Of the weights (of the kernels) that are removed, 0 to 90; for strided taps it follows from the stride.</param>
/// <param name="Stride">Of the taps that stay; 1 where they do not matter.</param>
internal sealed record LoweredCase(
    string Network, int Sources, int Targets, int Size, int Kernel, int Padding, LayerSparsity Sparsity, int Percent, int Stride = 1)
{
    private const int LargestStride = 4;

    private Window Window => Window.Square(Kernel, 1, Padding);

    public string Name => FormattableString.Invariant($"{Network} {Sparsity.ToString().ToLowerInvariant()} {(Stride > 1 ? $"1/{Stride}" : $"{Percent}%")}");

    /// <summary>Two layers of the study's networks, every granularity that a lowered layer can have, ratios up to 90%.</summary>
    /// <param name="quick">The smaller layer, and three ratios.</param>
    public static IEnumerable<LoweredCase> All(bool quick)
    {
        LoweredCase[] layers =
        [
            new("lenet-20-50-500 conv2", 20, 50, 12, 5, 0, LayerSparsity.Dense, 0),
            new("cnn-small-w0.5 conv2", 64, 64, 32, 3, 1, LayerSparsity.Dense, 0),
        ];
        var percents = quick ? [0, 60, 90] : Enumerable.Range(0, 10).Select(i => 10 * i);
        return
            from layer in quick ? layers[..1] : layers
            from @case in percents.SelectMany(p => new[] { LayerSparsity.Weights, LayerSparsity.Kernels }.Select(s => layer with { Sparsity = s, Percent = p }))
                .Concat(Enumerable.Range(1, LargestStride).Select(s => layer with { Sparsity = LayerSparsity.Strided, Stride = s }))
                .OrderBy(c => c.Sparsity)
            select @case;
    }

    /// <summary>The layer as a network.</summary>
    public NetworkDescription Describe() => NetworkCase.Of(Network, b => b.Relu(b.Layer(Convolution(b), b.Input(Sources, Size, Size)))).Description;

    /// <summary>The same weights at every ratio, of which more and more are gone.</summary>
    private Conv Convolution(NetworkBuilder b)
    {
        var weights = b.Data(Targets * Sources * Window.Area, Math.Sqrt(3.0 / (Sources * Window.Area))).Span.ToArray();
        var (kernels, taps) = ((KernelMask?)null, (EquatableArray<TapPattern>)[]);
        switch (Sparsity)
        {
            case LayerSparsity.Weights:
                Array.ForEach(Removed(weights.Length), i => weights[i] = 0);
                break;
            case LayerSparsity.Kernels:
                var gone = Removed(Sources * Targets).ToHashSet();
                kernels = new KernelMask(Sources, Targets, [.. Enumerable.Range(0, Sources * Targets).Select(i => !gone.Contains(i))]);
                break;
            case LayerSparsity.Strided when Stride > 1:
                taps = [.. Enumerable.Range(0, Sources).Select(i => (TapPattern)new StridedTaps(i % Stride, Stride))];
                break;
        }

        return new Conv(Targets, Window, ConvWeights.FromDense(weights, Targets, Sources, 1, Window.Area, kernels, taps), b.Data(Targets, 0.5));
    }

    private int[] Removed(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(count).Shuffle(order);
        return order[..(count * Percent / 100)];
    }
}

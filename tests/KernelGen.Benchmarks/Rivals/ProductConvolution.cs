using System.Runtime.InteropServices;
using KernelGen.Model;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Benchmarks.Rivals;

/// <summary>
/// A convolution, with ReLU, as the input lowered to a matrix times the weights, zeros included: the dense product of TorchSharp's
/// library (libtorch, which brings MKL on x64) on one thread. For convolutions of one group.
/// </summary>
internal sealed class ProductConvolution : IDisposable
{
    private readonly LoweredInput lowered;
    private readonly torch.Tensor weights;
    private readonly torch.Tensor bias;
    private readonly torch.Tensor matrix;

    /// <param name="isReduced">Whether rows of the lowered input that no weight multiplies are left out, and the weights' columns with them.</param>
    public ProductConvolution(Conv conv, Shape from, bool isReduced = false)
    {
        TorchRuntime.Initialize();
        torch.set_num_threads(1);
        var dense = conv.Weights.ToDense(conv.OutputMaps, from.Maps, 1, conv.Window.Area);
        var taps = from.Maps * conv.Window.Area;
        int[] kept = isReduced ? LoweredInput.RowsWithWeights(dense, taps) : [.. Enumerable.Range(0, taps)];
        lowered = new LoweredInput(conv.Window, from, kept: kept);
        float[] columns = [.. Enumerable.Range(0, conv.OutputMaps).SelectMany(o => kept.Select(k => dense[(o * taps) + k]))];
        weights = torch.tensor(columns, [conv.OutputMaps, lowered.Rows]);
        bias = torch.tensor(conv.Bias?.Span.ToArray() ?? new float[conv.OutputMaps], [conv.OutputMaps, 1]);
        matrix = torch.zeros(lowered.Rows, lowered.Columns);
    }

    /// <param name="image">CHW.</param>
    public void Run(float[] image)
    {
        using var result = Multiply(image);
    }

    /// <summary>CHW.</summary>
    /// <param name="image">CHW.</param>
    public float[] Compute(float[] image)
    {
        using var result = Multiply(image);
        return result.data<float>().ToArray();
    }

    public void Dispose()
    {
        // The number is this thread's, and whoever trains on it next counts on the usual one.
        torch.set_num_threads(TorchRuntime.Threads);
        weights.Dispose();
        bias.Dispose();
        matrix.Dispose();
    }

    private torch.Tensor Multiply(float[] image)
    {
        using var inference = torch.no_grad();
        lowered.Fill(image, MemoryMarshal.Cast<byte, float>(matrix.bytes));
        return torch.addmm(bias, weights, matrix, 1, 1).relu_();
    }
}

using KernelGen.Model;
using KernelGen.Search.Data;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Repair;

/// <summary>
/// The positions at which one layer is fitted: a few random ones of each image, always the same. A fully connected layer has one
/// per image.
/// </summary>
internal sealed class LayerSamples
{
    private const long Purpose = 0x726570616972; // "repair"

    /// <summary>Weights per output that a layer is taken to have at least and at most, when samples are counted.</summary>
    private static readonly (int Least, int Most) Weights = (400, 2000);

    private readonly Window? window;
    private readonly int perImage;
    private readonly int[] rows;
    private readonly int[] columns;
    private readonly Shape output;

    /// <param name="layer">Its index in the network: each layer has positions of its own.</param>
    /// <param name="op">A convolution or a fully connected layer.</param>
    /// <param name="perWeight">Samples per weight of one output, where the images have so many.</param>
    public LayerSamples(int layer, Operator op, Shape input, Shape output, int images, int perWeight)
    {
        window = (op as Conv)?.Window;
        this.output = window is null ? new Shape(output.Length, 1, 1) : output;
        var positions = this.output.Height * this.output.Width;
        var weights = op is Conv conv ? input.Maps / conv.Groups * conv.Window.Area : input.Length;
        var wanted = perWeight * Math.Clamp(weights, Weights.Least, Weights.Most);
        perImage = Math.Min(positions, (wanted + images - 1) / images);
        var random = new DeterministicRandom(Purpose, layer);
        int[] drawn = [.. Enumerable.Range(0, images).SelectMany(_ => random.Permutation(positions).Take(perImage))];
        rows = Array.ConvertAll(drawn, p => p / this.output.Width);
        columns = Array.ConvertAll(drawn, p => p % this.output.Width);
    }

    /// <summary>The layer's results at the positions.</summary>
    /// <param name="result">Of images from <paramref name="start"/> on.</param>
    /// <returns>[samples, output maps or units]</returns>
    public Tensor Outputs(Tensor result, int start)
    {
        var pixels = result.reshape([result.shape[0], output.Maps, output.Height, output.Width]).permute(0, 2, 3, 1).reshape(-1, output.Maps);
        return pixels.index_select(0, Indices(start, (int)result.shape[0], output.Height, output.Width, 1, 1, 0));
    }

    /// <summary>What the layer reads at the positions.</summary>
    /// <param name="input">Of all images.</param>
    /// <returns>[samples, input maps, taps] or [samples, input elements, 1]</returns>
    public Tensor Inputs(Tensor input)
    {
        if (window is not { } w)
        {
            return input.flatten(1).unsqueeze(2);
        }

        var padded = F.pad(input, [w.PadLeft, w.PadRight, w.PadTop, w.PadBottom], PaddingModes.Constant, 0);
        var (count, maps, height, width) = ((int)padded.shape[0], padded.shape[1], (int)padded.shape[2], (int)padded.shape[3]);
        var pixels = padded.permute(0, 2, 3, 1).reshape(-1, maps);
        var taps = Enumerable.Range(0, w.Area).Select(tap =>
        {
            var offset = (tap / w.KernelWidth * w.DilationY * width) + (tap % w.KernelWidth * w.DilationX);
            return pixels.index_select(0, Indices(0, count, height, width, w.StrideY, w.StrideX, offset));
        });
        return torch.stack([.. taps], 2);
    }

    private Tensor Indices(int start, int count, int height, int width, int strideY, int strideX, int offset)
    {
        var indices = new long[count * perImage];
        for (var i = 0; i < indices.Length; i++)
        {
            var sample = (start * perImage) + i;
            indices[i] = ((((long)(i / perImage) * height) + (rows[sample] * strideY)) * width) + (columns[sample] * strideX) + offset;
        }

        return torch.tensor(indices);
    }
}

using KernelGen.Model;
using KernelGen.Search.Data;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Repair;

/// <summary>
/// The positions at which one layer is fitted: a few random ones of each image, always the same. A fully connected layer has one
/// per image.
/// </summary>
internal sealed class LayerSamples : IDisposable
{
    private const long Purpose = 0x726570616972; // "repair"

    /// <summary>Weights per output that a layer is taken to have at least and at most, when samples are counted.</summary>
    private static readonly (int Least, int Most) Weights = (400, 2000);

    private readonly Shape output;
    private readonly (int Image, int Position)[] samples;
    private readonly Patches? patches;

    /// <param name="layer">Its index in the network: each layer has positions of its own.</param>
    /// <param name="op">A convolution or a fully connected layer.</param>
    /// <param name="images">How many there are.</param>
    /// <param name="perWeight">Samples per weight of one output, where the images have so many.</param>
    public LayerSamples(int layer, Operator op, Shape input, Shape output, int images, int perWeight)
    {
        var conv = op as Conv;
        this.output = conv is null ? new Shape(output.Length, 1, 1) : output;
        var positions = this.output.Height * this.output.Width;
        var weights = conv is null ? input.Length : input.Maps / conv.Groups * conv.Window.Area;
        var wanted = perWeight * Math.Clamp(weights, Weights.Least, Weights.Most);
        var perImage = Math.Min(positions, (wanted + images - 1) / images);
        var random = new DeterministicRandom(Purpose, layer);
        samples = [.. Enumerable.Range(0, images).SelectMany(image => random.Permutation(positions).Take(perImage).Select(p => (image, p)))];
        patches = conv is null ? null : new Patches(conv.Window, samples, input, output.Width);
    }

    /// <summary>The layer's results at the positions.</summary>
    /// <param name="result">Of some images, from <paramref name="start"/> on.</param>
    /// <returns>[samples, output maps or units]</returns>
    public Tensor Outputs(Tensor result, int start)
    {
        var (count, positions) = ((int)result.shape[0], output.Height * output.Width);
        var pixels = samples.Where(s => s.Image >= start && s.Image < start + count).Select(s => ((long)(s.Image - start) * positions) + s.Position);
        return Pixels(result.reshape([count, output.Maps, output.Height, output.Width])).index_select(0, torch.tensor(pixels.ToArray()));
    }

    /// <summary>What the layer reads at the positions.</summary>
    /// <param name="input">Of all images.</param>
    /// <returns>[samples, input maps, taps] or [samples, input elements, 1]</returns>
    public Tensor Inputs(Tensor input) => patches?.Of(input) ?? input.flatten(1).unsqueeze(2);

    public void Dispose() => patches?.Dispose();

    /// <summary>[pixels of all images, maps]: without copying what a convolution made, as its maps are innermost in memory.</summary>
    private static Tensor Pixels(Tensor images) => images.permute(0, 2, 3, 1).reshape(-1, images.shape[1]);

    /// <summary>The input pixels that a convolution reads for each sample.</summary>
    private sealed class Patches : IDisposable
    {
        private readonly int taps;
        private readonly Tensor pixels;
        private readonly Tensor? inside;

        public Patches(Window window, (int Image, int Position)[] samples, Shape input, int outputWidth)
        {
            taps = window.Area;
            var indices = new long[samples.Length * taps];
            var isInside = new float[indices.Length];
            for (var i = 0; i < indices.Length; i++)
            {
                var ((image, position), tap) = (samples[i / taps], i % taps);
                var row = (position / outputWidth * window.StrideY) + (tap / window.KernelWidth * window.DilationY) - window.PadTop;
                var column = (position % outputWidth * window.StrideX) + (tap % window.KernelWidth * window.DilationX) - window.PadLeft;
                if (row >= 0 && row < input.Height && column >= 0 && column < input.Width)
                {
                    (indices[i], isInside[i]) = ((((long)image * input.Height) + row) * input.Width + column, 1);
                }
            }

            pixels = torch.tensor(indices).DetachFromDisposeScope();
            inside = isInside.Contains(0) ? torch.tensor(isInside, [indices.Length, 1]).DetachFromDisposeScope() : null;
        }

        /// <returns>[samples, input maps, taps], zero outside of the image.</returns>
        public Tensor Of(Tensor input)
        {
            var read = Pixels(input).index_select(0, pixels);
            return (inside is null ? read : read.mul_(inside)).reshape(-1, taps, input.shape[1]).transpose(1, 2);
        }

        public void Dispose()
        {
            pixels.Dispose();
            inside?.Dispose();
        }
    }
}

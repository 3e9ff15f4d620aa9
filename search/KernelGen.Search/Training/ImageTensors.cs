using KernelGen.Model;
using KernelGen.Search.Data;
using TorchSharp;

namespace KernelGen.Search.Training;

/// <summary>Preprocessed images and their labels, converted once for many evaluations.</summary>
public sealed class ImageTensors : IDisposable
{
    private ImageTensors(torch.Tensor images, torch.Tensor labels, int[] labelValues)
    {
        Images = images;
        Labels = labels;
        LabelValues = labelValues;
    }

    /// <summary>[count, channels, height, width], float.</summary>
    public torch.Tensor Images { get; }

    /// <summary>[count], int64.</summary>
    public torch.Tensor Labels { get; }

    /// <summary>The same labels.</summary>
    public IReadOnlyList<int> LabelValues { get; }

    public int Count => LabelValues.Count;

    /// <param name="preprocessing">The network's: <see cref="ImagePreprocessing"/>.</param>
    public static ImageTensors Create(ImageSet images, Preprocessing preprocessing)
    {
        TorchRuntime.Initialize();
        using var scope = torch.NewDisposeScope();
        var floats = new float[images.Pixels.Length];
        ImagePreprocessing.Apply(preprocessing, images.Shape, images.Pixels, floats);
        var (c, h, w) = (images.Shape.Maps, images.Shape.Height, images.Shape.Width);
        var tensor = TorchRuntime.Copy(floats, [images.Count, c, h, w]).DetachFromDisposeScope();
        var labels = torch.tensor(Array.ConvertAll(images.Labels, l => (long)l)).DetachFromDisposeScope();
        return new ImageTensors(tensor, labels, images.Labels);
    }

    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}

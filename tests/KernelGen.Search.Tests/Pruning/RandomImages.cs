using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Pruning;

/// <summary>Images of noise with random labels, for networks that need not be right.</summary>
internal static class RandomImages
{
    /// <param name="network">Its inputs and its classes.</param>
    public static ImageTensors For(NetworkDescription network, int count, int seed = 1)
    {
        var random = new Random(seed);
        var shape = network.Inputs[0].Shape;
        var pixels = new byte[count * shape.Length];
        random.NextBytes(pixels);
        var classes = NetworkGraph.Create(network).ShapeOf(network.Outputs[0]).Length;
        var labels = Enumerable.Range(0, count).Select(_ => random.Next(classes)).ToArray();
        var images = new ImageSet("noise", shape, pixels, labels, Enumerable.Range(0, classes).Select(c => $"class {c}").ToEquatableArray());
        return ImageTensors.Create(images, ImagePreprocessing.FromImages(images));
    }
}

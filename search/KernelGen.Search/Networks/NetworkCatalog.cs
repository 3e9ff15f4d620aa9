using System.Globalization;
using KernelGen.Model;

namespace KernelGen.Search.Networks;

/// <summary>
/// The networks that can be trained here, each defined once: a function from name, image shape, classes and seed to a
/// description with initial weights. Their outputs are logits, one per class.
/// </summary>
public static class NetworkCatalog
{
    private const string CnnSmallWidthPrefix = "cnn-small-w";

    /// <summary>
    /// The names that <see cref="Create"/> takes. <c>cnn-small</c> also comes with a width factor, e.g. <c>cnn-small-w0.5</c>.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = ["lenet-5", "lenet-20-50-500", "cnn-small", "resnet-8"];

    /// <param name="input">[channels, height, width] of the images.</param>
    /// <param name="classNames">One per class; the number of classes is theirs.</param>
    /// <param name="seed">Of the initial weights.</param>
    /// <exception cref="ArgumentException">The name is unknown, or the images are too small for the network.</exception>
    public static NetworkDescription Create(string name, Shape input, EquatableArray<string> classNames, long seed)
    {
        if (input.Rank != 3 || classNames.Count < 2)
        {
            throw new ArgumentException($"A network needs images of three axes and at least two classes, not {input} and {classNames.Count}.");
        }

        var builder = new NetworkBuilder(input, seed);
        var classes = classNames.Count;
        var body = name switch
        {
            "lenet-5" => LeNet5(builder, classes),
            "lenet-20-50-500" => LeNet(builder, classes),
            "cnn-small" => CnnSmall(builder, classes, 1),
            "resnet-8" => ResNet8(builder, classes),
            _ => CnnSmall(builder, classes, ParseWidth(name)),
        };
        return body.Build(name, classNames);
    }

    /// <summary>LeCun, Bottou, Bengio, Haffner (1998), with rectifiers, maximum pooling and batch norm; made for 32×32, so smaller images are padded.</summary>
    private static NetworkBuilder LeNet5(NetworkBuilder b, int classes) =>
        b.ConvNormRelu("conv1", 6, 5, padding: b.LastShape.Height < 32 ? 2 : 0)
            .MaxPool("pool1", 2, 2)
            .ConvNormRelu("conv2", 16, 5)
            .MaxPool("pool2", 2, 2)
            .DenseNormRelu("fc1", 120)
            .DenseNormRelu("fc2", 84)
            .Scores("scores", classes);

    /// <summary>The LeNet of Caffe and of the pruning literature (20 and 50 maps, 500 units), with batch norm.</summary>
    private static NetworkBuilder LeNet(NetworkBuilder b, int classes) =>
        b.ConvNormRelu("conv1", 20, 5)
            .MaxPool("pool1", 2, 2)
            .ConvNormRelu("conv2", 50, 5)
            .MaxPool("pool2", 2, 2)
            .DenseNormRelu("fc1", 500)
            .Scores("scores", classes);

    /// <summary>CNN_small of Anwar and Sung (arXiv 1610.09639): 2×128C3-MP-2×128C3-MP-2×256C3-256FC, pooling 3×3/2, with batch norm.</summary>
    private static NetworkBuilder CnnSmall(NetworkBuilder b, int classes, double width)
    {
        int Scale(int maps) => Math.Max(1, (int)Math.Round(maps * width));
        return b.ConvNormRelu("conv1", Scale(128), 3, padding: 1)
            .ConvNormRelu("conv2", Scale(128), 3, padding: 1)
            .MaxPool("pool1", 3, 2)
            .ConvNormRelu("conv3", Scale(128), 3, padding: 1)
            .ConvNormRelu("conv4", Scale(128), 3, padding: 1)
            .MaxPool("pool2", 3, 2)
            .ConvNormRelu("conv5", Scale(256), 3, padding: 1)
            .ConvNormRelu("conv6", Scale(256), 3, padding: 1)
            .DenseNormRelu("fc1", Scale(256))
            .Scores("scores", classes);
    }

    /// <summary>The residual network of MLPerf Tiny's image classification (Banbury et al., 2021): three stages of 16, 32 and 64 maps.</summary>
    private static NetworkBuilder ResNet8(NetworkBuilder b, int classes)
    {
        b.ConvNormRelu("conv1", 16, 3, padding: 1);
        Stage(b, "stage1", 16, stride: 1);
        Stage(b, "stage2", 32, stride: 2);
        Stage(b, "stage3", 64, stride: 2);
        return b.GlobalAverage("pool").Scores("scores", classes);
    }

    private static void Stage(NetworkBuilder b, string name, int maps, int stride)
    {
        var entry = b.Last;
        var shortcut = entry;
        if (stride != 1 || b.LastShape.Maps != maps)
        {
            shortcut = name + ".shortcut.bn";
            b.Conv(name + ".shortcut", maps, 1, stride).BatchNorm(shortcut);
        }

        b.From(entry)
            .ConvNormRelu(name + ".conv1", maps, 3, stride, padding: 1)
            .Conv(name + ".conv2", maps, 3, padding: 1)
            .BatchNorm(name + ".conv2.bn")
            .Add(name + ".sum", shortcut)
            .Relu(name + ".relu");
    }

    private static double ParseWidth(string name) =>
        name.StartsWith(CnnSmallWidthPrefix, StringComparison.Ordinal)
        && double.TryParse(name[CnnSmallWidthPrefix.Length..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var width)
        && width is > 0 and <= 4
            ? width
            : throw new ArgumentException($"There is no network {name}. There are {string.Join(", ", Names)} and cnn-small-wX with a width factor 0 < X ≤ 4.");
}

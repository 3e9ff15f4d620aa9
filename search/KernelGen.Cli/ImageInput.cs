using System.CommandLine;
using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;

namespace KernelGen.Cli;

/// <summary>Images as the input of a model.</summary>
internal sealed class ImageInput
{
    private readonly ImageSet images;
    private readonly Preprocessing preprocessing;

    /// <param name="preprocess">What pixels become, in place of what the model says.</param>
    /// <exception cref="InputException">The model is not one that classifies such images.</exception>
    public ImageInput(NetworkDescription description, ImageSet images, string model, string? preprocess = null)
    {
        if (description.Inputs.Count != 1)
        {
            throw new InputException($"{model} takes {description.Inputs.Count} inputs; images are given to models of one.");
        }

        var input = description.Inputs[0];
        if (input.Shape != images.Shape)
        {
            throw new InputException($"{model} takes {input.Shape}, but the images of {images.Name} are {images.Shape}.");
        }

        preprocessing = (preprocess is null ? input.Preprocessing : Parse(preprocess, images)) ?? throw new InputException(
            $"{model} does not say how bytes become its input; give --preprocess, e.g. 0..1, as it was trained.");
        this.images = images;
    }

    /// <summary>The images to run, by name, directory or as part of this program.</summary>
    public static Option<string?> DataOption(string description) => new("--data")
    {
        Description = description + " A name of kernelgen data list, or a directory: IDX files, CIFAR-10 batches, or one folder of PNG/JPEG per class.",
        HelpName = "DIR",
    };

    /// <summary>What a network expects of its pixels.</summary>
    public static Option<string?> PreprocessOption(string defaultText) => new("--preprocess")
    {
        Description = "What pixels become: LOW..HIGH for the bytes 0 and 255, and :MEANS/DEVIATIONS behind it if the network wants them, "
            + $"one number or one per channel, e.g. 0..255, -1..1, 0..1:0.485,0.456,0.406/0.229,0.224,0.225. Default: {defaultText}.",
        HelpName = "RANGE",
    };

    private static Preprocessing Parse(string text, ImageSet images)
    {
        try
        {
            return PreprocessingText.Parse(text, images.Shape.Maps);
        }
        catch (FormatException e)
        {
            throw new InputException("--preprocess: " + e.Message);
        }
    }

    /// <summary>The input for one image.</summary>
    public void Fill(int image, Span<float> input) =>
        ImagePreprocessing.Apply(preprocessing, images.Shape, images.Image(image), input);
}

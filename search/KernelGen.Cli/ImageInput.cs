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

    /// <exception cref="InputException">The model is not one that classifies such images.</exception>
    public ImageInput(NetworkDescription description, ImageSet images, string model)
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

        preprocessing = input.Preprocessing ?? throw new InputException(
            $"{model} does not say how bytes become its input (no preprocessing); only verify without --data can run it.");
        this.images = images;
    }

    /// <summary>The images to run, by name, directory or as part of this program.</summary>
    public static Option<string?> DataOption(string description) => new("--data")
    {
        Description = description + " A name of kernelgen data list, or a directory: IDX files, CIFAR-10 batches, or one folder of PNG/JPEG per class.",
        HelpName = "DIR",
    };

    /// <summary>The input for one image.</summary>
    public void Fill(int image, Span<float> input) =>
        ImagePreprocessing.Apply(preprocessing, images.Shape, images.Image(image), input);
}

using KernelGen.Model;
using StbImageSharp;

namespace KernelGen.Search.Data;

/// <summary>
/// One folder per class with PNG or JPEG files of one size, either at once in the directory (a fifth of each class is then
/// the test part) or below <c>train/</c> and <c>test/</c>. Images that are all grey become one channel, others three.
/// </summary>
internal static class ImageFolderReader
{
    private const double TestShare = 0.2;
    private const long SplitSeed = 1;
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>Whether a folder in the directory (or in its <c>train/</c>) holds an image.</summary>
    public static bool IsPresent(string directory) => ClassFolders(TrainingRoot(directory)).Any();

    /// <exception cref="DataException">A file cannot be read, sizes differ, or there are too few images.</exception>
    public static Dataset Read(string directory)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        var root = TrainingRoot(directory);
        var classes = ClassFolders(root).Select(f => Path.GetFileName(f)).ToList();
        if (classes.Count < 2)
        {
            throw new DataException($"{root} holds one class folder only; a classifier needs at least two.");
        }

        var training = Decode(root, classes);
        var testRoot = Path.Combine(directory, "test");
        if (root == directory)
        {
            var whole = ToImageSet(name, training, classes, IsGrey(training));
            var (kept, part) = whole.Split((int)Math.Ceiling(whole.Count * TestShare), SplitSeed);
            return kept.Count > 0 ? new Dataset(name, kept, part) : throw new DataException($"{directory} holds too few images to split.");
        }

        if (!Directory.Exists(testRoot))
        {
            throw new DataException($"{directory} has a folder train but no folder test. Add one, or put the class folders into {directory} itself for an automatic split.");
        }

        var test = Decode(testRoot, classes, training[0]);
        var grey = IsGrey(training) && IsGrey(test);
        return new Dataset(name, ToImageSet(name, training, classes, grey), ToImageSet(name, test, classes, grey));
    }

    private static string TrainingRoot(string directory)
    {
        var train = Path.Combine(directory, "train");
        return Directory.Exists(train) ? train : directory;
    }

    private static IEnumerable<string> ClassFolders(string root) =>
        Directory.EnumerateDirectories(root).Where(d => ImageFiles(d).Any()).Order(StringComparer.Ordinal);

    private static IEnumerable<string> ImageFiles(string folder) =>
        Directory.EnumerateFiles(folder)
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal);

    private static List<Decoded> Decode(string root, List<string> classes, Decoded? expected = null)
    {
        foreach (var folder in ClassFolders(root).Select(f => Path.GetFileName(f)))
        {
            if (!classes.Contains(folder))
            {
                throw new DataException($"{Path.Combine(root, folder)}: there is no class {folder} among the training images.");
            }
        }

        var images = new List<Decoded>();
        for (var label = 0; label < classes.Count; label++)
        {
            var folder = Path.Combine(root, classes[label]);
            foreach (var file in Directory.Exists(folder) ? ImageFiles(folder) : [])
            {
                var image = DecodeFile(file, label);
                expected ??= image;
                if (image.Width != expected.Width || image.Height != expected.Height)
                {
                    throw new DataException(
                        $"{file} is {image.Width}×{image.Height} pixels, but {expected.Path} is {expected.Width}×{expected.Height}. Bring all images to one size first.");
                }

                images.Add(image);
            }
        }

        return images.Count > 0 ? images : throw new DataException($"{root} holds no image in its class folders.");
    }

    private static Decoded DecodeFile(string path, int label)
    {
        try
        {
            var image = ImageResult.FromMemory(DataFile.ReadAll(path), ColorComponents.RedGreenBlue);
            return new Decoded(path, image.Width, image.Height, image.Data, label);
        }
        catch (Exception e) when (e is not DataException and not OutOfMemoryException)
        {
            // The decoder has no exception type of its own: damaged files end in any of several.
            throw new DataException($"{path} is not an intact PNG or JPEG image ({e.Message}).", e);
        }
    }

    private static bool IsGrey(List<Decoded> images)
    {
        foreach (var image in images)
        {
            for (var i = 0; i < image.Rgb.Length; i += 3)
            {
                if (image.Rgb[i] != image.Rgb[i + 1] || image.Rgb[i] != image.Rgb[i + 2])
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static ImageSet ToImageSet(string name, List<Decoded> images, List<string> classes, bool grey)
    {
        var shape = new Shape(grey ? 1 : 3, images[0].Height, images[0].Width);
        var area = shape.Height * shape.Width;
        var pixels = new byte[checked(images.Count * shape.Length)];
        var to = 0;
        foreach (var image in images)
        {
            for (var c = 0; c < shape.Maps; c++)
            {
                for (var i = 0; i < area; i++)
                {
                    pixels[to++] = image.Rgb[(3 * i) + c];
                }
            }
        }

        return new ImageSet(name, shape, pixels, [.. images.Select(i => i.Label)], classes.ToEquatableArray());
    }

    private sealed record Decoded(string Path, int Width, int Height, byte[] Rgb, int Label);
}

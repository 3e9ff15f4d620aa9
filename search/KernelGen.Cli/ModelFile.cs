using System.CommandLine;
using KernelGen.Model;

namespace KernelGen.Cli;

/// <summary>The model that a command works on.</summary>
internal static class ModelFile
{
    /// <summary>More than the description of any network that the reader accepts.</summary>
    private const long MostBytes = 1L << 30;

    public static Argument<string> Argument() => new("MODEL") { Description = "A network description (.kgn)." };

    /// <summary>Reads a description and checks the network's graph.</summary>
    /// <exception cref="InputException">There is no such file, or it is far too large.</exception>
    /// <exception cref="ModelFileException">It is not a valid description.</exception>
    public static NetworkDescription Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new InputException(Directory.Exists(path)
                ? $"{path} is a directory; give the .kgn file in it."
                : $"{path}: no such file.");
        }

        if (file.Length > MostBytes)
        {
            throw new InputException(FormattableString.Invariant($"{path}: {file.Length} bytes are no network description; at most {MostBytes} are read."));
        }

        var result = DescriptionReader.Read(File.ReadAllText(path));
        return result.Description ?? throw new ModelFileException(path, result.Errors);
    }
}

/// <summary>A file is not a valid description.</summary>
internal sealed class ModelFileException(string path, EquatableArray<DescriptionError> errors) : Exception(path)
{
    public string Path { get; } = path;

    public EquatableArray<DescriptionError> Errors { get; } = errors;
}

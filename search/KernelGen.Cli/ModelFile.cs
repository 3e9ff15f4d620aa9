using System.CommandLine;
using System.CommandLine.Parsing;
using KernelGen.Model;
using KernelGen.Onnx;

namespace KernelGen.Cli;

/// <summary>The model that a command works on: its argument, and the option for what an ONNX file leaves open.</summary>
internal sealed class ModelArgument
{
    private readonly Argument<string> path = new("MODEL") { Description = "A network: a description (.kgn) or an ONNX file (.onnx)." };
    private readonly Option<string[]> shapes = ModelFile.ShapeOption();

    /// <param name="isOptional">Whether the command has something to do without a model.</param>
    public ModelArgument(Command command, bool isOptional = false)
    {
        path.Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        command.Arguments.Add(path);
        command.Options.Add(shapes);
    }

    public string Path(ParseResult parsed) => parsed.GetRequiredValue(path);

    public bool IsGiven(CommandResult command) => command.GetResult(path)?.Tokens.Count > 0;

    /// <inheritdoc cref="ModelFile.Read"/>
    public NetworkDescription Read(ParseResult parsed) => ModelFile.Read(Path(parsed), Shapes(parsed));

    /// <summary>Several models of one command; the shapes are for those that are ONNX files, of which there must be one then.</summary>
    /// <inheritdoc cref="ModelFile.Read"/>
    public IReadOnlyList<NetworkDescription> ReadAll(ParseResult parsed, IReadOnlyList<string> paths)
    {
        var hasOnnx = paths.Any(ModelFile.IsOnnx);
        return [.. paths.Select(p => ModelFile.Read(p, hasOnnx && !ModelFile.IsOnnx(p) ? [] : Shapes(parsed)))];
    }

    private string[] Shapes(ParseResult parsed) => parsed.GetValue(shapes) ?? [];
}

/// <summary>The option for the one file that a command makes of its model.</summary>
internal sealed class ModelOutput
{
    private readonly string extension;
    private readonly Option<string?> file;

    /// <param name="extension">Of the file unless the user names it, with the dot.</param>
    public ModelOutput(Command command, string extension)
    {
        this.extension = extension;
        file = new("--output", "-o") { Description = $"The file to write. Default: the model's name with {extension}, in this folder.", HelpName = "FILE" };
        command.Options.Add(file);
    }

    /// <exception cref="InputException">It is the model itself.</exception>
    public string Path(ParseResult parsed, string model)
    {
        var path = parsed.GetValue(file) ?? System.IO.Path.ChangeExtension(System.IO.Path.GetFileName(model), extension);
        return System.IO.Path.GetFullPath(path) == System.IO.Path.GetFullPath(model)
            ? throw new InputException($"{model} would be overwritten; give another file with -o.")
            : path;
    }
}

/// <summary>The one way in which commands read models.</summary>
internal static class ModelFile
{
    /// <summary>More than the description of any network that the reader accepts.</summary>
    private const long MostBytes = 1L << 30;

    /// <summary>The shapes of an ONNX file's inputs.</summary>
    public static Option<string[]> ShapeOption()
    {
        var option = new Option<string[]>("--shape")
        {
            Description = "Of an .onnx file's input, the batch included: fixes lengths that the file leaves open. Once per input.",
            HelpName = "INPUT=1x3x240x320",
        };
        option.Validators.Add(result =>
        {
            try
            {
                ShapeText.Parse(result.Tokens.Select(t => t.Value));
            }
            catch (FormatException e)
            {
                result.AddError("--shape: " + e.Message);
            }
        });
        return option;
    }

    public static bool IsOnnx(string path) => Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a description, or imports an ONNX file, and checks the network's graph.</summary>
    /// <param name="shapes">As <see cref="ShapeText.Parse"/> takes them; for ONNX files only.</param>
    /// <exception cref="InputException">There is no such file, or it is far too large, or it has no use for shapes.</exception>
    /// <exception cref="ModelFileException">It is not a valid description.</exception>
    /// <exception cref="ImportException">It is not an ONNX file that can be imported.</exception>
    public static NetworkDescription Read(string path, IReadOnlyList<string> shapes)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new InputException(Directory.Exists(path)
                ? $"{path} is a directory; give the .kgn or .onnx file in it."
                : $"{path}: no such file.");
        }

        if (IsOnnx(path))
        {
            var imported = OnnxImporter.Import(path, new ImportOptions { Shapes = ShapeText.Parse(shapes) });
            return imported.Description ?? throw new ImportException(path, imported.Errors);
        }

        if (shapes.Count > 0)
        {
            throw new InputException($"--shape is for .onnx files; the shapes in {path} are fixed.");
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

/// <summary>An ONNX file cannot be imported.</summary>
internal sealed class ImportException(string path, IReadOnlyList<ImportError> errors) : Exception(path)
{
    public string Path { get; } = path;

    public IReadOnlyList<ImportError> Errors { get; } = errors;
}

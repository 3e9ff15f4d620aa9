using System.Text;
using KernelGen.Model;

namespace KernelGen.Runtime;

/// <summary>Descriptions as <c>.kgn</c> files.</summary>
public static class DescriptionFile
{
    // A larger file would be refused by the reader anyway: it must not be loaded first.
    private const long MaximumBytes = 1L << 30;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and validates a <c>.kgn</c> file.</summary>
    /// <exception cref="DescriptionException">The file is not a valid description; every problem with its place.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkDescription Read(string path)
    {
        var result = DescriptionReader.Read(ReadText(path));
        return result.Description ?? throw new DescriptionException(path, result.Errors);
    }

    /// <summary>Writes a description in its canonical form: the whole file or nothing.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, NetworkDescription description) =>
        AtomicFile.WriteAllText(path, DescriptionWriter.Write(description));

    private static string ReadText(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > MaximumBytes)
        {
            throw Refused(path, ProblemId.Limit, $"The file has {stream.Length} bytes; at most {MaximumBytes} are read.");
        }

        try
        {
            using var reader = new StreamReader(stream, StrictUtf8);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            throw Refused(path, ProblemId.Syntax, $"The file is not UTF-8 text.");
        }
    }

    private static DescriptionException Refused(string path, string id, FormattableString message) =>
        new(path, [new DescriptionError(id, FormattableString.Invariant(message), 1, 1)]);
}

/// <summary>A file is not a valid description. The message has a line per problem: <c>file(line,column): error id: what</c>.</summary>
public sealed class DescriptionException(string path, EquatableArray<DescriptionError> errors)
    : Exception(string.Join(Environment.NewLine, errors.Select(e => Line(path, e))))
{
    public string Path { get; } = path;

    public EquatableArray<DescriptionError> Errors { get; } = errors;

    private static string Line(string path, DescriptionError error) =>
        FormattableString.Invariant($"{path}({error.Line},{error.Column}): error {error.Id}: {error.Message}");
}

using System.Globalization;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Format;

/// <summary>
/// Data that a model keeps in other files. Only files in the model's folder or below it are read, and no links: a model must not
/// be able to name a file of the machine it is imported on.
/// </summary>
/// <param name="modelPath">Of the model's file.</param>
internal sealed class ExternalData(string modelPath)
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(modelPath)) ?? Path.GetFullPath(modelPath);
    private readonly Dictionary<string, long> claimed = new(StringComparer.Ordinal);

    /// <summary>Full paths of the files that were read.</summary>
    public IReadOnlyList<string> Files => claimed.Keys.OrderBy(f => f, StringComparer.Ordinal).ToList();

    /// <param name="expected">Bytes that the tensor's shape needs.</param>
    /// <exception cref="OnnxFileException">The file lies elsewhere or cannot be read, or the data do not fit.</exception>
    public byte[] Read(TensorProto tensor, long expected)
    {
        var location = Entry(tensor, "location");
        if (string.IsNullOrEmpty(location))
        {
            throw Wrong(tensor, "do not say in which file they are (no 'location')");
        }

        var offset = Number(tensor, "offset") ?? 0;
        if ((Number(tensor, "length") ?? expected) is var length && length != expected)
        {
            throw Wrong(tensor, FormattableString.Invariant($"have {length} bytes, but the shape needs {expected}"));
        }

        try
        {
            var path = Resolve(tensor, location!);
            using var file = File.OpenRead(path);
            if (offset > file.Length || expected > file.Length - offset)
            {
                throw Wrong(tensor, FormattableString.Invariant(
                    $"are {expected} bytes from byte {offset} of {Text.Quote(location!)} on, which has only {file.Length}"));
            }

            Claim(tensor, path, expected, file.Length);
            var bytes = new byte[expected];
            file.Position = offset;
            return MessageFile.Fill(file, bytes) ? bytes : throw Wrong(tensor, $"could not be read whole from {Text.Quote(location!)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Wrong(tensor, $"cannot be read from {Text.Quote(location!)}: {Text.OneLine(e.Message)}");
        }
    }

    private string Resolve(TensorProto tensor, string location)
    {
        var path = Path.GetFullPath(Path.Combine(folder, location));
        var root = folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        if (Path.IsPathRooted(location) || !path.StartsWith(root, StringComparison.Ordinal))
        {
            throw Wrong(tensor, $"are in {Text.Quote(location)}, which is not in the model's folder; only files there are read");
        }

        if (!File.Exists(path))
        {
            throw Wrong(tensor, $"are in {Text.Quote(location)}, which does not exist in the model's folder");
        }

        for (var part = path; part.Length >= root.Length; part = Path.GetDirectoryName(part)!)
        {
            if ((File.GetAttributes(part) & FileAttributes.ReparsePoint) != 0)
            {
                throw Wrong(tensor, $"are in {Text.Quote(location)}, which is a link or lies behind one; put the file itself into the model's folder");
            }
        }

        return path;
    }

    // A file may hold a tensor that two names share, but a small one must not be claimed a thousand times.
    private void Claim(TensorProto tensor, string path, long bytes, long length)
    {
        claimed.TryGetValue(path, out var before);
        if (before + bytes > 2 * length)
        {
            throw Wrong(tensor, FormattableString.Invariant($"are claimed by so many tensors that their file is read more than twice"));
        }

        claimed[path] = before + bytes;
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key)
    {
        if (Entry(tensor, key) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(tensor, $"have the {key} {Text.Quote(text)}; it must be a number of bytes");
    }

    private static OnnxFileException Wrong(TensorProto tensor, string what) =>
        new(ImportErrorId.Data, $"The external data of the tensor {Text.Quote(tensor.Name)} {what}.");
}

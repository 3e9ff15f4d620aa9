using System.IO.Compression;

namespace KernelGen.Search.Data;

/// <summary>Reading whole files, plain or gzip-compressed, with errors that name them.</summary>
internal static class DataFile
{
    /// <summary>The largest file, uncompressed, that is read: what a compressed file may not claim to be.</summary>
    private const int MaximumLength = 1 << 30;

    /// <summary>The path of <paramref name="name"/> or <paramref name="name"/>.gz in the directory; null if there is neither.</summary>
    public static string? Find(string directory, string name)
    {
        var plain = Path.Combine(directory, name);
        return File.Exists(plain) ? plain : File.Exists(plain + ".gz") ? plain + ".gz" : null;
    }

    /// <summary>All bytes, uncompressed if the name ends in <c>.gz</c>.</summary>
    /// <exception cref="DataException">The file cannot be read, is damaged or too large.</exception>
    public static byte[] ReadAll(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                return ReadAll(file, path);
            }

            using var unzipped = new GZipStream(file, CompressionMode.Decompress);
            return ReadAll(unzipped, path);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{path} is not an intact gzip file ({e.Message}). Download or copy it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static byte[] ReadAll(Stream stream, string path)
    {
        var all = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (all.Length + read > MaximumLength)
            {
                throw new DataException($"{path} holds more than {MaximumLength >> 20} MiB; such a file is not read.");
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }
}

namespace KernelGen.Generators;

/// <summary>Paths as text: a generator must not ask the file system.</summary>
internal static class PathText
{
    /// <summary>Compares paths as the host's file system does, as far as that can be told.</summary>
    public static StringComparison Comparison { get; } =
        Path.DirectorySeparatorChar == '\\' ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Forward slashes, without <c>.</c> and <c>..</c> parts.</summary>
    public static string Normalize(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace('\\', '/').Split('/'))
        {
            if (part == "." || (part.Length == 0 && parts.Count > 1))
                continue;
            if (part == ".." && parts.Count > 0 && parts[parts.Count - 1] is not ("" or ".."))
                parts.RemoveAt(parts.Count - 1);
            else
                parts.Add(part);
        }

        return string.Join("/", parts);
    }

    /// <summary>A normalized path from a folder; <paramref name="path"/> alone if that is absolute.</summary>
    public static string Combine(string directory, string path) =>
        IsAbsolute(path) ? Normalize(path) : Normalize(directory + "/" + path);

    /// <summary>The folder of a file; empty if it names none.</summary>
    public static string DirectoryOf(string path)
    {
        var normal = Normalize(path);
        return normal.Substring(0, Math.Max(0, normal.LastIndexOf('/')));
    }

    /// <summary>The path as seen from a folder that holds it, else the whole path.</summary>
    public static string RelativeTo(string directory, string path)
    {
        var normal = Normalize(path);
        return directory.Length > 0 && normal.StartsWith(directory + "/", Comparison) ? normal.Substring(directory.Length + 1) : normal;
    }

    private static bool IsAbsolute(string path) =>
        path.Length > 0 && (path[0] is '/' or '\\' || (path.Length > 1 && path[1] == ':'));
}

namespace KernelGen.Generators;

/// <summary>Names of generated sources.</summary>
internal static class SourceNames
{
    /// <summary>The class with its namespace.</summary>
    public static string Full(string ns, string name) => ns.Length == 0 ? name : ns + "." + name;

    /// <summary>
    /// A name for the generated source. Hint names ignore case, while classes and files do not: the hash keeps them apart.
    /// </summary>
    /// <param name="path">Relative to the project, so that builds in different folders agree.</param>
    public static string Hint(string fullName, string path)
    {
        // FNV-1a, 32 bits.
        var hash = 2166136261u;
        foreach (var c in fullName + "|" + path)
        {
            hash = unchecked((hash ^ c) * 16777619u);
        }

        return $"{fullName}.{hash:x8}.g.cs";
    }
}

using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace KernelGen.Generators;

/// <summary>Names of generated classes, namespaces and sources.</summary>
internal static class ClassNames
{
    /// <summary>A class name from a file name: <c>lenet-20-50.kgn</c> becomes <c>Lenet20_50</c>.</summary>
    public static string FromFile(string path)
    {
        var name = new StringBuilder();
        var start = true;
        foreach (var c in Path.GetFileNameWithoutExtension(path))
        {
            if (!SyntaxFacts.IsIdentifierPartCharacter(c))
            {
                start = true;
                continue;
            }

            if (start && char.IsDigit(c) && name.Length > 0 && char.IsDigit(name[name.Length - 1]))
                name.Append('_');
            name.Append(start ? char.ToUpperInvariant(c) : c);
            start = false;
        }

        return Identifier(name.ToString());
    }

    /// <summary>The project's root namespace made valid, as project names may hold any character.</summary>
    public static string FromRootNamespace(string root) =>
        string.Join(".", root.Split(['.'], StringSplitOptions.RemoveEmptyEntries).Select(part => Identifier(Replace(part))));

    public static bool IsIdentifier(string name) =>
        SyntaxFacts.IsValidIdentifier(name) && SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None;

    public static bool IsNamespace(string name) => name.Split('.').All(IsIdentifier);

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

    private static string Replace(string part) =>
        new([.. part.Select(c => SyntaxFacts.IsIdentifierPartCharacter(c) ? c : '_')]);

    private static string Identifier(string name) =>
        name.Length == 0 ? "Network" : IsIdentifier(name) ? name : "_" + name;
}

using System.Text;

namespace KernelGen.Compiler;

/// <summary>Names of generated classes and namespaces.</summary>
public static class ClassNames
{
    private static readonly HashSet<string> Keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal",
        "default", "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for",
        "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null",
        "object", "operator", "out", "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte",
        "sealed", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint",
        "ulong", "unchecked", "unsafe", "ushort", "using", "virtual", "void", "volatile", "while",
    ];

    /// <summary>A class name from a file name: <c>lenet-20-50.kgn</c> becomes <c>Lenet20_50</c>.</summary>
    public static string FromFile(string path)
    {
        var name = new StringBuilder();
        var start = true;
        foreach (var c in Path.GetFileNameWithoutExtension(path))
        {
            if (!IsPart(c))
            {
                start = true;
                continue;
            }

            if (start && char.IsDigit(c) && name.Length > 0 && char.IsDigit(name[name.Length - 1]))
            {
                name.Append('_');
            }

            name.Append(start ? char.ToUpperInvariant(c) : c);
            start = false;
        }

        return Identifier(name.ToString());
    }

    /// <summary>A project's root namespace made valid, as project names may hold any character.</summary>
    public static string FromRootNamespace(string root) =>
        string.Join(".", root.Split(['.'], StringSplitOptions.RemoveEmptyEntries)
            .Select(part => Identifier(string.Concat(part.Select(c => IsPart(c) ? c : '_')))));

    /// <summary>Letters, digits and underscores, no digit first, and not one of C#'s keywords.</summary>
    public static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsDigit(name[0]) && name.All(IsPart) && !Keywords.Contains(name);

    public static bool IsNamespace(string name) => name.Split('.').All(IsIdentifier);

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c == '_';

    private static string Identifier(string name) =>
        name.Length == 0 ? "Network" : IsIdentifier(name) ? name : "_" + name;
}

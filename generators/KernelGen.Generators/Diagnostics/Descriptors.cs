using KernelGen.Model;
using Microsoft.CodeAnalysis;

namespace KernelGen.Generators;

/// <summary>The generator's own diagnostic identifiers. KG0106 (the framework is too old) is reported by the build targets.</summary>
public static class GeneratorProblemId
{
    /// <summary>The class name or namespace of an item is not valid in C#.</summary>
    public const string Name = "KG0101";

    /// <summary>Two networks would become one class.</summary>
    public const string Clash = "KG0102";

    /// <summary>An attribute names a file that the compiler does not have.</summary>
    public const string FileNotFound = "KG0103";

    /// <summary>An attributed class cannot be completed: not partial, nested, generic, ….</summary>
    public const string Class = "KG0104";

    /// <summary>An option has a value that it cannot have.</summary>
    public const string Option = "KG0105";

    /// <summary>A description file cannot be read.</summary>
    public const string Unreadable = "KG0107";

    /// <summary>The compiler failed on a valid description: a fault of KernelGen.</summary>
    public const string Internal = "KG0108";
}

/// <summary>The descriptors of all diagnostics.</summary>
internal static class Descriptors
{
    private const string Category = "KernelGen";

    // One field each: the release tracking analyzer reads field initializers only.
    private static readonly DiagnosticDescriptor Syntax =
        new(ProblemId.Syntax, "The network description is not JSON", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Key =
        new(ProblemId.Key, "A key of the network description is unknown or stands twice", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Missing =
        new(ProblemId.Missing, "A key of the network description is missing", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Value =
        new(ProblemId.Value, "A value of the network description is wrong", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Weights =
        new(ProblemId.Weights, "The weights of the network description are damaged", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Shape =
        new(ProblemId.Shape, "The shapes of the network do not fit", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Graph =
        new(ProblemId.Graph, "The graph of the network is broken", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Limit =
        new(ProblemId.Limit, "The network description exceeds a limit", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Format =
        new(ProblemId.Format, "The file is of another format or a newer version", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Name =
        new(GeneratorProblemId.Name, "The name of the generated class is not valid", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Clash =
        new(GeneratorProblemId.Clash, "Two networks would become one class", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor FileNotFound =
        new(GeneratorProblemId.FileNotFound, "The network description was not found", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Class =
        new(GeneratorProblemId.Class, "The class cannot be completed", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Option =
        new(GeneratorProblemId.Option, "An option of KernelGen has a wrong value", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Unreadable =
        new(GeneratorProblemId.Unreadable, "The network description cannot be read", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor Internal =
        new(GeneratorProblemId.Internal, "KernelGen failed", "{0}", Category, DiagnosticSeverity.Error, true);

    private static readonly DiagnosticDescriptor[] All =
    [
        Syntax, Key, Missing, Value, Weights, Shape, Graph, Limit, Format,
        Name, Clash, FileNotFound, Class, Option, Unreadable, Internal,
    ];

    public static DiagnosticDescriptor Get(string id) => All.First(d => d.Id == id);
}

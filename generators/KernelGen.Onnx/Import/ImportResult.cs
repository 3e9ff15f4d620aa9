using KernelGen.Model;

namespace KernelGen.Onnx;

/// <summary>An imported network, or everything that stands against it.</summary>
/// <param name="Description">Null if there are errors.</param>
/// <param name="Errors">Empty if there is a description.</param>
public sealed record ImportResult(NetworkDescription? Description, IReadOnlyList<ImportError> Errors)
{
    /// <summary>Full paths of the files beside the model that tensors were read from.</summary>
    public IReadOnlyList<string> ExternalFiles { get; init; } = [];
}

/// <summary>One reason why a file cannot be imported.</summary>
/// <param name="Id">One of <see cref="ImportErrorId"/>.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="Node">The node's name, or its first output's if it has none; null: the file as a whole.</param>
/// <param name="Operator">The node's operator, with its domain if that is not the standard's.</param>
public sealed record ImportError(string Id, string Message, string? Node = null, string? Operator = null)
{
    public override string ToString() => Node is null ? Message : $"node '{Node}' ({Operator}): {Message}";
}

/// <summary>The identifiers of import errors; they are also the codes of build errors.</summary>
public static class ImportErrorId
{
    /// <summary>The file cannot be read or is no ONNX model.</summary>
    public const string File = "KG0201";

    /// <summary>The graph is broken: names, cycles, types, missing values.</summary>
    public const string Graph = "KG0202";

    /// <summary>An operator, or a form of it, is not supported.</summary>
    public const string Unsupported = "KG0203";

    /// <summary>A shape is open, impossible or too large.</summary>
    public const string Shape = "KG0204";

    /// <summary>A tensor's data are missing, of the wrong length, or lie outside the model's folder.</summary>
    public const string Data = "KG0205";
}

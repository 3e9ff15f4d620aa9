namespace KernelGen.Model;

/// <summary>The identifiers of everything that can be wrong with a description. They are also the analyzer's diagnostic IDs.</summary>
public static class ProblemId
{
    /// <summary>The text is not JSON.</summary>
    public const string Syntax = "KG0001";

    /// <summary>A key stands twice in one object, or a key is not known there.</summary>
    public const string Key = "KG0002";

    /// <summary>A required key is missing.</summary>
    public const string Missing = "KG0003";

    /// <summary>A value has the wrong type or is out of its range.</summary>
    public const string Value = "KG0004";

    /// <summary>Weights are not base64, have the wrong length, or are not finite.</summary>
    public const string Weights = "KG0005";

    /// <summary>Shapes do not fit.</summary>
    public const string Shape = "KG0006";

    /// <summary>The graph is broken: unknown or duplicate names, wrong number of inputs, a cycle.</summary>
    public const string Graph = "KG0007";

    /// <summary>A limit is exceeded: nesting, number of layers, tensor or weight sizes.</summary>
    public const string Limit = "KG0008";

    /// <summary>The file is of another format or a newer version.</summary>
    public const string Format = "KG0009";
}

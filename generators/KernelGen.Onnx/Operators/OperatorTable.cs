using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>The values of a node's outputs, in order; trailing ones that nobody may read can be left out.</summary>
/// <exception cref="OnnxNodeException">The node cannot be translated.</exception>
internal delegate Value[] Translation(NodeContext node);

/// <summary>How each operator of ONNX is written in operators of the description.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, Translation> Translations = new(StringComparer.Ordinal);

    /// <summary>The operators of the standard's default domain that can be imported.</summary>
    public static IEnumerable<string> Names => Translations.Keys.OrderBy(n => n, StringComparer.Ordinal);

    public static Translation? Find(string op) => Translations.TryGetValue(op, out var translation) ? translation : null;
}

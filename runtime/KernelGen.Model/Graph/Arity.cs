namespace KernelGen.Model;

/// <summary>How many inputs each operator takes.</summary>
internal static class Arity
{
    public static bool Accepts(Node node) => node.Operator is Add or Concat ? node.Inputs.Count >= 2 : node.Inputs.Count == 1;

    public static string Expected(Operator op) => op is Add or Concat ? "two or more inputs" : "exactly one input";

    /// <summary>The operator's name for a message.</summary>
    public static string Describe(Operator op) => op.GetType().Name;
}

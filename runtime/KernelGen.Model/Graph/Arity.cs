namespace KernelGen.Model;

/// <summary>How many inputs each operator takes.</summary>
internal static class Arity
{
    public static bool Accepts(Node node)
    {
        var (least, most) = Range(node.Operator);
        return node.Inputs.Count >= least && node.Inputs.Count <= most;
    }

    public static string Expected(Operator op) => Range(op) switch
    {
        (0, _) => "no input",
        (1, _) => "exactly one input",
        (2, 2) => "exactly two inputs",
        _ => "two or more inputs",
    };

    /// <summary>The operator's name for a message.</summary>
    public static string Describe(Operator op) => op.GetType().Name;

    private static (int Least, int Most) Range(Operator op) => op switch
    {
        Constant => (0, 0),
        Binary or MatMul => (2, 2),
        Add or Concat => (2, int.MaxValue),
        _ => (1, 1),
    };
}

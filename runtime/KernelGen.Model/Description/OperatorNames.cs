namespace KernelGen.Model;

/// <summary>The values of <c>op</c> in a description.</summary>
internal static class OperatorNames
{
    public const string Conv = "conv";
    public const string Dense = "dense";
    public const string BatchNorm = "batchNorm";
    public const string MaxPool = "maxPool";
    public const string AveragePool = "averagePool";
    public const string GlobalMaxPool = "globalMaxPool";
    public const string GlobalAveragePool = "globalAveragePool";
    public const string Add = "add";
    public const string Concat = "concat";
    public const string Flatten = "flatten";
    public const string Reshape = "reshape";
    public const string Softmax = "softmax";
    public const string Constant = "constant";
    public const string MatMul = "matMul";
    public const string Transpose = "transpose";
    public const string Slice = "slice";
    public const string Pad = "pad";
    public const string Gather = "gather";
    public const string Expand = "expand";
    public const string Resample = "resample";

    private static readonly Dictionary<string, ActivationKind> Activations = ByName<ActivationKind>("");
    private static readonly Dictionary<string, BinaryKind> Binaries = ByName<BinaryKind>("");
    private static readonly Dictionary<string, ReduceKind> Reductions = ByName<ReduceKind>("reduce");

    public static string Of(Operator op) => op switch
    {
        Model.Conv => Conv,
        Model.Dense => Dense,
        Model.BatchNorm => BatchNorm,
        Activation activation => CamelCase(activation.Kind.ToString()),
        Binary binary => CamelCase(binary.Kind.ToString()),
        Reduce reduce => "reduce" + reduce.Kind,
        Pool pool => pool.Kind == PoolKind.Max ? MaxPool : AveragePool,
        GlobalPool pool => pool.Kind == PoolKind.Max ? GlobalMaxPool : GlobalAveragePool,
        Model.Add => Add,
        Model.Concat => Concat,
        Model.Flatten => Flatten,
        Model.Reshape => Reshape,
        Model.Softmax => Softmax,
        Model.Constant => Constant,
        Model.MatMul => MatMul,
        Model.Transpose => Transpose,
        Model.Slice => Slice,
        Model.Pad => Pad,
        Model.Gather => Gather,
        Model.Expand => Expand,
        Model.Resample => Resample,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    /// <summary>The kind of activation, e.g. of <c>leakyRelu</c>.</summary>
    public static bool IsActivation(string op, out ActivationKind kind) => Activations.TryGetValue(op, out kind);

    /// <summary>The kind of binary operator, e.g. of <c>multiply</c>.</summary>
    public static bool IsBinary(string op, out BinaryKind kind) => Binaries.TryGetValue(op, out kind);

    /// <summary>The kind of reduction, e.g. of <c>reduceMean</c>.</summary>
    public static bool IsReduction(string op, out ReduceKind kind) => Reductions.TryGetValue(op, out kind);

    private static Dictionary<string, T> ByName<T>(string prefix)
        where T : struct, Enum =>
        Enum.GetValues(typeof(T)).Cast<T>().ToDictionary(k => prefix.Length == 0 ? CamelCase(k.ToString()) : prefix + k, StringComparer.Ordinal);

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);
}

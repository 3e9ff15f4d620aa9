namespace KernelGen.Model;

/// <summary>The values of <c>op</c> in a description.</summary>
internal static class OperatorNames
{
    public const string Conv = "conv";
    public const string Dense = "dense";
    public const string BatchNorm = "batchNorm";
    public const string Relu = "relu";
    public const string Relu6 = "relu6";
    public const string LeakyRelu = "leakyRelu";
    public const string Sigmoid = "sigmoid";
    public const string HardSwish = "hardSwish";
    public const string Clip = "clip";
    public const string MaxPool = "maxPool";
    public const string AveragePool = "averagePool";
    public const string GlobalMaxPool = "globalMaxPool";
    public const string GlobalAveragePool = "globalAveragePool";
    public const string Add = "add";
    public const string Concat = "concat";
    public const string Flatten = "flatten";
    public const string Reshape = "reshape";
    public const string Softmax = "softmax";

    public static string Of(Operator op) => op switch
    {
        Model.Conv => Conv,
        Model.Dense => Dense,
        Model.BatchNorm => BatchNorm,
        Activation activation => Of(activation.Kind),
        Pool pool => pool.Kind == PoolKind.Max ? MaxPool : AveragePool,
        GlobalPool pool => pool.Kind == PoolKind.Max ? GlobalMaxPool : GlobalAveragePool,
        Model.Add => Add,
        Model.Concat => Concat,
        Model.Flatten => Flatten,
        Model.Reshape => Reshape,
        Model.Softmax => Softmax,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    private static string Of(ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => Relu,
        ActivationKind.Relu6 => Relu6,
        ActivationKind.LeakyRelu => LeakyRelu,
        ActivationKind.Sigmoid => Sigmoid,
        ActivationKind.HardSwish => HardSwish,
        ActivationKind.Clip => Clip,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

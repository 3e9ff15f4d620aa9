namespace KernelGen.Onnx;

/// <summary>What the file alone does not say.</summary>
public sealed record ImportOptions
{
    /// <summary>Shapes of inputs, the batch axis included, by name: those that the file leaves open; others only if they are the same.</summary>
    public IReadOnlyDictionary<string, int[]> Shapes { get; init; } = new Dictionary<string, int[]>();

    /// <summary>Inputs that become constants, by name.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Constants { get; init; } = new Dictionary<string, OnnxTensor>();

    /// <summary>The network's name; null: the file's name without its extension.</summary>
    public string? Name { get; init; }
}

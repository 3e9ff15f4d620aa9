namespace KernelGen.Model;

/// <summary>A network as the <c>.kgn</c> file holds it: inputs, layers in any order that has no cycle, outputs.</summary>
/// <param name="Name">A short name, e.g. <c>lenet-20-50-500</c>.</param>
/// <param name="Outputs">Names of the layers (or inputs) whose results the network returns, in order.</param>
public sealed record NetworkDescription(
    string Name,
    EquatableArray<NetworkInput> Inputs,
    EquatableArray<Layer> Layers,
    EquatableArray<string> Outputs)
{
    /// <summary>Class names, one per element of the first output; empty if unknown.</summary>
    public EquatableArray<string> Labels { get; init; }

    /// <summary>Where the network came from and how good it was; null if unknown.</summary>
    public Provenance? Provenance { get; init; }
}

/// <summary>One tensor that the network takes.</summary>
public sealed record NetworkInput(string Name, Shape Shape, Preprocessing? Preprocessing = null);

/// <summary>From bytes (CHW) to the network's input: value = byte × Scale[map] + Offset[map].</summary>
/// <param name="Scale">One per map.</param>
/// <param name="Offset">One per map.</param>
public sealed record Preprocessing(FloatData Scale, FloatData Offset);

/// <summary>One layer. Its result carries its name.</summary>
/// <param name="Inputs">Names of network inputs or layers.</param>
public sealed record Layer(string Name, Operator Operator, EquatableArray<string> Inputs);

/// <summary>Where a network came from.</summary>
/// <param name="Dataset">E.g. <c>fashion-mnist-subset</c>.</param>
/// <param name="Split">The images that the errors below were measured on, e.g. <c>test</c>.</param>
/// <param name="TestImages">How many they were.</param>
/// <param name="ErrorBefore">Misclassification rate of the dense network in percent.</param>
/// <param name="ErrorAfter">Misclassification rate of this network in percent.</param>
/// <param name="Tolerance">How much the search was allowed to lose, in percentage points.</param>
/// <param name="Seed">Seed of the choice of images that were held back from training, and, unless another was given, of all other random choices.</param>
/// <param name="Tool">Tool and version that wrote it.</param>
public sealed record Provenance(
    string Dataset,
    string Split,
    int TestImages,
    double ErrorBefore,
    double ErrorAfter,
    double Tolerance,
    long Seed,
    string Tool);

namespace KernelGen.Search.Training;

/// <summary>What a network must do without, for as long as the masks are set. Everything not named is whole.</summary>
/// <param name="Weights">
/// By name of a convolution or fully connected layer: 1 where the weight exists and 0 where not, in the dense order of its
/// weights ([outputMaps, inputMaps / groups, kernel height, kernel width] or [units, n]).
/// </param>
/// <param name="Maps">By tensor name: 1 for each map (or unit) that exists and 0 for each that is zero.</param>
public sealed record NetworkMasks(IReadOnlyDictionary<string, float[]> Weights, IReadOnlyDictionary<string, float[]> Maps)
{
    /// <summary>Nothing is masked.</summary>
    public static NetworkMasks None { get; } = new(new Dictionary<string, float[]>(), new Dictionary<string, float[]>());
}

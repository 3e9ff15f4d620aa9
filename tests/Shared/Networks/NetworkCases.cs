namespace KernelGen.Tests.Shared;

/// <summary>The catalogue: every operator and the ways in which they meet.</summary>
internal static class NetworkCases
{
    public static IReadOnlyList<NetworkCase> All { get; } =
    [
        .. OperatorCases.All(), .. ActivationCases.All(), .. BroadcastCases.All(), .. MovementCases.All(), .. LayoutCases.All(), .. ReductionCases.All(),
        .. ConvolutionCases.All(), .. DepthwiseCases.All(), .. GraphCases.All(), .. FusionCases.All(), .. BlockCases.All(), .. KnownNetworks.All(),
    ];

    public static NetworkCase Named(string name) => All.Single(c => c.Name == name);
}

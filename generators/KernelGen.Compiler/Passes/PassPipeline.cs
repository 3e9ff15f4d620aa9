using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>A named rewrite of the graph that keeps what the network computes.</summary>
public sealed record Pass(string Name, Func<NetworkGraph, NetworkGraph> Run);

/// <summary>The rewrites in their order. Each result is a <see cref="NetworkGraph"/>, which verifies itself when it is made.</summary>
public static class PassPipeline
{
    public static IReadOnlyList<Pass> Passes { get; } =
    [
        new("fold batch norm", FoldBatchNorm.Run),             // before anything that looks at weights or at a layer's successor
        new("drop pruned weights", DropPrunedWeights.Run),     // finds the kernels and taps that are zero…
        new("remove dead maps", RemoveDeadMaps.Run),           // …and with them the maps that no one reads
        new("fuse activation", FuseActivation.Run),            // after batch norm has gone from between layer and activation
        new("remove reshapes", RemoveReshapes.Run),            // fully connected layers read feature maps directly
        new("remove dead nodes", RemoveDeadNodes.Run),         // last: whatever the others left without a reader
    ];

    public static NetworkGraph Run(NetworkGraph graph)
    {
        foreach (var pass in Passes)
        {
            try
            {
                graph = pass.Run(graph);
            }
            catch (InvalidNetworkException e)
            {
                // The network was valid before: a fault of ours, not of the file.
                throw new InvalidOperationException($"The pass '{pass.Name}' made an invalid network: {e.Message}", e);
            }
        }

        return graph;
    }
}

using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Benchmarks.Machine;

/// <summary>
/// The roofline model of Williams, Waterman and Patterson (2009), layer by layer: no layer takes less than its multiply-adds at the
/// peak, nor than reading its weights and its input and writing its output once at the bandwidth of the cache that they fit in.
/// Weights come round once per inference, so they stay in the smallest cache that holds all weights and the whole workspace;
/// a layer's input was just written, so it is in the smallest that holds input and output. Writing is taken to be as fast as reading.
/// The sum over the layers that the compiler's passes leave is the network's limit. What beats the direct method's number of
/// multiply-adds (Winograd) or fuses layers can be faster than it.
/// </summary>
internal static class Roofline
{
    /// <summary>The limit of one inference in microseconds.</summary>
    /// <param name="graph">After the compiler's passes.</param>
    /// <param name="peak">10⁹ operations per second.</param>
    public static double Microseconds(NetworkGraph graph, NetworkPlan plan, MachineLimits machine, double peak)
    {
        var plans = plan.Layers.ToDictionary(l => l.Name);
        var streamed = machine.Holding((plan.Layers.Sum(l => l.WeightsLeft) * sizeof(float)) + plan.WorkspaceBytes);
        return graph.Nodes.Where(n => n.Operator is not Constant).Sum(node =>
        {
            var layer = plans[node.Name];
            var weights = layer.WeightsLeft * sizeof(float);
            var activations = (layer.Output.Length + node.Inputs.Sum(i => (long)graph.ShapeOf(i).Length)) * sizeof(float);
            var arithmetic = 2 * layer.MacsLeft / peak;
            var memory = (weights / streamed.Gigabytes) + (activations / machine.Holding(activations).Gigabytes);
            return Math.Max(arithmetic, memory) / 1000;
        });
    }
}

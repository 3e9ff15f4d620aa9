using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>Lets a layer apply the activation that alone reads its result, while the result is still in registers.</summary>
public static class FuseActivation
{
    public static NetworkGraph Run(NetworkGraph graph)
    {
        foreach (var activation in graph.Nodes.Where(n => n.Operator is Activation).ToList())
        {
            var producer = graph.Nodes.FirstOrDefault(n => n.Name == graph.Producers()[activation.Name].Inputs[0]);
            if (producer is { Activation: null, Operator: Conv or Dense or Add or Binary or BatchNorm }
                && graph.HasOneReader(graph.Readers(), producer.Name))
            {
                graph = graph.Merge(producer, activation, producer with { Activation = (Activation)activation.Operator });
            }
        }

        return graph;
    }
}

using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>Removes flattenings and reshapes that only fully connected layers read: those take any shape.</summary>
public static class RemoveReshapes
{
    public static NetworkGraph Run(NetworkGraph graph)
    {
        foreach (var reshape in graph.Nodes.Where(n => n.Operator is Flatten or Reshape).Select(n => n.Name).Reverse().ToList())
        {
            var readers = graph.Readers()[reshape].ToList();
            if (readers.Count > 0 && readers.All(r => r.Operator is Dense) && !graph.Outputs.Contains(reshape))
            {
                var source = graph.Producers()[reshape].Inputs[0];
                graph = graph.With(graph.Nodes.Where(n => n.Name != reshape).Select(n => n.Rewire(reshape, source)).ToList());
            }
        }

        return graph;
    }
}

using KernelGen.Model;

namespace KernelGen.Compiler.Passes;

/// <summary>Removes nodes that no output of the network depends on.</summary>
public static class RemoveDeadNodes
{
    public static NetworkGraph Run(NetworkGraph graph)
    {
        var live = new HashSet<string>(graph.Outputs);
        foreach (var node in graph.Nodes.Reverse())
        {
            if (live.Contains(node.Name))
            {
                live.UnionWith(node.Inputs);
            }
        }

        return graph.With(graph.Nodes.Where(n => live.Contains(n.Name)).ToList());
    }
}

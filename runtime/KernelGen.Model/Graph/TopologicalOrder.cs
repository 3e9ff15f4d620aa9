namespace KernelGen.Model;

/// <summary>Orders nodes so that each follows its inputs (Kahn, 1962). Iterative: a chain may be as long as the network.</summary>
internal static class TopologicalOrder
{
    /// <summary>
    /// Among the nodes whose inputs are all computed, the first given comes first; an order that is right already stays as it is.
    /// Nodes on a cycle, or after one, are reported and left out. Unknown inputs count as computed.
    /// </summary>
    public static IReadOnlyList<Node> Sort(IReadOnlyList<Node> nodes, List<NetworkProblem> problems)
    {
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < nodes.Count; i++)
        {
            if (!indices.ContainsKey(nodes[i].Name))
            {
                indices.Add(nodes[i].Name, i);
            }
        }

        var waiting = new int[nodes.Count];
        var users = new List<int>[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
        {
            foreach (var input in nodes[i].Inputs)
            {
                if (indices.TryGetValue(input, out var source))
                {
                    waiting[i]++;
                    (users[source] ??= []).Add(i);
                }
            }
        }

        var sorted = Drain(nodes, waiting, users);
        if (sorted.Count < nodes.Count)
        {
            ReportCycle(nodes, indices, waiting, problems);
        }

        return sorted;
    }

    private static List<Node> Drain(IReadOnlyList<Node> nodes, int[] waiting, List<int>[] users)
    {
        var sorted = new List<Node>(nodes.Count);
        var ready = new SortedSet<int>(Enumerable.Range(0, nodes.Count).Where(i => waiting[i] == 0));
        while (ready.Count > 0)
        {
            var next = ready.Min;
            ready.Remove(next);
            sorted.Add(nodes[next]);
            foreach (var user in users[next] ?? [])
            {
                if (--waiting[user] == 0)
                {
                    ready.Add(user);
                }
            }
        }

        return sorted;
    }

    // Every node left over has an input that is left over too, so walking back along those must come round.
    private static void ReportCycle(
        IReadOnlyList<Node> nodes,
        Dictionary<string, int> indices,
        int[] waiting,
        List<NetworkProblem> problems)
    {
        var position = new Dictionary<int, int>();
        var path = new List<int>();
        var current = Array.FindIndex(waiting, w => w > 0);
        while (!position.ContainsKey(current))
        {
            position.Add(current, path.Count);
            path.Add(current);
            current = nodes[current].Inputs
                .Where(indices.ContainsKey)
                .Select(i => indices[i])
                .First(i => waiting[i] > 0);
        }

        var cycle = path.Skip(position[current]).Reverse().ToList();
        var shown = string.Join(" → ", cycle.Take(8).Select(i => Findings.Quote(nodes[i].Name)));
        var more = cycle.Count > 8 ? " → …" : "";
        new Findings(problems, nodes[cycle[0]].Name).Add(
            ProblemId.Graph,
            $"The layers form a cycle of {cycle.Count}: {shown}{more} → {Findings.Quote(nodes[cycle[0]].Name)}.");
    }
}

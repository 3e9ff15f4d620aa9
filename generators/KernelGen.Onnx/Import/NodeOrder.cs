using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Import;

/// <summary>Which nodes the outputs need, in an order in which each follows its inputs (Kahn, 1962).</summary>
internal sealed class NodeOrder
{
    private readonly GraphProto graph;
    private readonly ErrorList errors;
    private readonly Dictionary<string, int> producers = new(StringComparer.Ordinal);

    /// <summary>Reports names that are given twice, values that no one produces and nodes on a cycle.</summary>
    /// <param name="given">Names of the inputs and initializers.</param>
    public NodeOrder(GraphProto graph, HashSet<string> given, ErrorList errors)
    {
        this.graph = graph;
        this.errors = errors;
        for (var i = 0; i < graph.Node.Count; i++)
        {
            foreach (var output in graph.Node[i].Output.Where(o => o.Length > 0))
            {
                if (given.Contains(output) || producers.ContainsKey(output))
                {
                    var node = graph.Node[i];
                    errors.Add(
                        ImportErrorId.Graph,
                        $"Its output {Text.Quote(output)} is a name that an input, an initializer or another node's output has already; names must be unique.",
                        NameOf(node),
                        Describe(node));
                }
                else
                {
                    producers.Add(output, i);
                }
            }
        }

        Sorted = Sort(FindNeeded(given)).Select(i => graph.Node[i]).ToList();
    }

    /// <summary>The values that the outputs depend on, and the outputs.</summary>
    public HashSet<string> Needed { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<NodeProto> Sorted { get; }

    /// <summary>The node's name, or its first output's if it has none.</summary>
    public static string NameOf(NodeProto node) =>
        Text.Name(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(o => o.Length > 0) ?? "");

    /// <summary>The node's operator, with its domain if that is not the standard's.</summary>
    public static string Describe(NodeProto node) =>
        Text.OneLine(node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}");

    private bool[] FindNeeded(HashSet<string> given)
    {
        var needed = new bool[graph.Node.Count];
        var open = new Stack<(string Value, NodeProto? Reader)>(graph.Output.Select(o => (o.Name, (NodeProto?)null)));
        while (open.Count > 0)
        {
            var (value, reader) = open.Pop();
            if (!Needed.Add(value) || given.Contains(value))
            {
                continue;
            }

            if (!producers.TryGetValue(value, out var producer))
            {
                errors.Add(
                    ImportErrorId.Graph,
                    reader is null
                        ? $"The output {Text.Quote(value)} is neither computed by a node nor an input or initializer."
                        : $"Its input {Text.Quote(value)} is neither computed by a node nor an input or initializer.",
                    reader is null ? null : NameOf(reader),
                    reader is null ? null : Describe(reader));
            }
            else if (!needed[producer])
            {
                needed[producer] = true;
                foreach (var input in graph.Node[producer].Input.Where(n => n.Length > 0))
                {
                    open.Push((input, graph.Node[producer]));
                }
            }
        }

        return needed;
    }

    // Among the nodes that are ready the first of the file comes first, so that an order that is right stays as it is.
    private List<int> Sort(bool[] needed)
    {
        var waiting = new int[needed.Length];
        var users = new List<int>[needed.Length];
        var ready = new SortedSet<int>();
        var left = 0;
        for (var i = 0; i < needed.Length; i++)
        {
            if (!needed[i])
            {
                continue;
            }

            left++;
            foreach (var input in graph.Node[i].Input)
            {
                if (producers.TryGetValue(input, out var producer))
                {
                    waiting[i]++;
                    (users[producer] ??= []).Add(i);
                }
            }

            if (waiting[i] == 0)
            {
                ready.Add(i);
            }
        }

        var sorted = new List<int>();
        while (ready.Count > 0)
        {
            var next = ready.Min;
            ready.Remove(next);
            sorted.Add(next);
            foreach (var user in users[next] ?? [])
            {
                if (--waiting[user] == 0)
                {
                    ready.Add(user);
                }
            }
        }

        if (sorted.Count < left)
        {
            ReportCycle(Enumerable.Range(0, needed.Length).Where(i => needed[i] && waiting[i] > 0).ToList());
        }

        return sorted;
    }

    // Every node left over waits for another one left over, so walking back along those must come round.
    private void ReportCycle(List<int> left)
    {
        var stuck = new HashSet<int>(left);
        var visited = new HashSet<int>();
        var current = left[0];
        while (visited.Add(current))
        {
            current = graph.Node[current].Input
                .Select(i => producers.TryGetValue(i, out var producer) ? producer : -1)
                .First(stuck.Contains);
        }

        errors.Add(
            ImportErrorId.Graph,
            FormattableString.Invariant($"It depends on its own output: the graph has a cycle ({left.Count} nodes lie on or behind it)."),
            NameOf(graph.Node[current]),
            Describe(graph.Node[current]));
    }
}

using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// What it costs to change the order of maps between layers, for any choice of the convolutions' schedules. It follows the orders
/// as <see cref="StepBuilder"/> makes them, over plain arrays, because a choice is tried many times.
/// </summary>
internal sealed class OrderCosts
{
    private readonly Target target;
    private readonly List<(Node Node, int[] Inputs, int Conv, string PaidBy)> nodes = [];
    private readonly Shape[] shapes;
    private readonly bool[] isConstant;
    private readonly int[] outputs;
    private readonly int inputCount;

    public OrderCosts(NetworkGraph graph, IReadOnlyList<string> convs, Target target)
    {
        this.target = target;
        inputCount = graph.Inputs.Count;
        var number = graph.Inputs.Select(i => i.Name).Concat(graph.Nodes.Select(n => n.Name)).Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        var conv = convs.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        var sums = new FusedSums(graph);
        foreach (var node in graph.Nodes)
        {
            // A sum that a convolution computes has that one's orders, and is a part of its time.
            var computedBy = sums.ConvOf(node.Name)?.Name ?? node.Name;
            nodes.Add((node, node.Inputs.Select(i => number[i]).ToArray(), conv.TryGetValue(computedBy, out var c) ? c : -1, computedBy));
        }

        shapes = graph.Inputs.Select(i => i.Shape).Concat(graph.Nodes.Select(n => graph.ShapeOf(n.Name))).ToArray();
        isConstant = graph.Inputs.Select(_ => false).Concat(graph.Nodes.Select(n => n.Operator is Constant)).ToArray();
        outputs = graph.Outputs.Select(o => number[o]).ToArray();
    }

    /// <summary>Cycles of all changes of order.</summary>
    /// <param name="chosen">Per convolution, in the order of the graph.</param>
    /// <param name="cyclesOf">Receives the cycles per node that asks for a change; an output's by the node that makes it.</param>
    public long Total(IReadOnlyList<ScheduleCandidate> chosen, Dictionary<string, long>? cyclesOf = null)
    {
        var orders = new MapOrder[shapes.Length];
        var changed = new bool[shapes.Length];
        long total = 0;
        for (var i = 0; i < inputCount; i++)
        {
            orders[i] = TensorPlaces.OrderOf(shapes[i], MapOrder.Planar);
        }

        for (var n = 0; n < nodes.Count; n++)
        {
            var (node, inputs, conv, paidBy) = nodes[n];
            MapOrder? needs = null;
            var gives = inputs.Length > 0 ? orders[inputs[0]] : MapOrder.Planar;
            switch (node.Operator)
            {
                case Conv:
                    (needs, gives) = (chosen[conv].Reads, chosen[conv].Writes);
                    break;
                case Add when conv >= 0:
                    needs = gives = chosen[conv].Writes;
                    break;
                case Dense or GlobalPool:
                    gives = MapOrder.Interleaved;
                    break;
                case MatMul:
                    needs = gives = MapOrder.Planar;
                    break;
                case Add or Binary or BatchNorm or Activation:
                    var like = Array.FindIndex(inputs, i => !isConstant[i] && shapes[i] == shapes[inputCount + n]);
                    needs = gives = like < 0 ? MapOrder.Planar : orders[inputs[like]];
                    break;
                case Reduce reduce:
                    gives = StepBuilder.OrderOf(reduce, shapes[inputCount + n], gives);
                    break;
                case Transpose or Reshape or Flatten:
                    gives = MapOrder.Planar;
                    break;
            }

            foreach (var i in inputs)
            {
                var meets = node.Operator is not (Add or Binary) || shapes[i] == shapes[inputCount + n];
                if (needs is { } order && !isConstant[i] && meets && orders[i] != TensorPlaces.OrderOf(shapes[i], order) && !changed[i])
                {
                    changed[i] = true;
                    Pay(i, paidBy);
                }
            }

            orders[inputCount + n] = TensorPlaces.OrderOf(shapes[inputCount + n], gives);
        }

        foreach (var o in outputs)
        {
            if (o >= inputCount && orders[o] == MapOrder.Interleaved && shapes[o].Rank > 1)
            {
                Pay(o, nodes[o - inputCount].PaidBy);
            }
        }

        return total;

        void Pay(int tensor, string node)
        {
            var cycles = CostModel.Reorder(shapes[tensor], target);
            total += cycles;
            if (cyclesOf is not null)
            {
                cyclesOf[node] = (cyclesOf.TryGetValue(node, out var sum) ? sum : 0) + cycles;
            }
        }
    }
}

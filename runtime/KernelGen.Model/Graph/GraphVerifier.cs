namespace KernelGen.Model;

/// <summary>Checks a network's graph and infers the shape of every tensor.</summary>
public static class GraphVerifier
{
    /// <summary>As the other overload, and checks what only a description has: labels and provenance.</summary>
    public static Verification Verify(NetworkDescription description)
    {
        var result = Verify(
            description.Inputs,
            description.Layers.Select(l => new Node(l.Name, l.Operator, l.Inputs)).ToList(),
            description.Outputs);
        var problems = result.Problems.ToList();
        CheckHeader(description, result.Shapes, new Findings(problems, null));
        return result with { Problems = problems };
    }

    /// <summary>Sorts the nodes, infers shapes and lists every rule that the network breaks, up to a thousand.</summary>
    public static Verification Verify(EquatableArray<NetworkInput> inputs, IReadOnlyList<Node> nodes, EquatableArray<string> outputs)
    {
        var problems = new List<NetworkProblem>();
        var network = new Findings(problems, null);
        if (!CheckCounts(inputs.Count, nodes.Count, outputs.Count, network))
        {
            return new Verification([], [], problems);
        }

        var names = CheckNames(inputs, nodes, problems);
        var shapes = new Dictionary<string, Shape>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (CheckInput(input, new Findings(problems, input.Name)) && !shapes.ContainsKey(input.Name))
            {
                shapes.Add(input.Name, input.Shape);
            }
        }

        CheckReferences(nodes, names, problems);
        var sorted = TopologicalOrder.Sort(nodes, problems);
        foreach (var node in sorted)
        {
            if (Arity.Accepts(node) && node.Inputs.All(shapes.ContainsKey))
            {
                var of = node.Inputs.Select(i => shapes[i]).ToArray();
                var shape = ShapeInference.Infer(node, of, new Findings(problems, node.Name));
                if (shape is { } known && !shapes.ContainsKey(node.Name))
                {
                    shapes.Add(node.Name, known);
                }
            }
        }

        CheckOutputs(outputs, names, network);
        return new Verification(sorted, shapes, problems);
    }

    /// <summary>The shape of one operator's result, or null and what is wrong with the operator or its inputs.</summary>
    /// <param name="inputs">The inputs' shapes, each one valid.</param>
    public static (Shape? Shape, IReadOnlyList<NetworkProblem> Problems) InferShape(Operator op, IReadOnlyList<Shape> inputs)
    {
        var problems = new List<NetworkProblem>();
        var findings = new Findings(problems, null);
        var node = new Node(string.Empty, op, inputs.Select(_ => string.Empty).ToEquatableArray());
        if (!Arity.Accepts(node))
        {
            findings.Add(ProblemId.Graph, $"{Arity.Describe(op)} takes {Arity.Expected(op)}, but {inputs.Count} are given.");
            return (null, problems);
        }

        return (ShapeInference.Infer(node, inputs, findings), problems);
    }

    private static bool CheckCounts(int inputs, int nodes, int outputs, Findings network)
    {
        var before = network.Count;
        foreach (var (count, what) in new[] { (inputs, "inputs"), (nodes, "layers"), (outputs, "outputs") })
        {
            if (count > Limits.Layers)
            {
                network.Add(ProblemId.Limit, $"The network has {count} {what}; at most {Limits.Layers} are supported.");
            }
        }

        if (network.Count > before)
        {
            return false;
        }

        if (inputs == 0)
        {
            network.Add(ProblemId.Graph, $"The network has no input; it needs at least one.");
        }

        if (outputs == 0)
        {
            network.Add(ProblemId.Graph, $"The network has no output; it needs at least one.");
        }

        return true;
    }

    private static HashSet<string> CheckNames(EquatableArray<NetworkInput> inputs, IReadOnlyList<Node> nodes, List<NetworkProblem> problems)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in inputs.Select(i => i.Name).Concat(nodes.Select(n => n.Name)))
        {
            var findings = new Findings(problems, name);
            CheckName(name, findings);
            if (!names.Add(name))
            {
                findings.Add(
                    ProblemId.Graph,
                    $"The name {Findings.Quote(name)} is used twice; every input and every layer needs its own.");
            }
        }

        return names;
    }

    // Names end up in comments of the generated code, so they must not be able to end a line.
    private static void CheckName(string name, Findings findings)
    {
        if (name.Length is 0 or > Limits.NameLength)
        {
            findings.Add(ProblemId.Graph, $"A name has {name.Length} characters; it needs 1 to {Limits.NameLength}.");
        }
        else
        {
            CheckText(name, "name", findings);
        }
    }

    private static void CheckText(string text, string what, Findings findings)
    {
        if (!Unicode.IsPrintableLine(text))
        {
            findings.Add(
                ProblemId.Value,
                $"The {what} {Findings.Quote(text)} contains a control character, line separator or half a surrogate pair.");
        }
    }

    private static bool CheckInput(NetworkInput input, Findings findings)
    {
        if (!ShapeInference.CheckShape(input.Shape, findings))
        {
            return false;
        }

        if (input.Preprocessing is { } preprocessing)
        {
            OperatorChecks.Vector(preprocessing.Scale, input.Shape.Maps, "preprocessing scale", "one per map", findings);
            OperatorChecks.Vector(preprocessing.Offset, input.Shape.Maps, "preprocessing offset", "one per map", findings);
        }

        return true;
    }

    private static void CheckReferences(IReadOnlyList<Node> nodes, HashSet<string> names, List<NetworkProblem> problems)
    {
        foreach (var node in nodes)
        {
            var findings = new Findings(problems, node.Name);
            if (!Arity.Accepts(node))
            {
                findings.Add(
                    ProblemId.Graph,
                    $"{Arity.Describe(node.Operator)} takes {Arity.Expected(node.Operator)}, but {node.Inputs.Count} are given.");
            }

            foreach (var input in node.Inputs.Where(i => !names.Contains(i)))
            {
                findings.Add(ProblemId.Graph, $"The input {Findings.Quote(input)} is neither a network input nor a layer.");
            }
        }
    }

    private static void CheckOutputs(EquatableArray<string> outputs, HashSet<string> names, Findings network)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var output in outputs)
        {
            if (!names.Contains(output))
            {
                network.Add(ProblemId.Graph, $"The output {Findings.Quote(output)} is neither a layer nor a network input.");
            }

            if (!seen.Add(output))
            {
                network.Add(ProblemId.Graph, $"The output {Findings.Quote(output)} is listed twice; outputs must be distinct.");
            }
        }
    }

    private static void CheckHeader(NetworkDescription description, Dictionary<string, Shape> shapes, Findings network)
    {
        CheckName(description.Name, network);
        if (!description.Labels.IsEmpty
            && !description.Outputs.IsEmpty
            && shapes.TryGetValue(description.Outputs[0], out var shape)
            && shape.Length != description.Labels.Count)
        {
            network.Add(
                ProblemId.Shape,
                $"There are {description.Labels.Count} labels, but the first output has {shape.Length} elements ({shape}).");
        }

        foreach (var label in description.Labels)
        {
            CheckText(label, "label", network);
        }

        if (description.Provenance is { } p)
        {
            CheckText(p.Dataset, "data set", network);
            CheckText(p.Split, "split", network);
            CheckText(p.Tool, "tool", network);
            if (p.TestImages < 0)
            {
                network.Add(ProblemId.Value, $"The number of test images is {p.TestImages}; it must be at least 0.");
            }

            OperatorChecks.Finite(p.ErrorBefore, "provenance: errorBefore", network);
            OperatorChecks.Finite(p.ErrorAfter, "provenance: errorAfter", network);
            OperatorChecks.Finite(p.Tolerance, "provenance: tolerance", network);
        }
    }
}

/// <param name="Sorted">The nodes in topological order, ties in the given order.</param>
/// <param name="Shapes">By tensor name.</param>
/// <param name="Problems">Empty if the network is valid; otherwise the other results are partial.</param>
public sealed record Verification(IReadOnlyList<Node> Sorted, Dictionary<string, Shape> Shapes, IReadOnlyList<NetworkProblem> Problems);

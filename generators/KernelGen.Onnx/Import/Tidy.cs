using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>
/// Moves transposes and reshapes behind the operators that do not mind them, where they meet their inverses and vanish, or other ones
/// and become one. What is between convolutions then is what the network means, and can be fused and pruned.
/// </summary>
internal sealed class Tidy
{
    // So many steps that do not cancel are no chain that an exporter leaves behind.
    private const int MostSteps = 8;

    // Constants of a value per map and the like; larger ones are not worth turning.
    private const int LargestConstant = 1 << 16;

    // Floats, which positions are computed as, count without gaps up to here.
    private const int MostPositions = 1 << 24;

    private readonly NetworkGraph graph;
    private readonly HashSet<string> outputs;
    private readonly List<Layer> layers = [];
    private readonly Dictionary<string, TensorView> views = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Source, Operator Step), string> written = [];
    private readonly Dictionary<string, Constant> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> renamed = new(StringComparer.Ordinal);

    /// <summary>Names of layers that have not been written yet.</summary>
    private readonly HashSet<string> open;
    private readonly UniqueNames names = new();

    private Tidy(NetworkGraph graph)
    {
        this.graph = graph;
        outputs = new HashSet<string>(graph.Outputs, StringComparer.Ordinal);
        open = new HashSet<string>(graph.Nodes.Select(n => n.Name), StringComparer.Ordinal);
        names.Add(open.Concat(graph.Inputs.Select(i => i.Name)));
        foreach (var input in graph.Inputs)
        {
            views.Add(input.Name, new TensorView(input.Name, input.Shape));
        }
    }

    /// <summary>A network that computes the same outputs from the same inputs.</summary>
    /// <param name="network">One that breaks no rule of the model.</param>
    public static NetworkDescription Apply(NetworkDescription network)
    {
        var tidy = new Tidy(NetworkGraph.Create(network));
        foreach (var node in tidy.graph.Nodes)
        {
            tidy.Visit(node);
        }

        return network with { Layers = tidy.Needed().ToEquatableArray() };
    }

    private void Visit(Node node)
    {
        var view = View(node);
        if (outputs.Contains(node.Name))
        {
            var steps = view.Steps.Select((s, i) => i == view.Steps.Length - 1 ? s with { Name = node.Name } : s).ToArray();
            Return(node.Name, Write(view with { Steps = steps }), view.Shape);
        }

        views.Add(node.Name, view);
    }

    private TensorView View(Node node)
    {
        var inputs = Turned(node.Operator, node.Inputs.Select(i => views[i]).ToArray());
        if (node.Operator is Flatten or Reshape or Transpose)
        {
            var view = inputs[0].Then(new ViewStep(node.Operator, graph.ShapeOf(node.Name), node.Name));
            return view.Steps.Length <= MostSteps ? view : new TensorView(Write(view), view.Shape);
        }

        if (ViewRules.BeforeViews(node.Operator, inputs) is { } op)
        {
            var steps = inputs.First(i => !ViewRules.IsScalar(i)).Steps;
            var shape = GraphVerifier.InferShape(op, inputs.Select(i => i.Original).ToArray()).Shape!.Value;

            // An output's own name is kept for what stands behind the view.
            var name = outputs.Contains(node.Name) ? steps[steps.Length - 1].Name : node.Name;
            var source = Append(name, ViewRules.AsPooling(op, inputs[0].Original), inputs.Select(i => i.Source));
            return steps.Aggregate(new TensorView(source, shape), (view, step) => view.Then(step with { Result = Shaped(step.Operator, view.Shape) }));
        }

        if (node.Operator is Dense dense && inputs[0].Steps.Any(s => s.Operator is Transpose) && inputs[0].Shape.Length <= MostPositions)
        {
            var vector = new Shape(inputs[0].Shape.Length);
            var flat = new TensorView(inputs[0].Source, inputs[0].Original).Then(new ViewStep(new Reshape(vector), vector, inputs[0].Steps[0].Name));
            return new TensorView(Append(node.Name, ViewRules.BeforeView(dense, inputs[0]), [Write(flat)]), graph.ShapeOf(node.Name));
        }

        return new TensorView(Append(node.Name, node.Operator, inputs.Select(Write)), graph.ShapeOf(node.Name));
    }

    /// <summary>The inputs of an operator that broadcasts; where one is transposed, constants are seen as transposed in the same way.</summary>
    private TensorView[] Turned(Operator op, TensorView[] inputs)
    {
        if (op is not (Add or Binary) || inputs.FirstOrDefault(i => i.Permutation is not null)?.Permutation is not { } permutation
            || !inputs.All(i => i.Permutation == permutation || ViewRules.IsScalar(i) || IsSmallConstant(i, permutation.Count)))
        {
            return inputs;
        }

        return inputs.Select(i => i.Permutation is not null || ViewRules.IsScalar(i) ? i : Turned(i.Source, permutation)).ToArray();
    }

    private bool IsSmallConstant(TensorView view, int rank) =>
        view.Steps.Length == 0 && constants.ContainsKey(view.Source) && view.Shape.Rank <= rank && view.Shape.Length <= LargestConstant;

    /// <summary>A constant as the transpose of another one.</summary>
    private TensorView Turned(string constant, EquatableArray<int> permutation)
    {
        var (values, rank) = (constants[constant], permutation.Count);
        var shape = new Shape(Enumerable.Repeat(1, rank - values.Shape.Rank).Concat(values.Shape.Dimensions).ToArray());
        var inverse = new Transpose(Enumerable.Range(0, rank).OrderBy(axis => permutation[axis]).ToEquatableArray());
        var original = Shaped(inverse, shape);
        if (!written.TryGetValue((constant, inverse), out var name))
        {
            var turned = Interpreter.Apply(inverse, [values.Values.Span.ToArray()], [shape], original);
            name = Append(constant, new Constant(original, new FloatData(turned)), []);
            written.Add((constant, inverse), name);
        }

        return new TensorView(name, original, new ViewStep(new Transpose(permutation), shape, constant));
    }

    /// <summary>The name of a layer that computes the view.</summary>
    private string Write(TensorView view)
    {
        var source = view.Source;
        foreach (var step in view.Steps)
        {
            if (!written.TryGetValue((source, step.Operator), out var name))
            {
                name = Append(step.Name, step.Operator, [source]);
                written.Add((source, step.Operator), name);
            }

            source = name;
        }

        return source;
    }

    private string Append(string name, Operator op, IEnumerable<string> inputs)
    {
        var unique = open.Remove(name) ? name : names.Unique(name);
        layers.Add(new Layer(unique, op, inputs.ToEquatableArray()));
        if (op is Constant constant)
        {
            constants.Add(unique, constant);
        }

        return unique;
    }

    /// <summary>Sees to it that the output has its name: the layer that computes it is renamed, or copied if its own must stay.</summary>
    private void Return(string output, string layer, Shape shape)
    {
        if (layer == output)
        {
            return;
        }

        open.Remove(output);
        if (outputs.Contains(layer) || renamed.ContainsKey(layer) || graph.Inputs.Any(i => i.Name == layer))
        {
            layers.Add(new Layer(output, new Reshape(shape), [layer]));
        }
        else
        {
            renamed.Add(layer, output);
        }
    }

    private List<Layer> Needed()
    {
        var needed = new HashSet<string>(outputs, StringComparer.Ordinal);
        var result = new List<Layer>();
        foreach (var layer in Enumerable.Reverse(layers).Select(l => new Layer(Name(l.Name), l.Operator, l.Inputs.Select(Name).ToEquatableArray())))
        {
            if (needed.Contains(layer.Name))
            {
                needed.UnionWith(layer.Inputs);
                result.Add(layer);
            }
        }

        result.Reverse();
        return result;

        string Name(string name) => renamed.TryGetValue(name, out var other) ? other : name;
    }

    private static Shape Shaped(Operator step, Shape shape) => step switch
    {
        Transpose transpose => new Shape(transpose.Permutation.Select(axis => shape[axis]).ToArray()),
        Reshape reshape => reshape.Shape,
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };
}

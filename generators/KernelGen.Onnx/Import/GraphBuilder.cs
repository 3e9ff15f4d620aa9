using KernelGen.Model;

namespace KernelGen.Onnx.Import;

/// <summary>
/// Collects the layers of the description. An operator on constants only is computed at once, by the reference interpreter, and
/// becomes a constant; reshapes that change nothing vanish.
/// </summary>
internal sealed class GraphBuilder
{
    private readonly List<Layer> layers = [];
    private readonly Dictionary<string, (string Source, Shape Shape)> reshaped = new(StringComparer.Ordinal);
    private readonly UniqueNames names = new();
    private readonly Dictionary<(Shape, FloatData), string> constants = [];

    /// <summary>What the next layers are named after; each gets a name of its own.</summary>
    public string Prefix { get; set; } = "layer";

    public IReadOnlyList<Layer> Layers => layers;

    /// <summary>
    /// What import may still create. An operator that expands a small file's tensors (a weight repeated, indices of a resize) spends
    /// from it before it allocates.
    /// </summary>
    public ImportBudget Budget { get; } = new();

    public Tensor Input(string name, Shape shape)
    {
        names.Add([name]);
        return new Tensor(shape, name, null);
    }

    public Tensor Constant(Shape shape, params float[] values) => new(shape, null, new FloatData(values));

    /// <summary>The operator's result.</summary>
    /// <exception cref="OnnxNodeException">The operator does not take these shapes, or breaks another rule of the model.</exception>
    public Tensor Apply(Operator op, params Tensor[] inputs)
    {
        if (inputs.FirstOrDefault(i => i.Shape.Dimensions.Contains(0)) is { } empty)
        {
            throw new OnnxNodeException($"An input is empty ({empty.Shape}); every axis must be at least 1.");
        }

        var shapes = inputs.Select(i => i.Shape).ToArray();
        var (shape, problems) = GraphVerifier.InferShape(op, shapes);
        if (shape is not { } result)
        {
            throw new OnnxNodeException(string.Join(" ", problems.Select(p => p.Message)));
        }

        Budget.Spend(FoldingCost.Held(op));
        if (inputs.Length > 0 && inputs.All(i => i.IsConstant))
        {
            Budget.Spend(result.Length, FoldingCost.Operations(op, shapes, result));
            var values = Interpreter.Apply(op, inputs.Select(i => i.Constant!.Span.ToArray()).ToArray(), shapes, result);
            return new Tensor(result, null, new FloatData(values));
        }

        return new Tensor(result, AddLayer(op, inputs.Select(NameOf).ToEquatableArray()), null);
    }

    /// <summary>The same floats in the same order under another shape of the same length.</summary>
    /// <exception cref="OnnxNodeException">The shape has another length, or breaks a rule of the model.</exception>
    public Tensor Reshape(Tensor tensor, Shape shape)
    {
        if (tensor.Shape == shape)
        {
            return tensor;
        }

        if (tensor.IsConstant)
        {
            return shape.Length == tensor.Constant!.Length
                ? tensor with { Shape = shape }
                : throw new OnnxNodeException($"A tensor of shape {tensor.Shape} cannot take the shape {shape}, which has another number of elements.");
        }

        if (reshaped.TryGetValue(tensor.Name!, out var origin))
        {
            return Reshape(new Tensor(origin.Shape, origin.Source, null), shape);
        }

        var result = Apply(new Reshape(shape), tensor);
        reshaped.Add(result.Name!, (tensor.Name!, tensor.Shape));
        return result;
    }

    /// <summary>The same tensor under a name of its own.</summary>
    public Tensor Copy(Tensor tensor) => Apply(new Reshape(tensor.Shape), tensor with { Name = NameOf(tensor), Constant = null });

    /// <summary>The tensor's name in the description; a constant becomes a layer.</summary>
    /// <exception cref="OnnxNodeException">The constant is one that the model does not take: infinite or not a number.</exception>
    public string NameOf(Tensor tensor)
    {
        if (tensor.Name is { } name)
        {
            return name;
        }

        var key = (tensor.Shape, tensor.Constant!);
        if (!constants.TryGetValue(key, out var constant))
        {
            var op = new Constant(tensor.Shape, tensor.Constant!);
            if (GraphVerifier.InferShape(op, []) is { Shape: null, Problems: var problems })
            {
                throw new OnnxNodeException("A constant cannot be kept: " + string.Join(" ", problems.Select(p => p.Message)));
            }

            constant = AddLayer(op, []);
            constants.Add(key, constant);
        }

        return constant;
    }

    private string AddLayer(Operator op, EquatableArray<string> inputs)
    {
        if (layers.Count == Limits.Layers * 4)
        {
            throw new OnnxNodeException(FormattableString.Invariant($"The network becomes more than {layers.Count} layers; {Limits.Layers} are supported."));
        }

        var name = names.Unique(Prefix);
        layers.Add(new Layer(name, op, inputs));
        return name;
    }
}

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
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<(Shape, FloatData), string> constants = [];

    /// <summary>What the next layers are named after; each gets a name of its own.</summary>
    public string Prefix { get; set; } = "layer";

    public IReadOnlyList<Layer> Layers => layers;

    public Tensor Input(string name, Shape shape)
    {
        names.Add(name);
        return new Tensor(shape, name, null);
    }

    public Tensor Constant(Shape shape, params float[] values) => new(shape, null, new FloatData(values));

    /// <summary>The operator's result.</summary>
    /// <exception cref="OnnxNodeException">The operator does not take these shapes, or breaks another rule of the model.</exception>
    public Tensor Apply(Operator op, params Tensor[] inputs)
    {
        var (shape, problems) = GraphVerifier.InferShape(op, inputs.Select(i => i.Shape).ToArray());
        if (shape is not { } result)
        {
            throw new OnnxNodeException(string.Join(" ", problems.Select(p => p.Message)));
        }

        if (inputs.Length > 0 && inputs.All(i => i.IsConstant))
        {
            var values = Interpreter.Apply(
                op, inputs.Select(i => i.Constant!.Span.ToArray()).ToArray(), inputs.Select(i => i.Shape).ToArray(), result);
            return new Tensor(result, null, new FloatData(values));
        }

        return new Tensor(result, AddLayer(op, inputs.Select(NameOf).ToEquatableArray()), null);
    }

    /// <summary>The same floats in the same order under another shape of the same length.</summary>
    public Tensor Reshape(Tensor tensor, Shape shape)
    {
        if (tensor.Shape == shape)
        {
            return tensor;
        }

        if (tensor.IsConstant)
        {
            return tensor with { Shape = shape };
        }

        if (reshaped.TryGetValue(tensor.Name!, out var origin))
        {
            return Reshape(new Tensor(origin.Shape, origin.Source, null), shape);
        }

        var result = Apply(new Reshape(shape), tensor);
        reshaped.Add(result.Name!, (tensor.Name!, tensor.Shape));
        return result;
    }

    /// <summary>The tensor's name in the description; a constant becomes a layer.</summary>
    public string NameOf(Tensor tensor)
    {
        if (tensor.Name is { } name)
        {
            return name;
        }

        var key = (tensor.Shape, tensor.Constant!);
        if (!constants.TryGetValue(key, out var constant))
        {
            constant = AddLayer(new Constant(tensor.Shape, tensor.Constant!), []);
            constants.Add(key, constant);
        }

        return constant;
    }

    private string AddLayer(Operator op, EquatableArray<string> inputs)
    {
        var name = Prefix;
        for (var i = 2; !names.Add(name); i++)
        {
            name = FormattableString.Invariant($"{Prefix}_{i}");
        }

        layers.Add(new Layer(name, op, inputs));
        return name;
    }
}

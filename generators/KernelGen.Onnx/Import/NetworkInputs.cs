using KernelGen.Model;
using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Import;

/// <summary>Which of the graph's inputs the network takes, and which are constants.</summary>
internal sealed class NetworkInputs
{
    private readonly ImportOptions options;
    private readonly ErrorList errors;
    private readonly IReadOnlyDictionary<string, TensorProto> initializers;
    private readonly UniqueNames names = new();

    /// <summary>Reports options that name no input.</summary>
    public NetworkInputs(GraphProto graph, IReadOnlyDictionary<string, TensorProto> initializers, ImportOptions options, ErrorList errors)
    {
        this.options = options;
        this.errors = errors;
        this.initializers = initializers;
        var known = graph.Input.Where(i => !initializers.ContainsKey(i.Name)).Select(i => i.Name).ToList();
        foreach (var name in options.Shapes.Keys.Concat(options.Constants.Keys).Distinct().Except(graph.Input.Select(i => i.Name)))
        {
            errors.Add(
                ImportErrorId.Shape,
                $"The network has no input {Text.Quote(name)}. Its inputs are {string.Join(", ", known.Take(20).Select(Text.Quote))}.");
        }
    }

    /// <summary>Whether the file has no value for the input, or another one is given for it.</summary>
    public bool IsInput(ValueInfoProto input) => !initializers.ContainsKey(input.Name) || options.Constants.ContainsKey(input.Name);

    /// <summary>The input's value; an input of the network is added to <paramref name="inputs"/>.</summary>
    /// <returns>Null if it cannot be one; the reason has been reported.</returns>
    public Value? Read(ValueInfoProto input, GraphBuilder builder, List<NetworkInput> inputs)
    {
        var quoted = Text.Quote(input.Name);
        if (input.Name.Length == 0 || input.Type?.TensorType is not { } tensor)
        {
            errors.Add(ImportErrorId.Graph, $"The input {quoted} has no name or is no tensor; sequences, maps and optional values are not supported.");
            return null;
        }

        var type = (ElementType)tensor.ElemType;
        if (options.Constants.TryGetValue(input.Name, out var constant))
        {
            return InputShapes.Matches(input, constant.Shape, errors) ? Freeze(input, type, constant, builder.Budget) : null;
        }

        if (!type.IsFloat())
        {
            errors.Add(
                ImportErrorId.Unsupported,
                $"The input {quoted} has elements of {type.Describe()}; a network takes floats. "
                    + "If its values never change, make it an initializer.");
            return null;
        }

        options.Shapes.TryGetValue(input.Name, out var given);
        if (InputShapes.Resolve(input, given, errors) is not { } shape)
        {
            return null;
        }

        var named = names.Unique(Text.Name(input.Name));
        inputs.Add(new NetworkInput(named, Value.Reduced(shape)));
        return Value.Of(shape, builder.Input(named, Value.Reduced(shape)));
    }

    private Value? Freeze(ValueInfoProto input, ElementType type, OnnxTensor constant, ImportBudget budget)
    {
        if (type.IsFloat() ? constant.Floats is not null : type.IsInteger() && constant.Integers is not null)
        {
            budget.Earn(constant.Shape.Aggregate(1, (product, d) => product * d));
            return Value.Of(new TensorData(constant.Shape, type, constant.Floats, constant.Integers));
        }

        errors.Add(
            ImportErrorId.Data,
            $"The constant given for the input {Text.Quote(input.Name)} does not have its type ({type.Describe()}).");
        return null;
    }
}

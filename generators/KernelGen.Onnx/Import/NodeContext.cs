using KernelGen.Model;
using KernelGen.Onnx.Format;
using AttributeType = KernelGen.Onnx.Format.AttributeProto.Types.AttributeType;

namespace KernelGen.Onnx.Import;

/// <summary>One ONNX node while it is translated: its attributes, its inputs, and the graph that its layers go to.</summary>
/// <param name="version">Of the operator set that the node's domain was imported with.</param>
/// <param name="inputs">Null: an optional input that is left out.</param>
/// <param name="needed">Names of the values that the network needs.</param>
internal sealed class NodeContext(NodeProto node, long version, GraphBuilder graph, IReadOnlyList<Value?> inputs, HashSet<string> needed)
{
    private HashSet<string> known = new(StringComparer.Ordinal);

    public string Operator { get; private set; } = node.OpType;

    public long Version { get; } = version;

    public GraphBuilder Graph { get; } = graph;

    public int InputCount => inputs.Count;

    public int OutputCount => node.Output.Count;

    /// <summary>Whether someone reads output <paramref name="i"/>.</summary>
    public bool HasOutput(int i) => i < node.Output.Count && node.Output[i].Length > 0 && needed.Contains(node.Output[i]);

    public bool Has(int i) => i < inputs.Count && inputs[i] is not null;

    /// <exception cref="OnnxNodeException">The input is left out.</exception>
    public Value Input(int i) => Has(i) ? inputs[i]! : throw new OnnxNodeException($"Input {i} is missing.");

    /// <summary>An input that must be floats.</summary>
    public Value Floats(int i) => Input(i).IsFloat
        ? Input(i)
        : throw new OnnxNodeException($"Input {i} is an integer tensor; only float tensors can be computed with at run time.");

    /// <summary>An input that must be floats, at least one.</summary>
    public Value FloatsNotEmpty(int i) => Floats(i) is var value && value.Shape.All(d => d > 0)
        ? value
        : throw new OnnxNodeException($"Input {i} is empty; every axis must be at least 1.");

    /// <summary>A float input of maps, each of one or more spatial axes.</summary>
    public Value Maps(int i) => FloatsNotEmpty(i) is { Rank: >= 3 } value
        ? value
        : throw new OnnxNodeException($"The input has {Input(i).Rank} axes; it must be [N, C, …] with one or more spatial axes.");

    /// <summary>The values of a float input that must be known at import, in its own order.</summary>
    /// <param name="what">For the message, e.g. <c>the weights</c>.</param>
    public float[] ConstantFloats(int i, string what)
    {
        if (Floats(i).Floats.Constant is not { } constant)
        {
            throw new OnnxNodeException($"Input {i} ({what}) is computed at run time; it must be a constant or an initializer.");
        }

        // However many nodes share a large tensor.
        Graph.Budget.Spend(0, constant.Length);
        return constant.Span.ToArray();
    }

    /// <summary>The values of an integer input; all integers are known at import.</summary>
    public long[] Integers(int i, string what) => Input(i).IsInteger
        ? Input(i).Integers
        : throw new OnnxNodeException($"Input {i} ({what}) must be an integer tensor that is known at import.");

    /// <summary>Integers of an input (newer operator sets) or of an attribute of the same meaning (older ones); null if neither is given.</summary>
    public long[]? Integers(int i, string attribute, string what) => Has(i) ? Integers(i, what) : Attribute(attribute) is null ? null : Integers(attribute);

    /// <summary>The attribute, or null if it is not given.</summary>
    /// <exception cref="OnnxNodeException">It is given twice.</exception>
    public AttributeProto? Attribute(string name)
    {
        known.Add(name);
        AttributeProto? found = null;
        foreach (var attribute in node.Attribute.Where(a => a.Name == name))
        {
            found = found is null ? attribute : throw new OnnxNodeException($"The attribute '{name}' is given twice.");
        }

        return found;
    }

    public long Integer(string attribute, long absent) => Attribute(attribute, AttributeType.Int)?.I ?? absent;

    public float Float(string attribute, float absent) => Attribute(attribute, AttributeType.Float)?.F ?? absent;

    /// <summary>The attribute's text on one line, so that it can stand in a message.</summary>
    public string String(string attribute, string absent) =>
        Attribute(attribute, AttributeType.String) is { } text ? Text.OneLine(text.S.ToStringUtf8()) : absent;

    /// <summary>Empty if the attribute is not given.</summary>
    public long[] Integers(string attribute) => Attribute(attribute, AttributeType.Ints)?.Ints.ToArray() ?? [];

    /// <summary>Empty if the attribute is not given.</summary>
    public float[] FloatList(string attribute) => Attribute(attribute, AttributeType.Floats)?.Floats.ToArray() ?? [];

    /// <summary>A tensor attribute that must be given.</summary>
    /// <exception cref="OnnxFileException">Its type is not supported, or its data do not fit its shape.</exception>
    public TensorData Tensor(string attribute) => Attribute(attribute, AttributeType.Tensor)?.T is { } tensor
        ? TensorReader.Read(tensor, null)
        : throw new OnnxNodeException($"The attribute '{attribute}' must be a tensor.");

    /// <summary>The node's attributes and outputs for another operator on other inputs.</summary>
    public NodeContext With(string op, IReadOnlyList<Value?> others) => new(node, Version, Graph, others, needed) { Operator = op, known = known };

    // Files of the first versions do not tell their attributes' types.
    private AttributeProto? Attribute(string name, AttributeType type) => Attribute(name) is { } attribute
        ? attribute.Type == type || attribute.Type == AttributeType.Undefined
            ? attribute
            : throw new OnnxNodeException(
                $"The attribute '{name}' is of the type {attribute.Type.ToString().ToUpperInvariant()}; it must be {type.ToString().ToUpperInvariant()}.")
        : null;

    /// <summary>Attributes that no one has asked for: the node means something that the translation does not know.</summary>
    public IEnumerable<string> UnknownAttributes() => node.Attribute.Select(a => a.Name).Where(n => !known.Contains(n));

    /// <summary>An axis as ONNX gives it, negative ones counted from the end, as an index of 0 to rank − 1.</summary>
    public static int Axis(long axis, int rank)
    {
        var index = axis < 0 ? axis + rank : axis;
        return index >= 0 && index < rank
            ? (int)index
            : throw new OnnxNodeException($"There is no axis {axis} in a tensor of {rank} axes.");
    }

    /// <summary>The floats under ONNX's own shape, the batch axis included; a scalar as one element.</summary>
    public Tensor Full(Value value) => Graph.Reshape(value.Floats, value.Rank == 0 ? new Shape(1) : new Shape(value.Shape));

    /// <summary>
    /// Floats of one rank, all without the batch axis if each has one of 1 that the operator does not touch; else all with it.
    /// </summary>
    /// <param name="touches">Whether the operator treats the first axis differently from a batch.</param>
    /// <returns>The tensors and how many leading axes they lack.</returns>
    public (Tensor[] Tensors, int Dropped) WithoutBatch(bool touches, params Value[] values) =>
        !touches && values.All(v => v.Rank > 1 && v.Shape[0] == 1)
            ? (values.Select(v => Graph.Reshape(v.Floats, Value.Reduced(v.Shape))).ToArray(), 1)
            : (values.Select(Full).ToArray(), 0);

    /// <summary>A result: a tensor of any shape as the value of ONNX's shape with as many elements.</summary>
    public Value Result(Tensor tensor, params int[] shape) => Value.Of(shape, Graph.Reshape(tensor, Value.Reduced(shape)));
}

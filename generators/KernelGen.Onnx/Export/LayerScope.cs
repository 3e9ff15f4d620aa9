using KernelGen.Model;
using KernelGen.Onnx.Format;
using static KernelGen.Onnx.Format.AttributeProto.Types;

namespace KernelGen.Onnx.Export;

/// <summary>One layer while it is written as ONNX nodes; the last one carries the layer's name, those before it a name after it.</summary>
internal sealed class LayerScope(Node layer, NetworkGraph network, ModelBuilder model)
{
    public Operator Operator => layer.Operator;

    /// <summary>Names of the tensors that the layer reads.</summary>
    public IReadOnlyList<string> Inputs => layer.Inputs;

    /// <summary>The one tensor, or the first, that the layer reads.</summary>
    public string Input => layer.Inputs[0];

    /// <summary>The shape of <see cref="Input"/>, without the batch axis.</summary>
    public Shape From => network.ShapeOf(Input);

    /// <summary>The shape of the result, without the batch axis.</summary>
    public Shape To => network.ShapeOf(layer.Name);

    /// <summary>Writes the node that computes the layer's result.</summary>
    public void Result(string op, IEnumerable<string> inputs, params AttributeProto[] attributes) =>
        model.AddNode(op, layer.Name, inputs, attributes);

    /// <summary>Writes the layer's result as an initializer.</summary>
    public void Constant(Constant constant)
    {
        var shape = ModelBuilder.WithBatch(constant.Shape);
        if (network.Outputs.Contains(layer.Name))
        {
            // Not every runtime lets a model return an initializer.
            Result("Identity", [Floats("values", constant.Values.Span, shape)]);
        }
        else
        {
            model.AddFloats(layer.Name, constant.Values.Span, shape);
        }
    }

    /// <summary>Writes a node that computes something on the way; returns its result's name.</summary>
    public string Step(string op, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var name = Unique(op.ToLowerInvariant());
        model.AddNode(op, name, inputs, attributes);
        return name;
    }

    /// <summary>Adds an initializer of the shape that is given, or a scalar; returns its name.</summary>
    public string Floats(string what, ReadOnlySpan<float> values, params long[] shape)
    {
        var name = Unique(what);
        model.AddFloats(name, values, shape);
        return name;
    }

    /// <summary>Adds an initializer that is a scalar; returns its name.</summary>
    public string Scalar(string what, float value) => Floats(what, [value]);

    /// <summary>Adds an initializer that is a vector of integers; returns its name.</summary>
    public string Integers(string what, IEnumerable<long> values)
    {
        var name = Unique(what);
        model.AddIntegers(name, values.ToArray());
        return name;
    }

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, Type = AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8(value) };

    public static AttributeProto Attribute(string name, IEnumerable<long> values) =>
        new() { Name = name, Type = AttributeType.Ints, Ints = { values } };

    private string Unique(string what) => model.Unique(layer.Name + "/" + what);
}

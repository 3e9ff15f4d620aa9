using System.Runtime.InteropServices;
using KernelGen.Model;

namespace KernelGen.Benchmarks;

/// <summary>
/// An ONNX graph under construction (onnx.proto of ONNX 1.14: IR version 9, operator set 19). Weights are initializers and not
/// inputs, so that ONNX Runtime may fold them.
/// </summary>
internal sealed class OnnxGraph
{
    private const int FloatType = 1;
    private const int Int64Type = 7;
    private const int IrVersion = 9;
    private const int OperatorSet = 19;

    private readonly ProtoMessage graph = new();
    private int constants;

    public void Node(string operation, string result, string[] inputs, params ProtoMessage[] attributes)
    {
        var node = new ProtoMessage();
        foreach (var input in inputs)
        {
            node.Text(1, input);
        }

        node.Text(2, result).Text(3, result).Text(4, operation);
        foreach (var attribute in attributes)
        {
            node.Message(5, attribute);
        }

        graph.Message(1, node);
    }

    /// <summary>Adds an initializer; returns its name.</summary>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        Constant(FloatType, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds an initializer of 64-bit integers; returns its name.</summary>
    public string Constant(ReadOnlySpan<long> values) =>
        Constant(Int64Type, MemoryMarshal.AsBytes(values), [values.Length]);

    public void Input(string name, Shape shape) => graph.Message(11, ValueInfo(name, shape));

    public void Output(string name, Shape shape) => graph.Message(12, ValueInfo(name, shape));

    public byte[] ToModel(string name) => new ProtoMessage()
        .Integer(1, IrVersion)
        .Text(2, "KernelGen.Benchmarks")
        .Message(7, graph.Text(2, name))
        .Message(8, new ProtoMessage().Text(1, "").Integer(2, OperatorSet))
        .ToArray();

    public static ProtoMessage Attribute(string name, long value) =>
        new ProtoMessage().Text(1, name).Integer(3, value).Integer(20, 2);

    public static ProtoMessage Attribute(string name, float value) =>
        new ProtoMessage().Text(1, name).Float(2, value).Integer(20, 1);

    public static ProtoMessage ListAttribute(string name, params int[] values)
    {
        var attribute = new ProtoMessage().Text(1, name);
        foreach (var value in values)
        {
            attribute.Integer(8, value);
        }

        return attribute.Integer(20, 7);
    }

    private string Constant(int type, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> shape)
    {
        var name = FormattableString.Invariant($"constant{constants++}");
        var tensor = new ProtoMessage();
        foreach (var dimension in shape)
        {
            tensor.Integer(1, dimension);
        }

        graph.Message(5, tensor.Integer(2, type).Text(8, name).Bytes(9, bytes));
        return name;
    }

    private static ProtoMessage ValueInfo(string name, Shape shape)
    {
        var dimensions = new ProtoMessage();
        foreach (var dimension in shape.Dimensions.Prepend(1))
        {
            dimensions.Message(1, new ProtoMessage().Integer(1, dimension));
        }

        var tensor = new ProtoMessage().Integer(1, FloatType).Message(2, dimensions);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }
}

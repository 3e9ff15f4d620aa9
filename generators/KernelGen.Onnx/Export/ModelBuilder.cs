using System.Runtime.InteropServices;
using Google.Protobuf;
using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Export;

/// <summary>
/// An ONNX model under construction: the inputs and outputs of a network, and the nodes and initializers that its layers become.
/// Initializers are not listed as inputs, so that other runtimes may fold them.
/// </summary>
internal sealed class ModelBuilder
{
    // ONNX 1.15: the first operator set with Gelu, and what ONNX Runtime runs since 1.17.
    private const int OperatorSet = 20;
    private const int IrVersion = 9;

    private readonly GraphProto graph = new();
    private readonly UniqueNames names = new();

    public ModelBuilder(NetworkGraph network)
    {
        names.Add(network.Inputs.Select(i => i.Name).Concat(network.Nodes.Select(n => n.Name)));
        graph.Name = network.Name;
        graph.Input.AddRange(network.Inputs.Select(i => ValueInfo(i.Name, i.Shape)));
        graph.Output.AddRange(network.Outputs.Select(o => ValueInfo(o, network.ShapeOf(o))));
    }

    /// <summary>The lengths of a tensor's axes with the batch before them.</summary>
    public static long[] WithBatch(Shape shape) => [1, .. shape.Dimensions.Select(d => (long)d)];

    /// <summary>A name that no other tensor has.</summary>
    public string Unique(string wanted) => names.Unique(wanted);

    /// <param name="result">Becomes the name of the node and of its one output.</param>
    public void AddNode(string op, string result, IEnumerable<string> inputs, IEnumerable<AttributeProto> attributes) =>
        graph.Node.Add(new NodeProto { OpType = op, Name = result, Input = { inputs }, Output = { result }, Attribute = { attributes } });

    /// <param name="shape">Empty: a scalar.</param>
    public void AddFloats(string name, ReadOnlySpan<float> values, params long[] shape) =>
        AddInitializer(name, ElementType.Float, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds a vector of 64-bit integers.</summary>
    public void AddIntegers(string name, ReadOnlySpan<long> values) =>
        AddInitializer(name, ElementType.Int64, MemoryMarshal.AsBytes(values), [values.Length]);

    public ModelProto ToModel() => new()
    {
        IrVersion = IrVersion,
        ProducerName = "KernelGen",
        Graph = graph,
        OpsetImport = { new OperatorSetIdProto { Domain = string.Empty, Version = OperatorSet } },
    };

    private void AddInitializer(string name, ElementType type, ReadOnlySpan<byte> bytes, long[] shape) =>
        graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)type, Dims = { shape }, RawData = ByteString.CopyFrom(bytes) });

    private static ValueInfoProto ValueInfo(string name, Shape shape) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)ElementType.Float,
                Shape = new TensorShapeProto { Dim = { WithBatch(shape).Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }) } },
            },
        },
    };
}

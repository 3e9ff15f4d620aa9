using Google.Protobuf;
using KernelGen.Onnx;
using KernelGen.Onnx.Format;

namespace KernelGen.Tests.Shared;

/// <summary>An ONNX model that a test puts together. Nothing is checked: tests write broken ones too.</summary>
/// <param name="opset">Version of the standard's operators.</param>
internal sealed class OnnxFile(long opset = 17)
{
    /// <summary>The model as the file will hold it.</summary>
    public ModelProto Model { get; } = new()
    {
        IrVersion = 8,
        ProducerName = "kernelgen-tests",
        Graph = new GraphProto { Name = "graph" },
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
    };

    /// <summary>A float tensor; a length of −1 is left open.</summary>
    public OnnxFile Input(string name, params int[] dims) => Input(name, ElementType.Float, dims);

    public OnnxFile Input(string name, ElementType type, params int[] dims)
    {
        Model.Graph.Input.Add(ValueInfo(name, type, dims));
        return this;
    }

    /// <summary>A float tensor whose shape is not told.</summary>
    public OnnxFile Output(string name)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)ElementType.Float };
        Model.Graph.Output.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } });
        return this;
    }

    public OnnxFile Initializer(string name, int[] dims, params float[] values) => Initializer(Tensor(name, dims, values));

    public OnnxFile Initializer(string name, int[] dims, params long[] values) => Initializer(Tensor(name, dims, values));

    public OnnxFile Initializer(TensorProto tensor)
    {
        Model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <param name="inputs">An empty name leaves an optional input out.</param>
    /// <param name="attributes">int, long, float, string, TensorProto, or an array of int, long, float or string.</param>
    public OnnxFile Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = $"{op}_{Model.Graph.Node.Count}" };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes.Select(a => Attribute(a.Name, a.Value)));
        Model.Graph.Node.Add(node);
        return this;
    }

    /// <summary>A node of another domain than the standard's.</summary>
    public OnnxFile Node(string domain, string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        Node(op, inputs, outputs, attributes);
        Model.Graph.Node[Model.Graph.Node.Count - 1].Domain = domain;
        return this;
    }

    public static TensorProto Tensor(string name, int[] dims, params float[] values) =>
        new() { Name = name, Dims = { dims.Select(d => (long)d) }, DataType = (int)ElementType.Float, FloatData = { values } };

    public static TensorProto Tensor(string name, int[] dims, params long[] values) =>
        new() { Name = name, Dims = { dims.Select(d => (long)d) }, DataType = (int)ElementType.Int64, Int64Data = { values } };

    /// <summary>A tensor of an integer type that is kept in 32-bit integers: int8 to int32, uint8, uint16 or bool.</summary>
    public static TensorProto Tensor(string name, ElementType type, int[] dims, params int[] values) =>
        new() { Name = name, Dims = { dims.Select(d => (long)d) }, DataType = (int)type, Int32Data = { values } };

    /// <summary>Floats as the four bytes each that most exporters write.</summary>
    public static TensorProto RawTensor(string name, int[] dims, params float[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return new TensorProto
        {
            Name = name,
            Dims = { dims.Select(d => (long)d) },
            DataType = (int)ElementType.Float,
            RawData = ByteString.CopyFrom(bytes),
        };
    }

    public void Write(string path) => File.WriteAllBytes(path, Model.ToByteArray());

    /// <summary>The result of importing the model from a file of its own.</summary>
    public ImportResult Import(ImportOptions? options = null)
    {
        var folder = Directory.CreateTempSubdirectory("kernelgen-onnx-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.onnx");
            Write(path);
            return OnnxImporter.Import(path, options);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ValueInfoProto ValueInfo(string name, ElementType type, int[] dims)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(dims.Select((d, axis) => d < 0
            ? new TensorShapeProto.Types.Dimension { DimParam = $"d{axis}" }
            : new TensorShapeProto.Types.Dimension { DimValue = d }));
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static AttributeProto Attribute(string name, object value) => value switch
    {
        int i => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = i },
        long i => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = i },
        float f => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = f },
        string s => new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(s) },
        TensorProto t => new() { Name = name, Type = AttributeProto.Types.AttributeType.Tensor, T = t },
        int[] i => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { i.Select(v => (long)v) } },
        long[] i => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { i } },
        float[] f => new() { Name = name, Type = AttributeProto.Types.AttributeType.Floats, Floats = { f } },
        string[] s => new() { Name = name, Type = AttributeProto.Types.AttributeType.Strings, Strings = { s.Select(ByteString.CopyFromUtf8) } },
        _ => throw new ArgumentException($"An attribute cannot be a {value.GetType().Name}.", nameof(value)),
    };
}

using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Conformance;

/// <summary>
/// One test in the layout of the standard: a folder with <c>model.onnx</c> and data sets of <c>input_N.pb</c> and <c>output_N.pb</c>.
/// </summary>
internal sealed class OperatorTest
{
    private readonly string folder;

    private OperatorTest(string group, string folder)
    {
        Group = group;
        this.folder = folder;
        Name = Path.GetFileName(folder);
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(ModelPath)).Graph;
        Operators = graph.Node.Select(n => n.Domain is "" or "ai.onnx" ? n.OpType : $"{n.Domain}.{n.OpType}").Distinct().Order(StringComparer.Ordinal).ToList();
        var initialized = graph.Initializer.Select(i => i.Name).ToHashSet();
        Inputs = [.. graph.Input.Where(i => !initialized.Contains(i.Name)).Select(i => (i.Name, TypeOf(i)))];
        OutputTypes = [.. graph.Output.Select(TypeOf)];
        Trains = graph.Node.Any(n => n.Attribute.Any(a => a.Name == "training_mode" && a.I != 0) || (n.OpType == "Dropout" && n.Input.Count == 3));
        HasVolumes = Operators.Any(op => op.StartsWith("Conv", StringComparison.Ordinal))
            && graph.Input.Any(i => i.Type?.TensorType?.Shape?.Dim.Count == 5);
    }

    /// <summary>The folder of the suite that the test lies in, e.g. <c>node</c>.</summary>
    public string Group { get; }

    /// <summary>Folder name, e.g. <c>test_relu</c>.</summary>
    public string Name { get; }

    /// <summary>Operators of the graph without repetition; those of other domains with their domain.</summary>
    public IReadOnlyList<string> Operators { get; }

    /// <summary>Inputs that the file has no value for, in order.</summary>
    public IReadOnlyList<(string Name, ElementType Type)> Inputs { get; }

    public IReadOnlyList<ElementType> OutputTypes { get; }

    /// <summary>Whether a node has a training mode that is on or an input.</summary>
    public bool Trains { get; }

    /// <summary>Whether three-dimensional data are convolved.</summary>
    public bool HasVolumes { get; }

    public string ModelPath => Path.Combine(folder, "model.onnx");

    /// <summary>All tests of a suite, ordered by name. Folders without a model (the suite's list of models to download) are none.</summary>
    /// <param name="suite">Folder that holds groups, each a folder of tests.</param>
    public static IReadOnlyList<OperatorTest> All(string suite) =>
    [
        .. Directory.EnumerateDirectories(suite)
            .SelectMany(Directory.EnumerateDirectories)
            .Where(d => File.Exists(Path.Combine(d, "model.onnx")))
            .Select(d => new OperatorTest(Path.GetFileName(Path.GetDirectoryName(d))!, d))
            .OrderBy(t => t.Group, StringComparer.Ordinal)
            .ThenBy(t => t.Name, StringComparer.Ordinal),
    ];

    /// <summary>The data sets' inputs and expected outputs.</summary>
    /// <exception cref="InvalidDataException">One is no tensor of numbers, but a sequence, an optional value or text.</exception>
    public IReadOnlyList<(OnnxTensor[] Inputs, OnnxTensor[] Outputs)> ReadDataSets() =>
    [
        .. Directory.EnumerateDirectories(folder, "test_data_set_*").Order(StringComparer.Ordinal).Select(set => (ReadInputs(set), Read(set, "output", OutputTypes))),
    ];

    /// <summary>The inputs of the first data set.</summary>
    /// <exception cref="InvalidDataException">One is no tensor of numbers.</exception>
    public OnnxTensor[] ReadInputs() => ReadInputs(Path.Combine(folder, "test_data_set_0"));

    private OnnxTensor[] ReadInputs(string set) => Read(set, "input", [.. Inputs.Select(i => i.Type)]);

    private static OnnxTensor[] Read(string set, string kind, IReadOnlyList<ElementType> types) =>
    [
        .. types.Select((type, i) => (Type: type, Path: Path.Combine(set, FormattableString.Invariant($"{kind}_{i}.pb"))))
            .TakeWhile(f => File.Exists(f.Path))
            .Select(f => OfType(f.Type, OnnxTensorFile.Read(f.Path))),
    ];

    // The suite is made with a library that lacks bfloat16: its files hold the bits as integers.
    private static OnnxTensor OfType(ElementType type, OnnxTensor tensor) => type == ElementType.BFloat16 && tensor.Integers is { } bits
        ? tensor with { Floats = [.. bits.Select(b => BitConverter.Int32BitsToSingle((int)b << 16))], Integers = null }
        : tensor;

    private static ElementType TypeOf(ValueInfoProto value) => (ElementType)(value.Type?.TensorType?.ElemType ?? 0);
}

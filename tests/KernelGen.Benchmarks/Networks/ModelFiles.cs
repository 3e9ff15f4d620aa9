using KernelGen.Onnx;
using KernelGen.Onnx.Format;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Networks;

/// <summary>Networks from <c>.onnx</c> and <c>.kgn</c> files.</summary>
internal static class ModelFiles
{
    // The first version of the format in which an initializer need not be an input too.
    private const long ConstantInitializers = 4;

    /// <summary>The files among the given paths and, for folders, all below them, by name.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or no model in it.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths) => [.. paths.SelectMany(path =>
    {
        var found = Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsModel).Order(StringComparer.Ordinal).ToList()
            : File.Exists(path) ? [path] : [];
        return found.Count > 0 ? found : throw new FileNotFoundException($"{path}: no such file, or a folder without .onnx and .kgn files.");
    })];

    /// <param name="shapes">For ONNX inputs whose lengths are open, by name.</param>
    /// <exception cref="InvalidDataException">The file cannot be imported; the message has every reason.</exception>
    /// <exception cref="DescriptionException">It is not a valid description.</exception>
    public static BenchmarkNetwork Read(string path, IReadOnlyDictionary<string, int[]> shapes)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (!IsOnnx(path))
        {
            return new BenchmarkNetwork(name, DescriptionFile.Read(path));
        }

        var model = MessageFile.Read(path, ModelProto.Parser, "ONNX model");
        var inputs = model.Graph.Input.Select(i => i.Name).ToHashSet();
        var own = shapes.Where(s => inputs.Contains(s.Key)).ToDictionary();
        var imported = OnnxImporter.Import(path, new ImportOptions { Shapes = own });
        return imported.Description is { } description
            ? new BenchmarkNetwork(name, description, Original(path, own))
            : throw new InvalidDataException(string.Join(Environment.NewLine, imported.Errors));
    }

    private static bool IsModel(string path) => IsOnnx(path) || path.EndsWith(".kgn", StringComparison.OrdinalIgnoreCase);

    private static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The file itself, as ONNX Runtime runs it best: initializers are no longer inputs, which would keep it from folding
    /// them, and every length of the inputs is fixed.
    /// </summary>
    /// <returns>Null if its weights lie in other files or its inputs or outputs are no 32-bit floats.</returns>
    private static OnnxModel? Original(string path, Dictionary<string, int[]> shapes)
    {
        // With the fields that the importer does not know, which ONNX Runtime does.
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        var graph = model.Graph;
        var constants = graph.Initializer.Select(i => i.Name).ToHashSet();
        var inputs = graph.Input.Where(i => !constants.Contains(i.Name)).ToList();
        if (graph.Initializer.Any(i => i.DataLocation == TensorProto.Types.DataLocation.External)
            || inputs.Concat(graph.Output).Any(v => v.Type?.TensorType?.ElemType != (int)ElementType.Float))
        {
            return null;
        }

        foreach (var input in inputs)
        {
            Fix(input.Type.TensorType, shapes.GetValueOrDefault(input.Name));
        }

        graph.Input.Clear();
        graph.Input.AddRange(inputs);
        model.IrVersion = Math.Max(model.IrVersion, ConstantInitializers);
        return new OnnxModel(
            Google.Protobuf.MessageExtensions.ToByteArray(model),
            [.. inputs.Select(i => (i.Name, i.Type.TensorType.Shape.Dim.Select(d => d.DimValue).ToArray()))],
            [.. graph.Output.Select(o => o.Name)]);
    }

    /// <summary>As the importer does it: an open batch is 1, other open lengths were given.</summary>
    private static void Fix(TypeProto.Types.Tensor tensor, int[]? given)
    {
        var lengths = given ?? [.. tensor.Shape.Dim.Select(d => (int)Math.Max(1, d.DimValue))];
        tensor.Shape = new TensorShapeProto
        {
            Dim = { lengths.Select(length => new TensorShapeProto.Types.Dimension { DimValue = length }) },
        };
    }
}

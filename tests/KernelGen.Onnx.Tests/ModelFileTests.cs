using Google.Protobuf;
using KernelGen.Onnx.Format;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Files that are no models: a clear error, at little cost.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kernelgen-onnx-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains("absent.onnx", FileError(PathOf("absent.onnx")).Message);

    [Fact]
    public void A_folder_is_no_model() => FileError(folder.FullName);

    [Fact]
    public void An_empty_file_is_called_empty() => Assert.Contains("is empty", FileError(Write([])).Message);

    [Theory]
    [InlineData("This is not a model, it is a letter.\n")]
    [InlineData("{ \"format\": \"kernelgen\" }")]
    [InlineData("PK\u0003\u0004")]
    public void Another_format_is_no_model(string text) => FileError(Write(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_model_cut_off_anywhere_is_an_error_or_has_no_outputs_left()
    {
        var bytes = SmallModel().Model.ToByteArray();
        for (var length = 1; length < bytes.Length; length++)
        {
            var result = OnnxImporter.Import(Write(bytes[..length]));
            Assert.True(result.Description is not null ^ result.Errors.Count > 0);
        }
    }

    [Fact]
    public void Groups_nested_a_million_deep_do_not_overflow_the_stack() => FileError(Write(Enumerable.Repeat((byte)0x4b, 1_000_000).ToArray()));

    [Fact]
    public void Millions_of_empty_nodes_are_refused_before_they_are_made()
    {
        // Two bytes each in the file: field 1 of the graph, length 0.
        var nodes = Enumerable.Repeat(new byte[] { 0x0a, 0x00 }, 3_000_000).SelectMany(b => b).ToArray();
        using var file = new MemoryStream();
        using (var output = new CodedOutputStream(file, leaveOpen: true))
        {
            output.WriteTag(ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(nodes));
        }

        var path = Write(file.ToArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than", FileError(path).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32_000_000);
    }

    [Fact]
    public void A_model_without_a_graph_is_an_error() => Assert.Contains("no graph", FileError(Write(new ModelProto { IrVersion = 8 }.ToByteArray())).Message);

    [Fact]
    public void A_graph_without_anything_is_an_error()
    {
        var result = OnnxImporter.Import(Write(new ModelProto { Graph = new GraphProto() }.ToByteArray()));
        Assert.Null(result.Description);
        Assert.Equal(ImportErrorId.Graph, Assert.Single(result.Errors).Id);
    }

    [Fact]
    public void Parts_without_contents_are_errors()
    {
        var model = new ModelProto { Graph = new GraphProto(), OpsetImport = { new OperatorSetIdProto() } };
        model.Graph.Node.Add(new NodeProto());
        model.Graph.Node.Add(new NodeProto { Output = { "" }, Attribute = { new AttributeProto() } });
        model.Graph.Input.Add(new ValueInfoProto());
        model.Graph.Output.Add(new ValueInfoProto());
        model.Graph.Initializer.Add(new TensorProto());
        model.Graph.SparseInitializer.Add(new SparseTensorProto());
        var result = OnnxImporter.Import(Write(model.ToByteArray()));
        Assert.Null(result.Description);
        Assert.NotEmpty(result.Errors);
    }

    [Fact]
    public void Fields_that_are_not_known_are_skipped()
    {
        var bytes = SmallModel().Model.ToByteArray();

        // Field 25 of a model: its functions.
        var result = OnnxImporter.Import(Write([.. bytes, 0xca, 0x01, 0x02, 0x08, 0x01]));
        Assert.Empty(result.Errors);
    }

    [Fact]
    public void The_name_is_the_files_or_the_options()
    {
        var path = Write(SmallModel().Model.ToByteArray());
        Assert.Equal("model", OnnxImporter.Import(path).Description!.Name);
        Assert.Equal("other", OnnxImporter.Import(path, new ImportOptions { Name = "other" }).Description!.Name);
    }

    private static OnnxFile SmallModel() => new OnnxFile()
        .Input("x", 1, 2, 3)
        .Initializer("c", [2], 1f, 2f)
        .Node("Identity", ["x"], ["y"])
        .Node("Identity", ["c"], ["z"])
        .Output("y")
        .Output("z");

    private static ImportError FileError(string path)
    {
        var result = OnnxImporter.Import(path);
        Assert.Null(result.Description);
        var error = Assert.Single(result.Errors);
        Assert.Equal(ImportErrorId.File, error.Id);
        return error;
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);

    private string Write(byte[] bytes)
    {
        File.WriteAllBytes(PathOf("model.onnx"), bytes);
        return PathOf("model.onnx");
    }
}

using System.Text;
using KernelGen.Model;

namespace KernelGen.Cli.Tests;

/// <summary>ONNX files: import, export, and commands that take them as they take descriptions.</summary>
public sealed class OnnxCommandTests : IDisposable
{
    private readonly Workspace workspace = new();
    private readonly string onnx;

    public OnnxCommandTests()
    {
        onnx = workspace.At("net.onnx");
        Tool.Run("export", workspace.Model, "-o", onnx).Succeeded();
    }

    [Fact]
    public void AnExportedModelIsImportedAgain()
    {
        var output = Tool.Run("import", onnx, "-o", workspace.At("again/net.kgn")).Succeeded().Output;
        Assert.Contains("image 1×28×28", output, StringComparison.Ordinal);
        var imported = DescriptionReader.Read(File.ReadAllText(workspace.At("again/net.kgn"))).Description!;
        var image = Enumerable.Range(0, 784).Select(i => MathF.Sin(i)).ToArray();
        var (expected, actual) = (Run(Original(), image), Run(imported, image));
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Theory]
    [InlineData("verify", "--samples", "2")]
    [InlineData("inspect")]
    [InlineData("bench", "--rounds", "3", "--against", "MODEL")]
    public void CommandsTakeOnnxFiles(string command, params string[] options) =>
        Tool.Run([command, onnx, .. options.Select(o => o == "MODEL" ? workspace.Model : o)]).Succeeded();

    [Fact]
    public void ItsCodeIsCompiledAndPacked()
    {
        Tool.Run("compile", onnx, "-o", workspace.At("lib")).Succeeded();
        Assert.True(File.Exists(workspace.At("lib/Net.dll")));
        Tool.Run("pack", onnx, "-o", workspace.At("packages"), "--id", "Acme.Net").Succeeded();
        using var package = System.IO.Compression.ZipFile.OpenRead(workspace.At("packages/Acme.Net.1.0.0.nupkg"));
        Assert.NotNull(package.GetEntry("model/net.kgn"));
    }

    [Fact]
    public void EvaluateTakesTheMeaningOfPixels()
    {
        var expected = Tool.Run("evaluate", workspace.Model, "--json").Json().GetProperty("errors").GetInt32();
        Assert.Equal(expected, Tool.Run("evaluate", onnx, "--preprocess", "0..1:0.5/1", "--json").Json().GetProperty("errors").GetInt32());

        var run = Tool.Run("evaluate", onnx);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--preprocess", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void EverythingThatIsNotSupportedIsNamedAndNothingWritten()
    {
        var bytes = Encoding.Latin1.GetString(File.ReadAllBytes(onnx));
        var broken = workspace.At("broken.onnx");
        var text = bytes.Replace("MaxPool", "MaxPoox", StringComparison.Ordinal).Replace("\u0004Relu", "\u0004Relx", StringComparison.Ordinal);
        File.WriteAllBytes(broken, Encoding.Latin1.GetBytes(text));

        var run = Tool.Run("import", broken, "-o", workspace.At("none.kgn"));

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.False(File.Exists(workspace.At("none.kgn")));
        Assert.Contains("MaxPoox", run.Error, StringComparison.Ordinal);
        Assert.Contains("Relx", run.Error, StringComparison.Ordinal);
        Assert.All(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => Assert.Matches(@"^.*broken\.onnx: error KG02\d\d: ", l));
    }

    [Fact]
    public void ShapesAreForOnnxFiles()
    {
        var refused = Tool.Run("inspect", workspace.Model, "--shape", "image=1x1x28x28");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--shape is for .onnx files", refused.Error, StringComparison.Ordinal);
        Tool.Run("inspect", onnx, "--shape", "image=1x1x28x28").Succeeded();
        Tool.Run("bench", workspace.Model, "--against", onnx, "--shape", "image=1x1x28x28", "--rounds", "3").Succeeded();
        Assert.Equal(2, Tool.Run("bench", workspace.Model, "--against", workspace.Model, "--shape", "image=1x1x28x28").ExitCode);
    }

    [Theory]
    [InlineData("import")]
    [InlineData("export")]
    public void AModelIsNotOverwrittenByWhatIsMadeOfIt(string command)
    {
        var before = File.ReadAllBytes(onnx);
        var run = Tool.Run(command, onnx, "-o", onnx);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("overwritten", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(onnx));
    }

    [Theory]
    [InlineData("--layers and --vectors exclude each other", "--vectors", "vectors", "--layers")]
    [InlineData("is for --vectors", "--absolute", "1")]
    public void OptionsThatVerifyWouldNotHeedAreRefused(string message, params string[] options)
    {
        var run = Tool.Run(["verify", onnx, .. options]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("net.")]
    public void VerifyComparesEveryEngineWithStoredOutputs(string prefix)
    {
        var image = Enumerable.Range(0, 784).Select(i => MathF.Cos(i)).ToArray();
        var scores = Run(Original(), image);
        var folder = Directory.CreateDirectory(workspace.At("vectors/test_data_set_0")).FullName;
        Write(Path.Combine(folder, prefix + "input.npy"), "(1, 1, 28, 28)", image);
        Write(Path.Combine(folder, prefix + "output_0.npy"), "(1, 10)", scores);

        string[] command = ["verify", onnx, "--vectors", workspace.At("vectors"), "--targets", "256,128,scalar", "--json"];
        var json = Tool.Run(command).Json();
        Assert.Equal(
            ["interpreter", "generated, 256", "generated, 128", "generated, scalar"],
            json.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("engine").GetString()!));

        scores[3] += 1;
        Write(Path.Combine(folder, prefix + "output_0.npy"), "(1, 10)", scores);
        Assert.Equal(1, Tool.Run(command).ExitCode);
        Assert.Equal(0, Tool.Run([.. command, "--absolute", "1.001"]).ExitCode);

        Write(Path.Combine(folder, prefix + "output_0.npy"), "(1, 5)", scores[..5]);
        var refused = Tool.Run(command);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("output_0.npy holds 5 values", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void VectorsThatAreNotThereAreSaid()
    {
        var run = Tool.Run("verify", onnx, "--vectors", Path.GetDirectoryName(onnx)!);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("input_0.pb", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void PruneNeedsTheMeaningOfPixelsForWeightsThatAreKept()
    {
        var run = Tool.Run("prune", "--model", onnx, "-o", workspace.At("out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("net.onnx does not say", run.Error, StringComparison.Ordinal);
        Assert.Contains("--preprocess", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => workspace.Dispose();

    private NetworkDescription Original() => DescriptionReader.Read(File.ReadAllText(workspace.Model)).Description!;

    private static float[] Run(NetworkDescription network, float[] image) => Interpreter.Run(NetworkGraph.Create(network), [image])[0];

    private static void Write(string path, string shape, float[] values)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n";
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
        writer.Write((ushort)header.Length);
        writer.Write(Encoding.Latin1.GetBytes(header));
        Array.ForEach(values, writer.Write);
    }
}

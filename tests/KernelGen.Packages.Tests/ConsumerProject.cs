using System.Reflection;
using System.Runtime.InteropServices;
using KernelGen.Model;
using KernelGen.Onnx;
using KernelGen.Onnx.Format;
using KernelGen.Tests;
using KernelGen.Tests.Shared;

namespace KernelGen.Packages.Tests;

/// <summary>The tests of the package share one consumer, so they run one after the other.</summary>
[CollectionDefinition(nameof(ConsumerProject))]
public sealed class ConsumerCollection : ICollectionFixture<ConsumerProject>;

/// <summary>Packs KernelGen, and builds consumers of that package in a temporary folder.</summary>
public sealed class ConsumerProject : IAsyncLifetime
{
    /// <summary>Two ONNX files have this name, in different folders.</summary>
    public const string OnnxName = "my classifier.onnx";

    /// <summary>What the sum of the model of two inputs is multiplied with.</summary>
    public const float Scale = 0.75f;

    private const string WideDataName = "scale of sums.bin";

    private static readonly string Configuration =
        typeof(ConsumerProject).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    // Never the same twice: a package of an earlier run must not be taken for this one.
    private readonly string version = "0.0.0-test." + Guid.NewGuid().ToString("N");

    private readonly string root = Directory.CreateTempSubdirectory("kernelgen-packages-").FullName;

    /// <summary>Folder of the consumer that every test may read; it has been built once.</summary>
    public string Folder { get; private set; } = string.Empty;

    /// <summary>The assembly that was built.</summary>
    public string Assembly => Path.Combine(Folder, "bin", "Release", "net10.0", "Consumer.dll");

    /// <summary>The packed package.</summary>
    public string Package => Path.Combine(root, "feed", $"KernelGen.{version}.nupkg");

    public async Task InitializeAsync()
    {
        var repository = RepositoryRoot();
        var pack = await Command.DotNet(
            repository,
            ["pack", "generators/KernelGen.Generators", "--no-build", "-c", Configuration, "-o", Path.Combine(root, "feed"), "-p:PackageVersion=" + version]);
        pack.AssertSuccess();
        Folder = Create(repository, "Consumer");
        (await Build(Folder)).AssertSuccess();
    }

    public Task DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A consumer of its own, not yet built.</summary>
    public string CreateAnother(string name) => Create(RepositoryRoot(), name);

    internal Task<CommandResult> Build(string folder, params string[] arguments) => DotNet("build", folder, arguments);

    /// <summary>Runs one of the commands that build.</summary>
    internal Task<CommandResult> DotNet(string command, string folder, params string[] arguments) =>
        Command.DotNet(folder, [command, "-c", "Release", "-nologo", "--disable-build-servers", "-p:KernelGenVersion=" + version, .. arguments]);

    /// <summary>Writes the file that the consumer reads, and returns its path.</summary>
    public async Task<string> WriteInput()
    {
        var file = Path.Combine(Folder, "input.bin");
        await File.WriteAllBytesAsync(file, MemoryMarshal.AsBytes(ConsumerOutput.Input.AsSpan()).ToArray());
        return file;
    }

    /// <summary>Writes a network as an ONNX file.</summary>
    public static void WriteOnnx(string path, NetworkDescription network)
    {
        using var file = File.Create(path);
        OnnxExporter.Export(network, file);
    }

    /// <summary>Writes a model of two inputs of open size, whose sum is multiplied with a number that lies in a file beside the model.</summary>
    public static void WriteWide(string path, float scale)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        WriteWideData(path, scale);
        var external = new TensorProto
        {
            Name = "scale",
            Dims = { 1 },
            DataType = (int)ElementType.Float,
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = WideDataName } },
        };
        new OnnxFile()
            .Input("left", 1, 2, -1, -1)
            .Input("right", 1, 2, -1, -1)
            .Initializer(external)
            .Node("Add", ["left", "right"], ["sum"])
            .Node("Mul", ["sum", "scale"], ["scaled"])
            .Output("scaled")
            .Write(path);
    }

    /// <summary>Writes the file beside that model.</summary>
    public static void WriteWideData(string path, float scale) =>
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, WideDataName), BitConverter.GetBytes(scale));

    /// <summary>Copies the committed files and adds networks and the feed.</summary>
    private string Create(string repository, string name)
    {
        var source = Path.Combine(repository, "tests", "KernelGen.Packages.Tests", "Consumer");
        var target = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        var networks = Directory.CreateDirectory(Path.Combine(target, "nets")).FullName;
        foreach (var network in new[] { "classifier", "strided" })
        {
            File.WriteAllText(Path.Combine(networks, network + ".kgn"), DescriptionWriter.Write(SmallNetworks.All[network]));
        }

        WriteOnnx(Path.Combine(networks, OnnxName), SmallNetworks.All["classifier"]);
        WriteWide(Path.Combine(networks, "wide", OnnxName), Scale);
        return target;
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernelGen.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("KernelGen.sln is in no folder above the tests.");
        }

        return folder;
    }
}

using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using System.Xml.Linq;
using KernelGen.Compiler;
using KernelGen.Tests.Shared;

namespace KernelGen.Runtime.Tests;

public class NetworkAssemblyTests
{
    private static readonly CompilerOptions Options = new() { Namespace = "My.Networks", ClassName = "Fashion" };
    private static readonly EmittedAssembly LeNet = NetworkAssembly.Emit(
        NetworkCases.Named("LeNet-5").Description, Options, "My.Fashion", new Version(1, 2, 3, 0));

    private delegate void Preprocess(ReadOnlySpan<byte> bytes, Span<float> input);

    [Fact]
    public void It_references_the_framework_alone()
    {
        using var image = new PEReader(new MemoryStream(LeNet.Assembly));
        var metadata = image.GetMetadataReader();
        var references = metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name)).ToList();

        // System.Private.* would tie it to one version of the runtime and could not be compiled against.
        Assert.Contains("System.Runtime", references);
        Assert.All(references, r => Assert.Matches(@"^System\.(?!Private)", r));
    }

    [Fact]
    public void It_has_the_given_name_and_version()
    {
        using var image = new PEReader(new MemoryStream(LeNet.Assembly));
        var metadata = image.GetMetadataReader();

        Assert.Equal("My.Fashion", metadata.GetString(metadata.GetAssemblyDefinition().Name));
        Assert.Equal(new Version(1, 2, 3, 0), metadata.GetAssemblyDefinition().Version);
    }

    [Fact]
    public void The_same_network_gives_the_same_bytes()
    {
        var again = NetworkAssembly.Emit(NetworkCases.Named("LeNet-5").Description, Options, "My.Fashion", new Version(1, 2, 3, 0));

        Assert.Equal(LeNet.Assembly, again.Assembly);
        Assert.Equal(LeNet.XmlDocs, again.XmlDocs);
        Assert.Equal(LeNet.Source, again.Source);
    }

    [Fact]
    public void It_documents_its_public_members()
    {
        var docs = XDocument.Load(new MemoryStream(LeNet.XmlDocs));
        var members = docs.Descendants("member").Select(m => (string)m.Attribute("name")!).ToList();

        Assert.Contains("T:My.Networks.Fashion", members);
        Assert.Contains(members, m => m.StartsWith("M:My.Networks.Fashion.Run(", StringComparison.Ordinal));
    }

    [Fact]
    public void Preprocessing_scales_bytes_map_by_map()
    {
        var plain = NetworkCases.Named("labels and preprocessing").Description;
        var emitted = NetworkAssembly.Emit(plain, Options, "Preprocessed");
        var context = new AssemblyLoadContext("Preprocessed", isCollectible: true);
        var type = context.LoadFromStream(new MemoryStream(emitted.Assembly)).GetType("My.Networks.Fashion")!;
        var preprocess = type.GetMethod("Preprocess")!.CreateDelegate<Preprocess>();
        var given = plain.Inputs[0];
        var bytes = new byte[given.Shape.Length];
        new Random(3).NextBytes(bytes);
        var input = new float[bytes.Length];

        preprocess(bytes, input);

        var perMap = bytes.Length / given.Shape.Maps;
        var expected = bytes.Select((b, i) => (b * given.Preprocessing!.Scale[i / perMap]) + given.Preprocessing.Offset[i / perMap]).ToArray();
        Assert.True(OutputComparison.Compare("input", expected, input).IsWithin(1e-6));
        Assert.Throws<ArgumentException>(() => preprocess(new byte[bytes.Length - 1], input));
        Assert.Throws<ArgumentException>(() => preprocess(bytes, new float[bytes.Length + 1]));
        context.Unload();
    }

    [Fact]
    public void Code_that_does_not_compile_is_an_internal_error_with_its_place()
    {
        var broken = new CompiledSource("public sealed class Network\n{\n    int x = nothing;\n}\n", new NetworkPlan([], 0, 0));

        var exception = Assert.Throws<GeneratedCodeException>(() => NetworkAssembly.Emit(broken, "Broken"));

        Assert.Contains("Internal error", exception.Message, StringComparison.Ordinal);
        Assert.Contains("(3,13)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_warning_in_generated_code_is_an_error()
    {
        var unused = new CompiledSource("/// <summary>Text.</summary>\npublic sealed class Network\n{\n    private int x;\n}\n", new NetworkPlan([], 0, 0));

        Assert.Throws<GeneratedCodeException>(() => NetworkAssembly.Emit(unused, "Unused"));
    }

    [Fact]
    public void Graphs_of_every_form_compile_with_documentation_and_no_warning()
    {
        Parallel.ForEach(GraphCases.All(), c =>
            Assert.NotEmpty(NetworkAssembly.Emit(c.Description, new CompilerOptions { Targets = [TargetNames.Vector256] }, "Case").Assembly));
    }
}

using System.Xml.Linq;

namespace KernelGen.Model.Tests;

/// <summary>
/// Imports point one way: Model ← Compiler ← {Generators, Runtime} ← Search ← Cli, and Model ← Onnx ← {Import, Search, Cli}.
/// The package that Generators is packed into carries Import, a program of its own; Import links one file of Runtime.
/// </summary>
public class ArchitectureTests
{
    /// <summary>What each part may use.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["KernelGen.Model"] = [],
        ["KernelGen.Compiler"] = ["KernelGen.Model"],
        ["KernelGen.Onnx"] = ["KernelGen.Model"],
        ["KernelGen.Import"] = ["KernelGen.Model", "KernelGen.Onnx", "KernelGen.Runtime"],
        ["KernelGen.Generators"] = ["KernelGen.Model", "KernelGen.Compiler", "KernelGen.Import"],
        ["KernelGen.Runtime"] = ["KernelGen.Model", "KernelGen.Compiler"],
        ["KernelGen.Search"] = ["KernelGen.Model", "KernelGen.Compiler", "KernelGen.Runtime", "KernelGen.Onnx"],
        ["KernelGen.Cli"] = ["KernelGen.Model", "KernelGen.Compiler", "KernelGen.Runtime", "KernelGen.Onnx", "KernelGen.Search"],
    };

    [Fact]
    public void Imports_point_one_way()
    {
        var violations = ProductProjects()
            .SelectMany(p => References(p).Select(r => (From: Name(p), To: r)))
            .Where(r => r.From != r.To && !Allowed[r.From].Contains(r.To))
            .Select(r => $"{r.From} must not use {r.To}");
        Assert.Empty(violations);
    }

    [Fact]
    public void Every_part_is_known_to_this_test() =>
        Assert.Empty(ProductProjects().Select(Name).Except(Allowed.Keys));

    [Fact]
    public void The_compiler_uses_the_model() =>
        Assert.Contains("KernelGen.Model", References(ProductProjects().Single(p => Name(p) == "KernelGen.Compiler")));

    [Fact]
    public void Model_and_compiler_need_nothing_beyond_what_roslyn_brings()
    {
        string[] brought = ["PolySharp", "System.Memory", "System.Collections.Immutable"];
        var surplus = ProductProjects()
            .Where(p => Name(p) is "KernelGen.Model" or "KernelGen.Compiler")
            .SelectMany(p => Items(p, "PackageReference"))
            .Except(brought);
        Assert.Empty(surplus);
    }

    private static IEnumerable<string> ProductProjects() =>
        new[] { "runtime", "generators", "search" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.csproj", SearchOption.AllDirectories));

    private static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    /// <summary>The parts that a project uses: those it references and those whose sources it links.</summary>
    private static IEnumerable<string> References(string project) =>
        Items(project, "ProjectReference").Select(Name)
            .Concat(Items(project, "Compile")
                .SelectMany(i => i.Split('/'))
                .Where(Allowed.ContainsKey))
            .Distinct();

    private static IEnumerable<string> Items(string project, string item) =>
        XDocument.Load(project)
            .Descendants()
            .Where(e => e.Name.LocalName == item)
            .Select(e => (string?)e.Attribute("Include"))
            .OfType<string>()
            .Select(i => i.Replace('\\', '/'));
}

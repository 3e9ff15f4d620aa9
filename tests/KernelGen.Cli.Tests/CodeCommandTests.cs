using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace KernelGen.Cli.Tests;

/// <summary>emit, compile and pack.</summary>
public sealed class CodeCommandTests : IDisposable
{
    private readonly Workspace workspace = new();

    [Fact]
    public void CompileGivesTheSameBytesTwice()
    {
        foreach (var folder in new[] { "a", "b" })
        {
            Tool.Run("compile", workspace.Model, "-o", workspace.At(folder), "--class", "Tiny", "--namespace", "Acme.Nets").Succeeded();
        }

        foreach (var file in new[] { "Tiny.cs", "Tiny.dll", "Tiny.xml" })
        {
            Assert.Equal(File.ReadAllBytes(workspace.At("a/" + file)), File.ReadAllBytes(workspace.At("b/" + file)));
        }

        Assert.Equal(3, Directory.GetFiles(workspace.At("a")).Length);
        var source = File.ReadAllText(workspace.At("a/Tiny.cs"));
        Assert.Contains("namespace Acme.Nets", source, StringComparison.Ordinal);
        Assert.Contains("class Tiny", source, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', source);
    }

    [Fact]
    public void TheAssemblyReferencesTheFrameworkOnly()
    {
        Tool.Run("compile", workspace.Model, "-o", workspace.At("lib")).Succeeded();
        AssertReferencesSystemOnly(File.ReadAllBytes(workspace.At("lib/Tiny2.dll")));
    }

    [Fact]
    public void EmitWritesWhatCompileWrites()
    {
        Tool.Run("emit", workspace.Model, "-o", workspace.At("e")).Succeeded();
        Tool.Run("compile", workspace.Model, "-o", workspace.At("c")).Succeeded();
        Assert.Equal(File.ReadAllBytes(workspace.At("c/Tiny2.cs")), File.ReadAllBytes(workspace.At("e/Tiny2.cs")));
    }

    [Fact]
    public void EmitTakesTargetsAndSchedule()
    {
        Tool.Run("emit", workspace.Model, "-o", workspace.At("all")).Succeeded();
        Tool.Run("emit", workspace.Model, "-o", workspace.At("one"), "--targets", "scalar", "--schedule", "loop").Succeeded();
        var (all, one) = (File.ReadAllText(workspace.At("all/Tiny2.cs")), File.ReadAllText(workspace.At("one/Tiny2.cs")));
        Assert.True(one.Length < all.Length);
        Assert.Contains("Vector512<", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Vector512<", one, StringComparison.Ordinal);
    }

    [Fact]
    public void PackMakesAPackageWithoutDependencies()
    {
        Tool.Run("pack", workspace.Model, "-o", workspace.At("p"), "--id", "Acme.Tiny", "--version", "2.1.0", "--authors", "Acme").Succeeded();
        using var package = ZipFile.OpenRead(workspace.At("p/Acme.Tiny.2.1.0.nupkg"));
        var names = package.Entries.Select(e => e.FullName).ToList();
        Assert.Contains("lib/net10.0/Tiny2.xml", names);
        Assert.Contains("model/tiny-2.kgn", names);
        Assert.Contains("README.md", names);
        AssertReferencesSystemOnly(Read(package, "lib/net10.0/Tiny2.dll"));
        Assert.Equal(File.ReadAllBytes(workspace.Model), Read(package, "model/tiny-2.kgn"));

        var specification = XDocument.Load(new MemoryStream(Read(package, "Acme.Tiny.nuspec")));
        string? Value(string name) => specification.Descendants().SingleOrDefault(e => e.Name.LocalName == name)?.Value;
        Assert.Equal("Acme.Tiny", Value("id"));
        Assert.Equal("2.1.0", Value("version"));
        Assert.Equal("Acme", Value("authors"));
        Assert.DoesNotContain(specification.Descendants(), e => e.Name.LocalName == "dependency");
    }

    [Theory]
    [InlineData("compile", "--class", "9lives", "9lives")]
    [InlineData("compile", "--class", "class", "'class'")]
    [InlineData("emit", "--namespace", "A..B", "A..B")]
    [InlineData("emit", "--targets", "513", "513")]
    [InlineData("emit", "--unroll-budget", "-1", "-1")]
    [InlineData("compile", "--unroll-budget", "many", "many")]
    [InlineData("pack", "--version", "one", "one")]
    [InlineData("pack", "--id", "a b", "a b")]
    public void ImpossibleNamesAreRefused(string command, string option, string value, string named)
    {
        var run = Tool.Run(command, workspace.Model, "-o", workspace.At("none"), option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(option, run.Error, StringComparison.Ordinal);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("none")));
    }

    public void Dispose() => workspace.Dispose();

    private static byte[] Read(ZipArchive package, string name)
    {
        using var stream = package.GetEntry(name)!.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static void AssertReferencesSystemOnly(byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        var metadata = file.GetMetadataReader();
        var references = metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name)).ToList();
        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.StartsWith("System", r, StringComparison.Ordinal));
    }
}

using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace KernelGen.Packages.Tests;

[Collection(nameof(ConsumerProject))]
public sealed class Test_Package(ConsumerProject consumer)
{
    [Fact]
    public void HoldsTheGeneratorAndTheImporterAndDependsOnNothing()
    {
        using var package = ZipFile.OpenRead(consumer.Package);
        var files = package.Entries.Select(e => e.FullName).ToList();
        using var reader = new StreamReader(package.GetEntry("KernelGen.nuspec")!.Open());
        var nuspec = reader.ReadToEnd();

        Assert.Equal(["analyzers/dotnet/cs/KernelGen.Generators.dll"], files.Where(f => f.StartsWith("analyzers/", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "tools/net10.0/Google.Protobuf.dll", "tools/net10.0/KernelGen.Import.dll", "tools/net10.0/KernelGen.Import.runtimeconfig.json",
                "tools/net10.0/KernelGen.Model.dll", "tools/net10.0/KernelGen.Onnx.dll", "tools/net10.0/System.CommandLine.dll",
                "tools/net10.0/THIRD-PARTY-NOTICES.txt",
            ],
            files.Where(f => f.StartsWith("tools/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(files, f => f.StartsWith("lib/", StringComparison.Ordinal));
        Assert.All(
            new[] { "build", "buildTransitive" }.SelectMany(f => new[] { f + "/KernelGen.props", f + "/KernelGen.targets", f + "/KernelGen.Import.targets" }),
            f => Assert.Contains(f, files));
        Assert.All(new[] { "README.md", "LICENSE" }, f => Assert.Contains(f, files));
        Assert.Contains("<developmentDependency>true</developmentDependency>", nuspec, StringComparison.Ordinal);
        Assert.Contains("<license type=\"expression\">MIT</license>", nuspec, StringComparison.Ordinal);
        Assert.DoesNotContain("<dependenc", nuspec, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConsumerAgreesWithTheReferenceAndAllocatesNothing()
    {
        var run = await Command.DotNet(consumer.Folder, consumer.Assembly, await consumer.WriteInput());

        ConsumerOutput.AssertAgrees(run, out _);
    }

    [Theory]
    [InlineData("Consumer.Networks.Classifier.", "256, scalar")]
    [InlineData("Consumer.Networks.Imported.", "256, scalar")]
    [InlineData("Consumer.Strided.", "512, 256, scalar")]
    public void OptionsArriveWhole(string source, string targets)
    {
        var files = Directory.EnumerateFiles(Path.Combine(consumer.Folder, "obj"), source + "*.g.cs", SearchOption.AllDirectories);

        Assert.Contains("; targets: " + targets + "\n", File.ReadAllText(Assert.Single(files)), StringComparison.Ordinal);
    }

    [Fact]
    public void ConsumerReferencesTheFrameworkOnly()
    {
        using var file = new PEReader(File.OpenRead(consumer.Assembly));
        var metadata = file.GetMetadataReader();
        var references = metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name)).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.StartsWith("System.", r, StringComparison.Ordinal));
        Assert.Equal(["Consumer.dll"], Directory.EnumerateFiles(Path.GetDirectoryName(consumer.Assembly)!, "*.dll").Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public async Task OnlyAnEditBuildsAgainAndItsErrorsHaveTheirPlace()
    {
        var time = File.GetLastWriteTimeUtc(consumer.Assembly);
        (await consumer.Build(consumer.Folder, "--no-restore")).AssertSuccess();
        Assert.Equal(time, File.GetLastWriteTimeUtc(consumer.Assembly));

        var file = Path.Combine(consumer.Folder, "nets", "classifier.kgn");
        var intact = File.ReadAllText(file);
        File.WriteAllText(file, "{\n  !");
        var damaged = await consumer.Build(consumer.Folder, "--no-restore");
        File.WriteAllText(file, intact);

        Assert.NotEqual(0, damaged.ExitCode);
        Assert.Contains(file + "(2,3): error KG0001", damaged.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOlderFrameworkIsAClearError()
    {
        var folder = consumer.CreateAnother("Older");

        // Without the framework's reference assemblies, which this machine may not have: the check comes before them.
        var build = await consumer.Build(folder, "-p:TargetFramework=net8.0", "-p:DisableImplicitFrameworkReferences=true");

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains(
            "error KG0106: KernelGen generates code for .NET 10 or later, but this project targets net8.0. Set its TargetFramework to net10.0.",
            build.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("error CS", build.Output, StringComparison.Ordinal);
    }
}

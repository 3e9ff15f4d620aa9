using KernelGen.Tests;
using KernelGen.Tests.Shared;

namespace KernelGen.Packages.Tests;

/// <summary>ONNX files among the models of a project: imported by its build.</summary>
[Collection(nameof(ConsumerProject))]
public sealed class Test_OnnxItems(ConsumerProject consumer)
{
    private const string Importing = "KernelGen: importing ";

    private string Classifier => Path.Combine(consumer.Folder, "nets", ConsumerProject.OnnxName);

    private string Wide => Path.Combine(consumer.Folder, "nets", "wide", ConsumerProject.OnnxName);

    [Fact]
    public async Task NothingIsImportedAgainUntilSomethingChanges()
    {
        // Whatever another test has left.
        (await Build()).AssertSuccess();
        Assert.Empty(Imported(await Build()));

        // The same model, written again: imported, but nothing that depends on it is built.
        var time = File.GetLastWriteTimeUtc(consumer.Assembly);
        ConsumerProject.WriteOnnx(Classifier, SmallNetworks.All["classifier"]);
        Assert.Equal(["nets/my classifier.onnx"], Imported(await Build()));
        Assert.Equal(time, File.GetLastWriteTimeUtc(consumer.Assembly));

        // Data beside the other model.
        ConsumerProject.WriteWideData(Wide, 2 * ConsumerProject.Scale);
        Assert.Equal(["nets/wide/my classifier.onnx"], Imported(await Build()));
        Assert.NotEqual(time, File.GetLastWriteTimeUtc(consumer.Assembly));
        ConsumerProject.WriteWideData(Wide, ConsumerProject.Scale);
        (await Build()).AssertSuccess();

        // Its metadata.
        var project = Path.Combine(consumer.Folder, "Consumer.csproj");
        var text = File.ReadAllText(project);
        File.WriteAllText(project, text.Replace("right=1x2x4x6", "right=1x2x1x1", StringComparison.Ordinal));
        var changed = await Build();
        File.WriteAllText(project, text);
        Assert.Equal(["nets/wide/my classifier.onnx"], Imported(changed));
        (await Build()).AssertSuccess();

        Assert.Empty(Imported(await Build()));
    }

    [Fact]
    public async Task WhatIsNotSupportedIsABuildErrorThatNamesFileAndNodeAndComesAlone()
    {
        new OnnxFile().Input("x", 1, 3).Node("Relu", ["x"], ["y"]).Node("Frobnicate", ["y"], ["z"]).Output("z").Write(Classifier);
        var unsupported = await Build();
        ConsumerProject.WriteOnnx(Classifier, SmallNetworks.All["classifier"]);

        Assert.NotEqual(0, unsupported.ExitCode);
        Assert.Contains($"{Classifier}(1,1): error KG0203: node 'Frobnicate_1' (Frobnicate): ", unsupported.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error CS", unsupported.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error MSB", unsupported.Output, StringComparison.Ordinal);
        (await Build()).AssertSuccess();
    }

    [Fact]
    public async Task CleaningRemovesWhatWasImported()
    {
        var folder = Path.Combine(consumer.Folder, "obj", "Release", "net10.0", "kernelgen");
        (await Build()).AssertSuccess();
        Assert.Equal(2, Directory.EnumerateFiles(folder, "my classifier.kgn", SearchOption.AllDirectories).Count());

        (await Build("-t:Clean")).AssertSuccess();

        Assert.Empty(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
        (await Build()).AssertSuccess();
    }

    private Task<CommandResult> Build(params string[] arguments) => consumer.Build(consumer.Folder, ["--no-restore", .. arguments]);

    private static IEnumerable<string> Imported(CommandResult build) => build.Output
        .Split('\n')
        .Select(l => l.Trim())
        .Where(l => l.StartsWith(Importing, StringComparison.Ordinal))
        .Select(l => l[Importing.Length..]);
}

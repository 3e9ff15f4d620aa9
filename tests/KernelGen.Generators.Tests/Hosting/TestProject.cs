using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace KernelGen.Generators.Tests;

/// <summary>A consumer's project as the generator sees it.</summary>
internal sealed record TestProject
{
    public const string Directory = "/repo/app";

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, DocumentationMode.Diagnose);

    private static readonly ImmutableArray<MetadataReference> References = FrameworkReferences();

    public ImmutableArray<TestFile> Files { get; init; } = [];

    /// <summary>C# sources: path and text.</summary>
    public ImmutableArray<(string Path, string Text)> Sources { get; init; } = [];

    /// <summary>MSBuild properties beside <c>ProjectDir</c> and <c>RootNamespace</c>.</summary>
    public ImmutableDictionary<string, string> Properties { get; init; } = ImmutableDictionary<string, string>.Empty;

    public static TestProject With(params TestFile[] files) => new() { Files = [.. files] };

    public TestProject WithSource(string text, string path = Directory + "/Source.cs") => this with { Sources = Sources.Add((path, text)) };

    public TestProject WithProperty(string name, string value) => this with { Properties = Properties.Add(name, value) };

    public CSharpCompilation CreateCompilation() => CSharpCompilation.Create(
        "Consumer",
        Sources.Select(s => Parse(s.Path, s.Text)),
        References,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            warningLevel: 9999,
            nullableContextOptions: NullableContextOptions.Enable,
            optimizationLevel: OptimizationLevel.Release,
            deterministic: true));

    public static SyntaxTree Parse(string path, string text) =>
        CSharpSyntaxTree.ParseText(SourceText.From(text), ParseOptions, path);

    public GeneratorDriver CreateDriver() => CSharpGeneratorDriver.Create(
        [new KernelModelGenerator().AsSourceGenerator()],
        Files.Select(f => f.ToAdditionalText()),
        ParseOptions,
        new TestOptionsProvider(this),
        new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    public Generation Generate()
    {
        var driver = CreateDriver().RunGeneratorsAndUpdateCompilation(CreateCompilation(), out var compilation, out _);
        return new Generation(driver.GetRunResult().Results.Single(), compilation);
    }

    // The framework that the tests run on: the platform's own assemblies, without packages.
    private static ImmutableArray<MetadataReference> FrameworkReferences()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        return [.. assemblies.Where(a => Path.GetDirectoryName(a) == folder).Select(a => MetadataReference.CreateFromFile(a))];
    }
}

/// <summary>One additional file with its item's metadata.</summary>
/// <param name="Path">Relative to the project's folder, or absolute.</param>
internal sealed record TestFile(string Path, string? Text)
{
    /// <summary>Metadata of a <c>KernelGenModel</c> item; without it, a file for <c>[KernelModel]</c> only.</summary>
    public ImmutableDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string FullPath => Path.StartsWith('/') ? Path : TestProject.Directory + "/" + Path;

    /// <summary>A <c>KernelGenModel</c> item.</summary>
    public static TestFile Model(string path, string? text, params (string Name, string Value)[] metadata) =>
        new(path, text)
        {
            Metadata = metadata.Append(("KernelGenModel", "true")).ToImmutableDictionary(m => m.Item1, m => m.Item2),
        };

    public AdditionalText ToAdditionalText() => new TextFile(FullPath, Text);

    private sealed class TextFile(string path, string? text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText? GetText(CancellationToken cancellationToken = default) =>
            text is null ? null : SourceText.From(text);
    }
}

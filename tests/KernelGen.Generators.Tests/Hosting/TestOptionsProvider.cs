using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KernelGen.Generators.Tests;

/// <summary>Hands properties and metadata to the generator as MSBuild's generated editorconfig does.</summary>
internal sealed class TestOptionsProvider : AnalyzerConfigOptionsProvider
{
    private readonly Dictionary<string, Options> items;

    public TestOptionsProvider(TestProject project)
    {
        GlobalOptions = new Options("build_property.", project.Properties
            .Add("ProjectDir", TestProject.Directory + "/")
            .Add("RootNamespace", "App"));
        items = project.Files.ToDictionary(f => f.FullPath, f => new Options("build_metadata.AdditionalFiles.", f.Metadata));
    }

    public override AnalyzerConfigOptions GlobalOptions { get; }

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => items[textFile.Path];

    private sealed class Options(string prefix, ImmutableDictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = null;
            return key.StartsWith(prefix, StringComparison.Ordinal) && values.TryGetValue(key[prefix.Length..], out value);
        }
    }
}

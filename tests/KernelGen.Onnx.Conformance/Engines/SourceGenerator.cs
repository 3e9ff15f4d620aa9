extern alias generators;

using System.Diagnostics.CodeAnalysis;
using KernelGen.Compiler;
using KernelGen.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KernelGen.Onnx.Conformance;

/// <summary>Networks through the source generator, as a consumer's build runs it.</summary>
internal static class SourceGenerator
{
    /// <summary>The generated class, by way of the text of a description file.</summary>
    /// <exception cref="InvalidOperationException">The generator reported something or gave no class.</exception>
    public static string Generate(NetworkDescription description, CompilerOptions options)
    {
        var file = new DescriptionText(DescriptionWriter.Write(description));
        var driver = CSharpGeneratorDriver.Create(
            [new generators::KernelGen.Generators.KernelModelGenerator().AsSourceGenerator()], [file], optionsProvider: new Metadata(options));
        var result = driver.RunGenerators(CSharpCompilation.Create("Consumer")).GetRunResult().Results.Single();
        if (result.Exception is not null || !result.Diagnostics.IsEmpty)
        {
            throw new InvalidOperationException($"The generator: {result.Exception?.Message ?? result.Diagnostics[0].GetMessage(null)}");
        }

        // The last source; the others define the attribute.
        return result.GeneratedSources[^1].SourceText.ToString();
    }

    private sealed class DescriptionText(string text) : AdditionalText
    {
        public override string Path => "/consumer/network.kgn";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    /// <summary>The metadata of a <c>KernelGenModel</c> item.</summary>
    private sealed class Metadata(CompilerOptions options) : AnalyzerConfigOptionsProvider
    {
        private readonly Item item = new(new Dictionary<string, string>
        {
            ["build_metadata.AdditionalFiles.KernelGenModel"] = "true",
            ["build_metadata.AdditionalFiles.Class"] = options.ClassName,
            ["build_metadata.AdditionalFiles.Namespace"] = options.Namespace,
            ["build_metadata.AdditionalFiles.Targets"] = string.Join(",", options.Targets),
        });

        public override AnalyzerConfigOptions GlobalOptions { get; } = new Item([]);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => item;
    }

    private sealed class Item(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
    }
}

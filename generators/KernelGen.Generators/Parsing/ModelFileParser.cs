using KernelGen.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KernelGen.Generators;

/// <summary>Reads description files.</summary>
internal static class ModelFileParser
{
    public const string Extension = ".kgn";

    public static bool IsModelFile(AdditionalText file) => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    public static ModelFile Read((AdditionalText File, AnalyzerConfigOptionsProvider Options) pair, CancellationToken cancellation) =>
        new(
            OptionsParser.ReadItem(pair.File.Path, pair.Options.GetOptions(pair.File)),
            pair.File.GetText(cancellation)?.ToString());

    /// <summary>The network of a file, if the plan has a use for it.</summary>
    public static ParsedNetwork Parse((ModelFile File, GenerationPlan Plan) pair, CancellationToken cancellation)
    {
        var (file, plan) = pair;
        var requests = plan.Requests.Where(r => r.Path == file.Item.Path).ToList();
        if (requests.Count == 0)
            return ParsedNetwork.None;
        if (file.Text is null)
            return new([], [new(GeneratorProblemId.Unreadable, "The file cannot be read", Place.StartOf(file.Item.Path))]);

        var result = DescriptionReader.Read(file.Text);
        return result.Description is { } network
            ? new(requests.Select(r => new GenerationJob(r, network)).ToEquatableArray(), [])
            : new([], result.Errors.Select(e => ToDiagnostic(e, file.Item.Path)).ToEquatableArray());
    }

    private static DiagnosticInfo ToDiagnostic(DescriptionError error, string path) =>
        new(error.Id, error.Message, new Place(path, error.Line, error.Column));
}

using System.Text;
using KernelGen.Compiler;
using KernelGen.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KernelGen.Generators;

/// <summary>A generated source, or why there is none.</summary>
internal sealed record GeneratedSource(string HintName, string? Text, EquatableArray<DiagnosticInfo> Errors)
{
    public static void Add(SourceProductionContext context, GeneratedSource source)
    {
        if (source.Text is not null)
            context.AddSource(source.HintName, SourceText.From(source.Text, Encoding.UTF8));
    }
}

/// <summary>Runs the compiler, once per content.</summary>
internal static class SourceEmitter
{
    /// <summary>64 MB of text: two networks of a million weights.</summary>
    private const long MostCached = 32_000_000;

    private static readonly ContentCache<(NetworkDescription, CompilerOptions), string> Cache = new(capacity: 16, MostCached, text => text.Length);

    public static GeneratedSource Emit(GenerationJob job, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var (path, hintName, options) = job.Request;
        try
        {
            var text = Cache.GetOrAdd((job.Network, options), key => NetworkCompiler.Compile(key.Item1, key.Item2).Text);
            return new(hintName, text, []);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A thrown exception would take the output of every other network with it (CS8785).
            var message = $"KernelGen failed on this network, please report it: {e.GetType().Name}: {e.Message}";
            return new(hintName, null, [new(GeneratorProblemId.Internal, message, Place.StartOf(path))]);
        }
    }
}

using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;

namespace KernelGen.Generators.Tests;

/// <summary>What one run of the generator gave.</summary>
internal sealed class Generation(GeneratorRunResult result, Compilation compilation)
{
    public GeneratorRunResult Result => result;

    /// <summary>What the generator reported, in a fixed order.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; } =
        [.. result.Diagnostics.OrderBy(d => d.Id, StringComparer.Ordinal).ThenBy(d => d.GetMessage(null), StringComparer.Ordinal)];

    /// <summary>The generated classes' sources, by hint name; the attribute's own sources left out.</summary>
    public IReadOnlyDictionary<string, string> Networks { get; } = result.GeneratedSources
        .Where(s => !s.HintName.StartsWith("KernelModelAttribute", StringComparison.Ordinal) && !s.HintName.Contains("Embedded", StringComparison.Ordinal))
        .ToDictionary(s => s.HintName, s => s.SourceText.ToString());

    /// <summary>The only generated class's source.</summary>
    public string Source
    {
        get
        {
            AssertClean();
            return Assert.Single(Networks).Value;
        }
    }

    /// <summary>No diagnostic, of the generator or of the C# compiler, not even a warning.</summary>
    public void AssertClean()
    {
        Assert.Null(result.Exception);
        Assert.Empty(Diagnostics);
        var found = compilation.GetDiagnostics().Where(d => d.Severity > DiagnosticSeverity.Hidden).ToList();
        Assert.True(found.Count == 0, string.Join("\n", found.Take(10)));
    }

    /// <summary>Compiles and loads the consumer.</summary>
    public Assembly Load()
    {
        AssertClean();
        using var image = new MemoryStream();
        Assert.True(compilation.Emit(image).Success);
        image.Position = 0;
        return new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image);
    }

    /// <summary>A new instance of a generated class with one input and one output.</summary>
    public RunNetwork CreateNetwork(string className)
    {
        var type = Load().GetType(className, throwOnError: true)!;
        var run = type.GetMethod("Run", [typeof(ReadOnlySpan<float>), typeof(Span<float>)])!;
        return run.CreateDelegate<RunNetwork>(Activator.CreateInstance(type));
    }
}

/// <summary>The Run method of a generated class with one input and one output.</summary>
internal delegate void RunNetwork(ReadOnlySpan<float> input, Span<float> output);

using System.Collections.Immutable;
using System.Text;
using Basic.Reference.Assemblies;
using KernelGen.Compiler;
using KernelGen.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace KernelGen.Runtime;

/// <summary>A compiled network as files: an assembly that needs nothing but the framework.</summary>
/// <param name="Assembly">The bytes of the .dll.</param>
/// <param name="XmlDocs">The bytes of the .xml documentation beside it.</param>
/// <param name="Source">The C# it was compiled from.</param>
public sealed record EmittedAssembly(byte[] Assembly, byte[] XmlDocs, CompiledSource Source);

/// <summary>
/// Compiles generated C# with Roslyn, in memory, against the reference assemblies of .NET 10 (which travel with the
/// tool). The same source and name give the same bytes on every machine, whatever framework runs there.
/// </summary>
public static class NetworkAssembly
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        Net100.References.SystemRuntime,
        Net100.References.SystemRuntimeIntrinsics,
        Net100.References.SystemRuntimeInteropServices,
        Net100.References.SystemRuntimeExtensions,
        Net100.References.SystemNumericsVectors,
        Net100.References.SystemMemory,
        Net100.References.SystemCollections,
        Net100.References.SystemLinq,
        Net100.References.SystemThreading,
        Net100.References.SystemThreadingTasksParallel,
    ];

    /// <summary>Generates the network's C# and compiles it.</summary>
    /// <param name="assemblyName">Simple name of the assembly, e.g. <c>Fashion</c>.</param>
    /// <param name="version">Version of the assembly; null: 1.0.0.0.</param>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="GeneratedCodeException">The generated code does not compile: an internal error.</exception>
    public static EmittedAssembly Emit(
        NetworkDescription description,
        CompilerOptions options,
        string assemblyName,
        Version? version = null,
        CancellationToken cancellation = default) =>
        Emit(NetworkCompiler.Compile(description, options), assemblyName, version, cancellation);

    /// <summary>Compiles generated C#, with its XML documentation.</summary>
    /// <param name="assemblyName">Simple name of the assembly, e.g. <c>Fashion</c>.</param>
    /// <param name="version">Version of the assembly; null: 1.0.0.0.</param>
    /// <exception cref="GeneratedCodeException">The generated code does not compile: an internal error.</exception>
    public static EmittedAssembly Emit(
        CompiledSource source,
        string assemblyName,
        Version? version = null,
        CancellationToken cancellation = default)
    {
        var attributes = $"""
            [assembly: System.Reflection.AssemblyVersion("{version ?? new Version(1, 0, 0, 0)}")]
            [assembly: System.Runtime.Versioning.TargetFramework(".NETCoreApp,Version=v10.0", FrameworkDisplayName = ".NET 10.0")]
            """;
        using var docs = new MemoryStream();
        var assembly = Emit(assemblyName, [attributes, source.Text], DocumentationMode.Diagnose, docs, cancellation);
        return new EmittedAssembly(assembly, docs.ToArray(), source);
    }

    /// <summary>Compiles generated C# for this process only: no documentation, so the comments are not parsed.</summary>
    internal static byte[] EmitForLoading(CompiledSource source, string assemblyName) =>
        Emit(assemblyName, [source.Text], DocumentationMode.None, null, CancellationToken.None);

    private static byte[] Emit(
        string assemblyName,
        string[] texts,
        DocumentationMode documentation,
        Stream? docs,
        CancellationToken cancellation)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.CSharp13, documentation);
        var trees = texts.Select((text, i) =>
            CSharpSyntaxTree.ParseText(SourceText.From(text, Encoding.UTF8), parsing, $"{assemblyName}.{i}.g.cs", cancellation));

        // A warning in generated code would break every user who treats warnings as errors: here it is one.
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release,
            generalDiagnosticOption: ReportDiagnostic.Error,
            warningLevel: 9999,
            deterministic: true,
            nullableContextOptions: NullableContextOptions.Disable);
        var compilation = CSharpCompilation.Create(assemblyName, trees, References, options);
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly, xmlDocumentationStream: docs, cancellationToken: cancellation);
        return result.Success
            ? assembly.ToArray()
            : throw new GeneratedCodeException(assemblyName, result.Diagnostics);
    }
}

/// <summary>Generated code did not compile. That is a fault of KernelGen, never of the network.</summary>
public sealed class GeneratedCodeException : Exception
{
    private const int Shown = 5;

    internal GeneratedCodeException(string assemblyName, IReadOnlyList<Diagnostic> diagnostics)
        : base(Describe(assemblyName, diagnostics))
    {
    }

    private static string Describe(string assemblyName, IReadOnlyList<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        var lines = errors.Take(Shown).Select(d => Environment.NewLine + "  " + d.ToString());
        return FormattableString.Invariant(
            $"Internal error: the code generated for '{assemblyName}' does not compile ({errors.Count} errors).")
            + string.Concat(lines);
    }
}

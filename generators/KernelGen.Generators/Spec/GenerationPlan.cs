using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Generators;

/// <summary>Which files become which classes.</summary>
/// <param name="Problems">What is wrong with items and options.</param>
/// <param name="ClassProblems">What is wrong with attributed classes, still without their places.</param>
internal sealed record GenerationPlan(
    EquatableArray<GenerationRequest> Requests,
    EquatableArray<DiagnosticInfo> Problems,
    EquatableArray<ClassProblem> ClassProblems);

/// <summary>One class to generate.</summary>
/// <param name="Path">The description file.</param>
/// <param name="HintName">Name of the generated source: one per file and class.</param>
internal sealed record GenerationRequest(string Path, string HintName, CompilerOptions Options);

/// <summary>An attributed class and where its attribute stands.</summary>
internal sealed record AttributedClass(ClassDeclaration Declaration, Place Place);

/// <summary>A class with <c>[KernelModel]</c>, without its place: moving it changes nothing here.</summary>
/// <param name="SourcePath">The source file that declares it.</param>
/// <param name="ModelPath">The attribute's argument.</param>
/// <param name="Obstacle">Why a generated part cannot complete it; null if it can.</param>
internal sealed record ClassDeclaration(
    string Name,
    string Namespace,
    bool IsPublic,
    string SourcePath,
    string ModelPath,
    string? Obstacle);

/// <summary>What is wrong with an attributed class.</summary>
internal sealed record ClassProblem(ClassDeclaration Declaration, string Id, string Message);

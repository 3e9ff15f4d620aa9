using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KernelGen.Generators;

/// <summary>Reads classes with <c>[KernelModel]</c>.</summary>
internal static class ClassParser
{
    public static bool IsCandidate(SyntaxNode node, CancellationToken cancellation) => node is TypeDeclarationSyntax;

    public static AttributedClass Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var syntax = (TypeDeclarationSyntax)context.TargetNode;
        var attribute = context.Attributes[0];
        var declaration = new ClassDeclaration(
            type.Name,
            type.ContainingNamespace.IsGlobalNamespace ? string.Empty : type.ContainingNamespace.ToDisplayString(),
            type.DeclaredAccessibility == Accessibility.Public,
            syntax.SyntaxTree.FilePath,
            attribute.ConstructorArguments is [{ Value: string path }] ? path : string.Empty,
            Obstacle(type, syntax));
        var where = attribute.ApplicationSyntaxReference?.GetSyntax(cancellation).GetLocation() ?? syntax.Identifier.GetLocation();
        var start = where.GetLineSpan().StartLinePosition;
        return new AttributedClass(declaration, new Place(syntax.SyntaxTree.FilePath, start.Line + 1, start.Character + 1));
    }

    /// <summary>The plan's problems with one class, put in their place.</summary>
    public static IEnumerable<DiagnosticInfo> Problems((AttributedClass Class, GenerationPlan Plan) pair, CancellationToken cancellation) =>
        pair.Plan.ClassProblems
            .Where(p => p.Declaration == pair.Class.Declaration)
            .Select(p => new DiagnosticInfo(p.Id, p.Message, pair.Class.Place));

    private static string? Obstacle(INamedTypeSymbol type, TypeDeclarationSyntax syntax) => type switch
    {
        _ when !syntax.Modifiers.Any(SyntaxKind.PartialKeyword) => "it is not partial",
        { ContainingType: not null } => "it is nested in another type",
        { Arity: > 0 } => "it is generic",
        { IsFileLocal: true } => "it is local to its file",
        { IsRecord: true } => "it is a record",
        { IsStatic: true } => "it is static",
        { IsAbstract: true } => "it is abstract",
        _ => null,
    };
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KernelGen.Generators;

/// <summary>A diagnostic as a value: cached models must hold neither a <see cref="Diagnostic"/> nor a <see cref="Location"/>.</summary>
/// <param name="Place">Null: the project as a whole.</param>
internal sealed record DiagnosticInfo(string Id, string Message, Place? Place)
{
    public static void Report(SourceProductionContext context, DiagnosticInfo info) =>
        context.ReportDiagnostic(info.ToDiagnostic());

    // The place is part of the message too: IDEs show a wrong one, or none, for files that are not C#.
    private Diagnostic ToDiagnostic() =>
        Diagnostic.Create(
            Descriptors.Get(Id),
            Place?.ToLocation() ?? Location.None,
            Place is null ? Message : $"{Place}: {Message}");
}

/// <summary>A place in a file.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1.</param>
internal sealed record Place(string Path, int Line, int Column)
{
    public static Place StartOf(string path) => new(path, 1, 1);

    public Location ToLocation()
    {
        var position = new LinePosition(Line - 1, Column - 1);
        return Location.Create(Path, default, new LinePositionSpan(position, position));
    }

    public override string ToString() => FormattableString.Invariant($"{Path}({Line},{Column})");
}

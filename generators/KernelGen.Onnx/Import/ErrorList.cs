namespace KernelGen.Onnx.Import;

/// <summary>Collects what stands against an import.</summary>
internal sealed class ErrorList
{
    // More are only noise, and a hostile file may have very many.
    private const int MaximumListed = 200;

    private readonly List<ImportError> listed = [];
    private int unlisted;

    public bool IsEmpty => listed.Count == 0;

    public void Add(string id, string message, string? node = null, string? op = null)
    {
        if (listed.Count < MaximumListed)
        {
            listed.Add(new ImportError(id, message, node, op));
        }
        else
        {
            unlisted++;
        }
    }

    public IReadOnlyList<ImportError> ToList() => unlisted == 0
        ? listed
        : [.. listed, new ImportError(listed[0].Id, FormattableString.Invariant($"There are {unlisted} more errors."))];
}

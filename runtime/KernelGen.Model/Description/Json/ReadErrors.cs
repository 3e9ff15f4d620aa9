namespace KernelGen.Model;

/// <summary>Collects errors by their position in a text and turns positions into lines and columns at the end.</summary>
internal sealed class ReadErrors(string text)
{
    private const int MaximumCount = 1000;
    private readonly List<(int Position, string Id, string Message)> errors = [];

    public int Count => errors.Count;

    /// <summary>Adds an error; past the first thousand they are only noise.</summary>
    public void Add(string id, int position, FormattableString message)
    {
        if (errors.Count < MaximumCount)
        {
            errors.Add((position, id, FormattableString.Invariant(message)));
        }
    }

    /// <summary>The errors in the order of the text. Lines end with LF, CR or CR LF; columns count UTF-16 units.</summary>
    public EquatableArray<DescriptionError> ToArray()
    {
        var result = new List<DescriptionError>(errors.Count);
        var (line, lineStart, scanned) = (1, 0, 0);
        foreach (var (position, id, message) in errors.OrderBy(e => e.Position))
        {
            for (; scanned < position; scanned++)
            {
                if (EndsLine(scanned))
                {
                    (line, lineStart) = (line + 1, scanned + 1);
                }
            }

            result.Add(new DescriptionError(id, message, line, position - lineStart + 1));
        }

        return result.ToEquatableArray();
    }

    private bool EndsLine(int i) => text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'));
}

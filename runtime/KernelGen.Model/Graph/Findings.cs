namespace KernelGen.Model;

/// <summary>Collects what is wrong with one layer (or, without a name, with the network as a whole).</summary>
internal sealed class Findings(List<NetworkProblem> problems, string? layer)
{
    private const int QuoteLength = 64;

    // More are only noise, and a hostile file may have millions.
    private const int MaximumListed = 1000;

    /// <summary>Problems added to this object so far, listed or not.</summary>
    public int Count { get; private set; }

    public void Add(string id, FormattableString message)
    {
        Count++;
        if (problems.Count < MaximumListed)
        {
            problems.Add(new NetworkProblem(id, FormattableString.Invariant(message), layer));
        }
    }

    /// <summary>A name for a message: quoted, shortened, on one line.</summary>
    public static string Quote(string name)
    {
        var text = new System.Text.StringBuilder("'");
        foreach (var c in name.Take(QuoteLength))
        {
            text.Append(Unicode.IsControlOrLineEnd(c) || char.IsSurrogate(c) ? '?' : c);
        }

        return text.Append(name.Length > QuoteLength ? "…'" : "'").ToString();
    }
}

namespace KernelGen.Search.Pruning;

/// <summary>Disjoint sets of numbered elements (Galler and Fischer, 1964). The smallest element of a set stands for it.</summary>
internal sealed class UnionFind
{
    private readonly List<int> parent = [];

    public int Count => parent.Count;

    /// <summary>New elements, each a set of its own.</summary>
    public int[] Add(int count)
    {
        var added = Enumerable.Range(parent.Count, count).ToArray();
        parent.AddRange(added);
        return added;
    }

    public void Unite(params ReadOnlySpan<int> elements)
    {
        foreach (var element in elements)
        {
            var (a, b) = (Find(elements[0]), Find(element));
            parent[Math.Max(a, b)] = Math.Min(a, b);
        }
    }

    /// <summary>The element that stands for this one's set.</summary>
    public int Find(int element)
    {
        while (parent[element] != element)
        {
            parent[element] = parent[parent[element]];
            element = parent[element];
        }

        return element;
    }
}

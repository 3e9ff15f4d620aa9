namespace KernelGen.Generators;

/// <summary>
/// Results by content, the most recently used ones. An IDE runs the generator in several compilations of the same files
/// (one per target framework, configuration and snapshot): the incremental driver shares nothing between them, this does.
/// </summary>
/// <param name="capacity">Results kept at most.</param>
/// <param name="most">What the sizes of the results kept may add up to: the compiler's process lives long, and it is not ours to fill.</param>
internal sealed class ContentCache<TKey, TValue>(int capacity, long most, Func<TValue, long> size)
    where TKey : IEquatable<TKey>
{
    // The most recent first. Few entries, and keys that differ mostly differ early: a scan costs nothing beside one result.
    private readonly LinkedList<(TKey Key, TValue Value)> entries = [];
    private long total;

    /// <summary>The result for a content, made by <paramref name="make"/> if it is not at hand.</summary>
    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        lock (entries)
        {
            if (Find(key) is { } known)
                return known.Value.Value;
        }

        // Outside the lock: contents that differ are compiled at the same time.
        var value = make(key);
        lock (entries)
        {
            if (Find(key) is { } meanwhile)
                return meanwhile.Value.Value;
            entries.AddFirst((key, value));
            total += size(value);
            while (entries.Count > capacity || total > most)
            {
                total -= size(entries.Last!.Value.Value);
                entries.RemoveLast();
            }
        }

        return value;
    }

    private LinkedListNode<(TKey Key, TValue Value)>? Find(TKey key)
    {
        for (var node = entries.First; node is not null; node = node.Next)
        {
            if (node.Value.Key.Equals(key))
            {
                entries.Remove(node);
                entries.AddFirst(node);
                return node;
            }
        }

        return null;
    }
}

namespace KernelGen.Generators.Tests;

public sealed class Test_ContentCache
{
    private int made;

    [Fact]
    public void KeepsTheMostRecentlyUsed()
    {
        var cache = new ContentCache<string, string>(2, 100, text => text.Length);

        Assert.Equal(1, Cost(cache, "a"));
        Assert.Equal(1, Cost(cache, "b"));
        Assert.Equal(0, Cost(cache, "a"));
        Assert.Equal(1, Cost(cache, "c"));
        Assert.Equal(0, Cost(cache, "a"));
        Assert.Equal(1, Cost(cache, "b"));
    }

    [Fact]
    public void KeepsNoMoreThanItsSize()
    {
        var cache = new ContentCache<string, string>(10, 5, text => text.Length);

        Assert.Equal(1, Cost(cache, "aa"));
        Assert.Equal(1, Cost(cache, "bb"));
        Assert.Equal(0, Cost(cache, "aa"));
        Assert.Equal(1, Cost(cache, "cc"));
        Assert.Equal(0, Cost(cache, "aa"));
        Assert.Equal(1, Cost(cache, "bb"));
        Assert.Equal(1, Cost(cache, "too long"));
        Assert.Equal(1, Cost(cache, "too long"));
        Assert.Equal(1, Cost(cache, "aa"));
    }

    /// <summary>How often a result had to be made.</summary>
    private int Cost(ContentCache<string, string> cache, string key)
    {
        made = 0;
        Assert.Equal(key, cache.GetOrAdd(key, k =>
        {
            made++;
            return k;
        }));
        return made;
    }
}

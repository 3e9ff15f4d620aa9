using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class KeyedRandomTests
{
    [Fact]
    public void Numbers_depend_on_every_part_of_the_key()
    {
        KeyedRandom[] streams =
        [
            new(1, "a", 2, 3), new(2, "a", 2, 3), new(1, "b", 2, 3), new(1, "a", 3, 3), new(1, "a", 2, 4), new(1, "a", 3, 2),
        ];
        Assert.Equal(streams.Length, streams.Select(s => s.NextDouble()).Distinct().Count());
        Assert.Equal(new KeyedRandom(1, "a", 2, 3).NextDouble(), new KeyedRandom(1, "a", 2, 3).NextDouble());
    }

    [Fact]
    public void First_numbers_of_neighbouring_keys_are_uniform()
    {
        var counts = new int[10];
        for (var particle = 0; particle < 10_000; particle++)
        {
            counts[new KeyedRandom(1, "generation", 4, particle).Next(10)]++;
        }

        // Binomial with mean 1,000 and standard deviation 30.
        Assert.All(counts, c => Assert.InRange(c, 850, 1150));
    }

    [Fact]
    public void Weighted_choice_follows_the_weights()
    {
        var random = new KeyedRandom(5, "test", 0, 0);
        var counts = new int[3];
        for (var i = 0; i < 6000; i++)
        {
            counts[random.NextIndex([1, 0, 2])]++;
        }

        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[0], 1800, 2200);
    }
}

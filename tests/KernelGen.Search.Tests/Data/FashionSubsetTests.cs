using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Tests.Data;

public class FashionSubsetTests
{
    [Fact]
    public void The_embedded_images_are_balanced_and_complete()
    {
        var data = Datasets.Load(null);

        Assert.Equal((10_000, 2_000), (data.Training.Count, data.Test.Count));
        Assert.Equal(new Shape(1, 28, 28), data.Training.Shape);
        Assert.Equal(10, data.Training.ClassNames.Count);
        Assert.All(data.Training.Labels.CountBy(l => l), c => Assert.Equal(1_000, c.Value));
        Assert.All(data.Test.Labels.CountBy(l => l), c => Assert.Equal(200, c.Value));
        Assert.Equal(data.Training.Count * 784, data.Training.Pixels.Length);
    }

    [Fact]
    public void No_test_image_is_among_the_training_images()
    {
        var data = Datasets.Load(null);
        var training = Enumerable.Range(0, data.Training.Count).Select(i => Convert.ToHexString(data.Training.Image(i))).ToHashSet();
        Assert.DoesNotContain(Enumerable.Range(0, data.Test.Count), i => training.Contains(Convert.ToHexString(data.Test.Image(i))));
    }

    [SkippableFact]
    public void The_embedded_images_are_those_chosen_from_the_full_set()
    {
        var full = Datasets.List().Single(d => d.Name == "fashion-mnist");
        Skip.IfNot(full.Available, $"The full set is not installed ({full.Location}).");

        var chosen = FashionSubset.Choose(full.Location!);
        var embedded = Datasets.Load(Datasets.Embedded);

        Assert.Equal(chosen.Training.Labels, embedded.Training.Labels);
        Assert.True(chosen.Training.Pixels.AsSpan().SequenceEqual(embedded.Training.Pixels));
        Assert.Equal(chosen.Test.Labels, embedded.Test.Labels);
        Assert.True(chosen.Test.Pixels.AsSpan().SequenceEqual(embedded.Test.Pixels));
    }

    [Fact]
    public void Damaged_data_is_a_data_error()
    {
        var data = Small();
        var packed = FashionSubset.Encode(data);
        Assert.Equal(data.Training.Pixels, FashionSubset.Decode(new MemoryStream(packed)).Training.Pixels);
        for (var length = 0; length < packed.Length - 1; length += 7)
        {
            Assert.Throws<DataException>(() => FashionSubset.Decode(new MemoryStream(packed[..length])));
        }
    }

    [Fact]
    public void A_split_is_balanced_repeatable_and_loses_nothing()
    {
        var set = Datasets.Load(null).Training;

        var (kept, part) = set.Split(1_500, seed: 3);

        Assert.Equal((8_500, 1_500), (kept.Count, part.Count));
        Assert.All(part.Labels.CountBy(l => l), c => Assert.Equal(150, c.Value));
        Assert.Equal(part.Pixels, set.Split(1_500, seed: 3).Part.Pixels);
        Assert.NotEqual(part.Pixels, set.Split(1_500, seed: 4).Part.Pixels);
        Assert.Equal(Sum(set), Sum(kept) + Sum(part));
    }

    private static long Sum(ImageSet set) => set.Pixels.Sum(p => (long)p);

    private static Dataset Small()
    {
        var random = new DeterministicRandom(5);
        ImageSet Part(int count) => new(
            FashionSubset.Name,
            new Shape(1, 28, 28),
            [.. Enumerable.Range(0, count * 784).Select(_ => (byte)random.Next(256))],
            [.. Enumerable.Range(0, count).Select(i => i % 10)],
            Datasets.FashionClasses);
        return new Dataset(FashionSubset.Name, Part(3), Part(2));
    }
}

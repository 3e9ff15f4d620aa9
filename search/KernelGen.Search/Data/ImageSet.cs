using KernelGen.Model;

namespace KernelGen.Search.Data;

/// <summary>Labelled images of one size.</summary>
/// <param name="Name">For messages and reports, e.g. <c>fashion-mnist-subset</c>.</param>
/// <param name="Shape">[channels, height, width] of every image.</param>
/// <param name="Pixels">Count × channels × height × width bytes, one whole image after the other.</param>
/// <param name="Labels">One class index per image.</param>
/// <param name="ClassNames">One per class.</param>
public sealed record ImageSet(string Name, Shape Shape, byte[] Pixels, int[] Labels, EquatableArray<string> ClassNames)
{
    /// <summary>The number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>The bytes of one image, CHW.</summary>
    public ReadOnlySpan<byte> Image(int index) => Pixels.AsSpan(index * Shape.Length, Shape.Length);

    /// <summary>These images, in this order.</summary>
    public ImageSet Select(IReadOnlyList<int> indices)
    {
        var length = Shape.Length;
        var pixels = new byte[checked(indices.Count * length)];
        var labels = new int[indices.Count];
        for (var i = 0; i < indices.Count; i++)
        {
            Image(indices[i]).CopyTo(pixels.AsSpan(i * length));
            labels[i] = Labels[indices[i]];
        }

        return this with { Pixels = pixels, Labels = labels };
    }

    /// <summary>
    /// Cuts off <paramref name="count"/> images, drawn at random by <paramref name="seed"/> and as balanced over the classes as
    /// the set is; both parts keep the order of this set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ count ≤ Count.</exception>
    public (ImageSet Kept, ImageSet Part) Split(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        var chosen = new bool[Count];
        foreach (var index in BalancedOrder(seed).Take(count))
        {
            chosen[index] = true;
        }

        var all = Enumerable.Range(0, Count);
        return (Select(all.Where(i => !chosen[i]).ToList()), Select(all.Where(i => chosen[i]).ToList()));
    }

    /// <summary>
    /// All indices in an order of which every beginning holds each class in about its share: each class is shuffled, and its
    /// k-th image stands at (k + ½) / (images of the class).
    /// </summary>
    public int[] BalancedOrder(long seed)
    {
        var positions = new List<(double Position, int Class, int Index)>(Count);
        foreach (var group in Enumerable.Range(0, Count).GroupBy(i => Labels[i]))
        {
            var members = group.ToArray();
            new DeterministicRandom(seed, group.Key).Shuffle<int>(members);
            positions.AddRange(members.Select((index, k) => ((k + 0.5) / members.Length, group.Key, index)));
        }

        return [.. positions.OrderBy(p => p.Position).ThenBy(p => p.Class).Select(p => p.Index)];
    }
}

/// <summary>Images to train on (and to cut a validation part from), and images for the final report only.</summary>
/// <param name="TestSplit">Which of the published images <paramref name="Test"/> is.</param>
public sealed record Dataset(string Name, ImageSet Training, ImageSet Test, string TestSplit = "test");

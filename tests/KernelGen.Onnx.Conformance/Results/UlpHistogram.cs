using KernelGen.Runtime;

namespace KernelGen.Onnx.Conformance;

/// <summary>How many elements are how many units in the last place away from the stored ones.</summary>
internal sealed class UlpHistogram
{
    private const int Buckets = 12;

    private readonly long[] counts = new long[Buckets];

    /// <summary>Elements per bucket: of distance 0, then 1, 2 to 3, 4 to 7 and so on; the last one holds all that are farther.</summary>
    public IReadOnlyList<long> Counts => counts;

    /// <summary>The name of a bucket.</summary>
    public static string Describe(int bucket)
    {
        var (from, to) = (bucket == 0 ? 0 : 1L << (bucket - 1), (1L << bucket) - 1);
        return bucket == Buckets - 1 ? FormattableString.Invariant($"≥ {from}")
            : from >= to ? FormattableString.Invariant($"{from}")
            : FormattableString.Invariant($"{from}–{to}");
    }

    public void Add(float[] expected, float[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var distance = (ulong)OutputComparison.UlpDistance(expected[i], actual[i]);
            counts[Math.Min(Buckets - 1, 64 - System.Numerics.BitOperations.LeadingZeroCount(distance))]++;
        }
    }
}

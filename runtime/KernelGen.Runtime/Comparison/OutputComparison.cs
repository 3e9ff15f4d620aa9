namespace KernelGen.Runtime;

/// <summary>How far one tensor is from its reference.</summary>
/// <param name="Name">Layer or input that the tensor belongs to.</param>
/// <param name="Length">Elements compared.</param>
/// <param name="MaxDifference">Largest |actual − reference|; infinite if only one of the two is a number.</param>
/// <param name="MaxReference">Largest |reference|.</param>
/// <param name="WorstIndex">Where the largest difference is, −1 if there is none.</param>
/// <param name="Ulps">Distances in units in the last place.</param>
public sealed record TensorComparison(
    string Name,
    int Length,
    double MaxDifference,
    double MaxReference,
    int WorstIndex,
    float Expected,
    float Actual,
    UlpDistances Ulps)
{
    /// <summary>MaxDifference over MaxReference: what tolerances are held against. 0 if nothing differs.</summary>
    public double RelativeDifference => MaxDifference == 0 ? 0 : MaxDifference / MaxReference;

    public bool IsWithin(double tolerance) => RelativeDifference <= tolerance;
}

/// <summary>Distribution of the distances in units in the last place (representable floats between two values).</summary>
/// <param name="Percentile99">99 of 100 elements are at most this far.</param>
/// <param name="WorstIndex">Where the largest distance is, −1 if there is none.</param>
public sealed record UlpDistances(long Median, long Percentile99, long Max, int WorstIndex);

/// <summary>Compares tensors with a reference: by tolerance (max |difference| over max |reference|) and in ULP.</summary>
public static class OutputComparison
{
    /// <summary>The tolerance of this project: float32 sums in another order stay well below it.</summary>
    public const double DefaultTolerance = 1e-4;

    /// <summary>Compares one tensor with its reference.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static TensorComparison Compare(string name, ReadOnlySpan<float> reference, ReadOnlySpan<float> actual)
    {
        if (reference.Length != actual.Length)
        {
            throw new ArgumentException($"{name}: {actual.Length} elements compared with {reference.Length}.", nameof(actual));
        }

        double maxDifference = 0, maxReference = 0;
        var worst = -1;
        for (var i = 0; i < reference.Length; i++)
        {
            var difference = Difference(reference[i], actual[i]);
            if (difference > maxDifference)
            {
                maxDifference = difference;
                worst = i;
            }

            // A NaN in the reference must not hide the size of the numbers beside it.
            maxReference = Math.Max(maxReference, float.IsNaN(reference[i]) ? 0 : Math.Abs((double)reference[i]));
        }

        var expected = worst < 0 ? 0 : reference[worst];
        var found = worst < 0 ? 0 : actual[worst];
        return new TensorComparison(
            name, reference.Length, maxDifference, maxReference, worst, expected, found, Distances(reference, actual));
    }

    /// <summary>How many floats lie between two, plus one; 0 if they are equal. +0 and −0 are the same; so are two NaNs.</summary>
    public static long UlpDistance(float a, float b)
    {
        if (float.IsNaN(a) || float.IsNaN(b))
        {
            return float.IsNaN(a) && float.IsNaN(b) ? 0 : uint.MaxValue;
        }

        return Math.Abs(Ordinal(a) - Ordinal(b));
    }

    private static double Difference(float reference, float actual)
    {
        if (reference.Equals(actual))
        {
            return 0;
        }

        var difference = Math.Abs((double)reference - actual);
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    private static UlpDistances Distances(ReadOnlySpan<float> reference, ReadOnlySpan<float> actual)
    {
        var distances = new long[reference.Length];
        var worst = -1;
        for (var i = 0; i < distances.Length; i++)
        {
            distances[i] = UlpDistance(reference[i], actual[i]);
            if (distances[i] > (worst < 0 ? 0 : distances[worst]))
            {
                worst = i;
            }
        }

        Array.Sort(distances);
        return distances.Length == 0
            ? new UlpDistances(0, 0, 0, -1)
            : new UlpDistances(Rank(distances, 0.5), Rank(distances, 0.99), distances[^1], worst);
    }

    /// <summary>The smallest element that is not below the given share of the sorted elements (nearest rank).</summary>
    private static long Rank(long[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];

    /// <summary>Numbers the floats in their order, both zeros 0.</summary>
    private static long Ordinal(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits >= 0 ? bits : -(long)(bits & int.MaxValue);
    }
}

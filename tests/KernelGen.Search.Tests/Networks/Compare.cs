namespace KernelGen.Search.Tests.Networks;

/// <summary>Comparing tensors.</summary>
internal static class Compare
{
    /// <summary>Largest difference over largest expected value.</summary>
    public static void Close(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1e-6, expected.Max(Math.Abs));
        var difference = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(difference <= tolerance * scale, $"largest difference {difference}, largest value {scale}");
    }
}

using KernelGen.Search.Data;

namespace KernelGen.Search.Networks;

/// <summary>Freshly drawn weights: the normal initialisation of He et al. (2015).</summary>
internal static class HeNormal
{
    /// <summary>Weights of variance <paramref name="gain"/> / <paramref name="fanIn"/>, a function of seed and layer.</summary>
    /// <param name="layer">Numbers the layer: its weights do not depend on the sizes of the layers before it.</param>
    /// <param name="gain">2 before a rectifier, 1 for the last layer.</param>
    public static float[] Draw(long seed, int layer, int count, int fanIn, double gain)
    {
        var random = new DeterministicRandom(seed, layer);
        var deviation = Math.Sqrt(gain / fanIn);
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)(random.NextNormal() * deviation);
        }

        return values;
    }
}

using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Register tile of an unrolled convolution: this many output maps times this many vectors of pixels.</summary>
internal readonly record struct UnrolledTile(int Outputs, int Vectors)
{
    /// <summary>
    /// The fewest vectors (every one of them repeats the whole text) that keep the multiply-adders busy; at least two where a
    /// weight costs a load of its own.
    /// </summary>
    public static UnrolledTile Choose(Target target, int outputMaps, int pixels)
    {
        var vectors = (pixels + target.Lanes - 1) / target.Lanes;
        var wanted = target.WeightsAsLiterals ? 1 : 2;
        while (wanted < 4 && Math.Min(outputMaps, target.Accumulators / wanted) * wanted < Target.InFlight)
        {
            wanted++;
        }

        wanted = Math.Min(wanted, vectors);
        var tiles = (outputMaps + (target.Accumulators / wanted) - 1) / (target.Accumulators / wanted);
        return new UnrolledTile((outputMaps + tiles - 1) / tiles, wanted);
    }

    /// <summary>Steps of the loop over the pixels; the last one starts early where the pixels do not divide.</summary>
    public int Steps(Target target, int pixels) =>
        (TensorLayout.RoundUp(pixels, target.Lanes) + (Vectors * target.Lanes) - 1) / (Vectors * target.Lanes);
}

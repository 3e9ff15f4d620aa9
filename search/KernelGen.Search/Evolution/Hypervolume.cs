using KernelGen.Model;

namespace KernelGen.Search.Evolution;

/// <summary>
/// How good a whole front is (Zitzler and Thiele, 1998): the share of the box between the dense network's error and no time on one
/// side, and the tolerated error and the dense network's time on the other, that its particles beat.
/// </summary>
public static class Hypervolume
{
    /// <param name="front">Particles that do not beat each other, fastest first.</param>
    /// <param name="tolerance">Percentage points of error above the dense network's at which the box ends.</param>
    /// <returns>0 for an empty front, to 1.</returns>
    public static double Of(EquatableArray<Particle> front, Score baseline, double tolerance)
    {
        var (limit, volume) = (tolerance, 0.0);
        foreach (var particle in front)
        {
            var loss = Math.Max(0, particle.Score.Error - baseline.Error);
            var gained = Math.Max(0, baseline.Microseconds - particle.Score.Microseconds) / baseline.Microseconds;
            if (loss < limit)
            {
                volume += (limit - loss) * gained;
                limit = loss;
            }
        }

        return volume / tolerance;
    }
}

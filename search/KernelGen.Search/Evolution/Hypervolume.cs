namespace KernelGen.Search.Evolution;

/// <summary>
/// How good a whole front is (Zitzler and Thiele, 1998): the share of the box between the dense network's error and no time on one
/// side, and the tolerated error and the dense network's time on the other, that its points beat. Methods compare only by one
/// and the same box.
/// </summary>
public static class Hypervolume
{
    /// <param name="points">
    /// Of each network the percentage points of error more than the dense one has (less error counts as none) and its time; e.g.
    /// retrained networks.
    /// </param>
    /// <param name="denseMicroseconds">The dense network's time, at which the box ends.</param>
    /// <param name="limit">Percentage points of error above the dense network's at which the box ends; positive.</param>
    /// <returns>0 for no points, to 1.</returns>
    public static double Of(IEnumerable<(double Loss, double Microseconds)> points, double denseMicroseconds, double limit)
    {
        var (left, volume) = (limit, 0.0);
        foreach (var (loss, microseconds) in points.OrderBy(p => p.Microseconds))
        {
            var beaten = left - Math.Max(0, loss);
            if (beaten > 0)
            {
                volume += beaten * Math.Max(0, 1 - (microseconds / denseMicroseconds));
                left -= beaten;
            }
        }

        return volume / limit;
    }
}

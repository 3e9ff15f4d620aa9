using KernelGen.Model;

namespace KernelGen.Search.Evolution;

/// <summary>The best of a set of candidates when neither loss nor time alone decides.</summary>
public static class ParetoFront
{
    /// <summary>The particles that no other beats in both loss and time, fastest first; of equal ones the first.</summary>
    public static EquatableArray<Particle> Of(IEnumerable<Particle> particles) =>
        Of(particles.OrderBy(p => p.Score.Microseconds).ThenBy(p => p.Score.Loss), p => p.Score.Loss).ToEquatableArray();

    /// <summary>Those that lose less than every one before them.</summary>
    /// <param name="fastestFirst">By time, and those of one time by loss.</param>
    internal static IEnumerable<T> Of<T>(IEnumerable<T> fastestFirst, Func<T, double> loss)
    {
        var least = double.PositiveInfinity;
        foreach (var candidate in fastestFirst.Where(c => loss(c) < least))
        {
            least = loss(candidate);
            yield return candidate;
        }
    }
}

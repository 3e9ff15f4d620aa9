using KernelGen.Model;

namespace KernelGen.Search.Evolution;

/// <summary>The best of a set of particles when neither loss nor time alone decides.</summary>
public static class ParetoFront
{
    /// <summary>The particles that no other beats in both loss and time, fastest first; of equal ones the first.</summary>
    public static EquatableArray<Particle> Of(IEnumerable<Particle> particles)
    {
        var front = new List<Particle>();
        foreach (var particle in particles.OrderBy(p => p.Score.Microseconds).ThenBy(p => p.Score.Loss))
        {
            if (front.Count == 0 || particle.Score.Loss < front[^1].Score.Loss)
            {
                front.Add(particle);
            }
        }

        return front.ToEquatableArray();
    }
}

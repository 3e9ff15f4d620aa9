using KernelGen.Model;

namespace KernelGen.Search.Evolution;

/// <summary>The best of a set of particles when neither error nor time alone decides.</summary>
public static class ParetoFront
{
    /// <summary>The particles that no other beats in both error and time, fastest first; of equal ones the first.</summary>
    public static EquatableArray<Particle> Of(IEnumerable<Particle> particles)
    {
        var front = new List<Particle>();
        foreach (var particle in particles.OrderBy(p => p.Score.Microseconds).ThenBy(p => p.Score.Error))
        {
            if (front.Count == 0 || particle.Score.Error < front[^1].Score.Error)
            {
                front.Add(particle);
            }
        }

        return front.ToEquatableArray();
    }
}

namespace KernelGen.Search.Evolution;

/// <summary>
/// Constrained non-dominated sorting with crowding distance (Deb, Pratap, Agarwal, Meyarivan, 2002): feasible candidates before
/// others, those nobody beats before those they beat, and among equals those with the most room around them.
/// </summary>
/// <param name="errorLimit">Candidates that misclassify more, in percent, are infeasible, and judged by their error alone.</param>
internal sealed class Ranking(double errorLimit)
{
    public bool IsFeasible(Particle particle) => particle.Score.Error <= errorLimit;

    /// <summary>The best candidates, best first.</summary>
    public List<Particle> Best(IReadOnlyList<Particle> particles, int count) => Order(particles).Take(count).ToList();

    /// <summary>All candidates, best first.</summary>
    public List<Particle> Order(IReadOnlyList<Particle> particles)
    {
        var ordered = new List<Particle>();
        var left = particles.Where(IsFeasible).ToList();
        while (left.Count > 0)
        {
            var front = left.Where(p => !left.Any(other => Beats(other.Score, p.Score))).ToList();
            ordered.AddRange(ByRoom(front));
            left = left.Except(front, ReferenceEqualityComparer.Instance).Cast<Particle>().ToList();
        }

        ordered.AddRange(particles.Where(p => !IsFeasible(p)).OrderBy(p => p.Score.Error));
        return ordered;
    }

    /// <summary>Whether the first is better in loss or time and worse in neither.</summary>
    private static bool Beats(Score a, Score b) =>
        a.Loss <= b.Loss && a.Microseconds <= b.Microseconds && (a.Loss < b.Loss || a.Microseconds < b.Microseconds);

    /// <summary>Both ends of the front, then by crowding distance: the room between the neighbours, in loss and in the logarithm of time.</summary>
    private static IEnumerable<Particle> ByRoom(List<Particle> front)
    {
        var room = new double[front.Count];
        foreach (var objective in new Func<Score, double>[] { s => s.Loss, s => Math.Log(s.Microseconds) })
        {
            var order = Enumerable.Range(0, front.Count).OrderBy(i => objective(front[i].Score)).ToList();
            var spread = objective(front[order[^1]].Score) - objective(front[order[0]].Score);
            room[order[0]] = room[order[^1]] = double.PositiveInfinity;
            for (var i = 1; i < order.Count - 1 && spread > 0; i++)
            {
                room[order[i]] += (objective(front[order[i + 1]].Score) - objective(front[order[i - 1]].Score)) / spread;
            }
        }

        return Enumerable.Range(0, front.Count).OrderByDescending(i => room[i]).Select(i => front[i]);
    }
}

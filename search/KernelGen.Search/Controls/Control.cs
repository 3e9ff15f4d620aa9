using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Controls;

/// <summary>
/// What the evolution is compared with: a method that does not learn from generation to generation, and proposes its candidates in
/// batches only so that a run can be resumed between them.
/// </summary>
public abstract class Control(string name) : ISearchMethod
{
    private const int Batch = 24;
    private const int FinestSeries = 8;

    public string Name => name;

    /// <summary>The highest misclassification rate, in percent, with which a candidate comes to the front.</summary>
    public double MostError { get; init; } = double.PositiveInfinity;

    public abstract IReadOnlyList<Genome> Propose(SearchState state);

    public virtual SearchState Absorb(SearchState state, IReadOnlyList<Particle> scored) => state with
    {
        Particles = scored.ToEquatableArray(),
        Front = ParetoFront.Of(state.Front.Concat(scored.Where(p => p.Score.Error <= MostError))),
    };

    /// <summary>The next batch of candidates, where each proposed so far was scored.</summary>
    /// <param name="first">Index of the first one that was not proposed yet.</param>
    protected static IEnumerable<T> Next<T>(IEnumerable<T> candidates, int first) => candidates.Skip(first).Take(Batch);

    /// <summary>As many different candidates as may be scored: a series is made finer until it has them, or has no more.</summary>
    /// <param name="series">From the first to the last candidate in so many steps, or about as many; some may be alike.</param>
    /// <returns>Evenly spread over the finest series, in its order.</returns>
    protected static IReadOnlyList<Genome> Different(int count, Func<int, IEnumerable<Genome>> series)
    {
        var (steps, finest) = (count, series(count).Distinct().ToList());
        while (finest.Count < count && steps < FinestSeries * count)
        {
            steps *= 2;
            var finer = series(steps).Distinct().ToList();
            if (finer.Count == finest.Count)
            {
                break;
            }

            finest = finer;
        }

        return finest.Count <= count ? finest : [.. Enumerable.Range(0, count).Select(i => finest[(int)((long)i * finest.Count / count)])];
    }

    /// <summary>Shares of what is kept, from <paramref name="highest"/> to <paramref name="lowest"/>, neighbours in one ratio.</summary>
    protected static IEnumerable<double> Geometric(double highest, double lowest, int count) =>
        Enumerable.Range(0, count).Select(i => highest * Math.Pow(lowest / highest, count == 1 ? 0.5 : i / (count - 1.0)));
}

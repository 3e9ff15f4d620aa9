using KernelGen.Model;
using KernelGen.Search.Controls;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// The default search: survival by non-dominated sorting on loss and time, with the tolerated error as a constraint (NSGA-II: Deb,
/// Pratap, Agarwal, Meyarivan, 2002), so that one run finds networks for every tolerance.
/// </summary>
/// <remarks>
/// The first generation are networks with one layer pruned; the second one combines them by dynamic programming
/// (<see cref="DynamicProgramming"/>) and adds random patterns. From then on parents are drawn by binary tournament, crossed over
/// at a layer boundary, perturbed, and pruned further, or grown in one layer and pruned in others, for several rounds in which a
/// <see cref="Surrogate"/> judges the children; those it expects to survive are scored. Before that, those of the
/// second and of later generations get back what they save no time without (<see cref="FreeRegrowth"/>).
/// </remarks>
/// <param name="baseline">Score of the dense network.</param>
/// <param name="seeds">The networks with one layer pruned.</param>
public sealed class NonDominatedEvolution(
    PruningSpace space, Variation variation, FreeRegrowth regrowth, Surrogate surrogate, Score baseline, SearchOptions options, IReadOnlyList<Genome> seeds) : ISearchMethod
{
    /// <summary>As in options, results and reports.</summary>
    public const string MethodName = "evolution";

    private const double CrossoverProbability = 0.5;

    /// <summary>
    /// Generations that live and die in the surrogate's eyes between two that are scored, and children of each per candidate of the population. Without a
    /// surrogate, 200 candidates of ResNet-8 gave a hypervolume of 0.40 (0.42 with as many combinations in the first generation), with 4 rounds 0.45, with
    /// 10 or 20 0.46 (one seed).
    /// </summary>
    private const int Rounds = 10;

    private const int ChildrenPerParent = 4;

    /// <summary>How often a child is pruned further, pruned elsewhere, or only grown.</summary>
    private static readonly double[] Directions = [0.4, 0.45, 0.15];

    /// <summary>The costs that random patterns leave at least and at most, relative to the dense network.</summary>
    private static readonly (double Least, double Most) Rates = (0.06, 0.5);

    private readonly Ranking ranking = new(baseline.Error + options.ErrorLimit);

    public string Name => MethodName;

    public IReadOnlyList<Genome> Propose(SearchState state) =>
        IsSeeding(state) ? seeds
        : state.Generation == (seeds.Count > 0 ? 1 : 0) ? FirstGeneration(state)
        : Offspring(state);

    public SearchState Absorb(SearchState state, IReadOnlyList<Particle> scored)
    {
        var all = state.Particles.Concat(scored).ToList();

        // The single layers are all needed once more, to be combined.
        var survivors = IsSeeding(state) ? all : ranking.Best(all.DistinctBy(p => p.Genome).ToList(), options.Population);
        return state with
        {
            Particles = survivors.ToEquatableArray(),
            Observations = state.Observations.Concat(scored.Select(surrogate.Observe)).ToEquatableArray(),
            Front = ParetoFront.Of(state.Front.Concat(scored.Where(p => ranking.IsFeasible(p) && p.Score.Microseconds < baseline.Microseconds && variation.IsBalanced(p.Genome)))),
        };
    }

    private bool IsSeeding(SearchState state) => state.Generation == 0 && seeds.Count > 0;

    private List<Genome> FirstGeneration(SearchState state)
    {
        var combined = DynamicProgramming.Combine(space, state.Particles, baseline, 2 * options.Population).Select(g => variation.Complete(g, options.Granularities.At(0)));
        var random = Enumerable.Range(0, options.Population / 2).Select(p =>
        {
            var own = new KeyedRandom(options.Seed, "first", state.Generation, p);
            var rate = Rates.Least * Math.Pow(Rates.Most / Rates.Least, own.NextDouble());
            return variation.Random(rate, options.Granularities.At(0), own);
        });
        return Regrown(combined.Concat(random)).Distinct().ToList();
    }

    /// <summary>What the surrogate expects to be best among many children, and children of these.</summary>
    private List<Genome> Offspring(SearchState state)
    {
        var allowed = options.Granularities.At(state.Evaluations / (double)options.Evaluations);
        var scored = state.Particles.Select(p => p.Genome).ToHashSet();
        var score = surrogate.Learn(state.Observations);
        var children = ChildrenPerParent * options.Population;
        List<Particle> pool = [.. ranking.Order(state.Particles)];
        for (var round = 0; round < Rounds; round++)
        {
            var parents = pool.Take(options.Population).ToList();
            var known = pool.Select(p => p.Genome);
            var born = InParallel(
                Enumerable.Range(round * children, children),
                p => Child(parents, allowed, options.Annealed(state.Evaluations), new KeyedRandom(options.Seed, "offspring", state.Generation, p))).Except(known);
            pool = ranking.Best([.. pool, .. InParallel(born, genome => new Particle(genome, score(genome)))], options.Population + children);
        }

        // Some are alike once they have grown.
        return pool.Select(p => p.Genome)
            .Except(scored)
            .Chunk(options.Population)
            .SelectMany(Regrown)
            .Except(scored)
            .Take(options.Population)
            .ToList();
    }

    private Genome Child(IReadOnlyList<Particle> parents, Granularities allowed, double share, KeyedRandom random)
    {
        var genome = Tournament(parents, random);
        if (random.Chance(CrossoverProbability))
        {
            genome = variation.Crossover(genome, Tournament(parents, random), random);
        }

        genome = variation.Perturb(genome, share, random);
        var cost = variation.CostOf(genome);
        return random.NextIndex(Directions) switch
        {
            0 => variation.PruneTo(genome, cost * (0.65 + (0.35 * random.NextDouble())), allowed, random),
            1 => variation.PruneTo(variation.Grow(genome, random), cost, allowed, random),
            _ => variation.Complete(variation.Grow(genome, random), allowed),
        };
    }

    /// <summary>With what costs no time; those that saved none at all are gone.</summary>
    private IEnumerable<Genome> Regrown(IEnumerable<Genome> genomes) =>
        InParallel(genomes, genome => regrowth.Apply(genome, g => variation.IsBalanced(g) || !variation.IsBalanced(genome))).Where(genome => genome != space.Full);

    /// <summary>In the order of the inputs, on all cores.</summary>
    private static List<TResult> InParallel<T, TResult>(IEnumerable<T> inputs, Func<T, TResult> function) =>
        [.. inputs.ToList().AsParallel().AsOrdered().Select(function)];

    /// <summary>The better of two.</summary>
    private static Genome Tournament(IReadOnlyList<Particle> bestFirst, KeyedRandom random) =>
        bestFirst[Math.Min(random.Next(bestFirst.Count), random.Next(bestFirst.Count))].Genome;
}

using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// The evolutionary particle filter of Anwar, Hwang and Sung (2017): particles are connectivity patterns, weighted by what they
/// misclassify, resampled, crossed over and perturbed; those within the tolerance survive and are pruned further, so that the
/// pruning rate anneals as far as the tolerance lets it.
/// </summary>
/// <param name="baseline">Score of the dense network.</param>
public sealed class ParticleFilter(Variation variation, Score baseline, SearchOptions options) : ISearchMethod
{
    /// <summary>As in options, results and reports.</summary>
    public const string MethodName = "particle-filter";

    private const double CrossoverProbability = 0.5;

    public string Name => MethodName;

    public IReadOnlyList<Genome> Propose(SearchState state) => state.Generation == 0 ? FirstGeneration() : Offspring(state);

    public SearchState Absorb(SearchState state, IReadOnlyList<Particle> scored)
    {
        // Elitism: the fastest survivor so far stays, with the score it has.
        var particles = state.Front.Take(1).Concat(scored).ToList();
        return state with
        {
            Rate = NextRate(state.Rate == 0 ? options.FirstRate : state.Rate, particles),
            Particles = particles.ToEquatableArray(),
            Front = ParetoFront.Of(state.Front.Concat(scored.Where(p => Survives(p.Score) && variation.IsBalanced(p.Genome)))),
        };
    }

    private bool Survives(Score score) => score.Error <= baseline.Error + options.ErrorLimit;

    private List<Genome> FirstGeneration() => Enumerable.Range(0, options.Population)
        .Select(p =>
        {
            var random = new KeyedRandom(options.Seed, "generation", 0, p);
            return variation.Random(Scatter(options.FirstRate, random), options.Granularities.At(0), random);
        })
        .ToList();

    private List<Genome> Offspring(SearchState state)
    {
        var parents = Parents(state);
        var allowed = options.Granularities.At(state.Evaluations / (double)options.Evaluations);
        return Enumerable.Range(0, parents.Length - 1)
            .Select(p =>
            {
                var random = new KeyedRandom(options.Seed, "generation", state.Generation, p);
                var genome = parents[p];
                if (random.Chance(CrossoverProbability))
                {
                    genome = variation.Crossover(genome, parents[random.Next(parents.Length)], random);
                }

                genome = variation.Perturb(genome, options.Annealed(state.Evaluations), random);
                return variation.PruneTo(genome, Scatter(state.Rate, random), allowed, random);
            })
            .ToList();
    }

    private Genome[] Parents(SearchState state)
    {
        var particles = state.Particles;
        var survives = particles.Select(p => Survives(p.Score)).ToArray();
        if (!survives.Contains(true))
        {
            // A generation pruned too far: the least wrong quarter goes on, else the filter would end here.
            var limit = particles.Select(p => p.Score.Error).Order().ElementAt(particles.Count / 4);
            survives = particles.Select(p => p.Score.Error <= limit).ToArray();
        }

        var weights = ParticleWeights.Of(particles.Select(p => p.Score.Error).ToList(), survives);
        var uniform = new KeyedRandom(options.Seed, "resampling", state.Generation, 0).NextDouble();
        return ParticleWeights.Resample(weights, options.Population, uniform).Select(i => particles[i].Genome).ToArray();
    }

    /// <summary>Pressure by the generation: on if half of the particles survive, back a little if hardly any does.</summary>
    private double NextRate(double rate, List<Particle> particles)
    {
        var survivors = particles.Count(p => Survives(p.Score)) / (double)particles.Count;
        return survivors >= 0.5 ? rate * options.Pressure
            : survivors >= 0.2 ? rate
            : Math.Min(options.FirstRate, rate / Math.Sqrt(options.Pressure));
    }

    private static double Scatter(double rate, KeyedRandom random) => rate * Math.Exp((random.NextDouble() - 0.5) * 0.5);
}

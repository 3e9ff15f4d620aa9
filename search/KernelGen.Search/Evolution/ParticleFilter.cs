using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// The evolutionary particle filter of Anwar, Hwang and Sung (2017): particles are connectivity patterns, weighted by what they
/// misclassify, resampled, crossed over and perturbed; those within the tolerance survive and are pruned further, so that the
/// pruning rate anneals as far as the tolerance lets it.
/// </summary>
/// <param name="baseline">Score of the dense network.</param>
public sealed class ParticleFilter(Variation variation, ICandidateEvaluator evaluator, Score baseline, SearchOptions options)
{
    private const double CrossoverProbability = 0.5;

    /// <summary>Whether a particle survives.</summary>
    public bool Survives(Score score) => score.Error <= baseline.Error + options.Tolerance;

    /// <summary>One generation more. Cancelled in the middle it leaves nothing behind; the generation is then done again.</summary>
    /// <param name="scored">Told after each evaluation how many of the generation are done.</param>
    /// <exception cref="OperationCanceledException"/>
    public SearchState Next(SearchState state, Action<int> scored, CancellationToken cancel)
    {
        var candidates = state.Generation == 0 ? FirstGeneration() : Offspring(state);
        var particles = new List<Particle>();

        // Elitism: the fastest survivor so far stays, with the score it has.
        if (!state.Front.IsEmpty)
        {
            particles.Add(state.Front[0]);
        }

        foreach (var genome in candidates.Take(options.Population - particles.Count))
        {
            cancel.ThrowIfCancellationRequested();
            particles.Add(new Particle(genome, evaluator.Evaluate(genome)));
            scored(particles.Count);
        }

        return new SearchState(
            NextRate(state.Rate, particles),
            particles.ToEquatableArray(),
            ParetoFront.Of(state.Front.Concat(particles.Where(p => Survives(p.Score) && variation.IsBalanced(p.Genome)))),
            state.History.Append(new ScoredGeneration(particles.Select(p => p.Score).ToEquatableArray())).ToEquatableArray(),
            state.Evaluations + particles.Count - (state.Front.IsEmpty ? 0 : 1));
    }

    private IEnumerable<Genome> FirstGeneration()
    {
        for (var p = 0; p < options.Population; p++)
        {
            var random = new KeyedRandom(options.Seed, "generation", 0, p);
            yield return variation.Random(Scatter(options.FirstRate, random), random);
        }
    }

    private IEnumerable<Genome> Offspring(SearchState state)
    {
        var generation = state.Generation;
        var parents = Parents(state);
        var annealed = options.MutationShare * (1 - (0.75 * generation / Math.Max(1, options.Generations)));
        for (var p = 0; p < parents.Length; p++)
        {
            var random = new KeyedRandom(options.Seed, "generation", generation, p);
            var genome = parents[p];
            if (random.Chance(CrossoverProbability))
            {
                genome = variation.Crossover(genome, parents[random.Next(parents.Length)], random);
            }

            genome = variation.Perturb(genome, annealed, random);
            yield return variation.PruneTo(genome, Scatter(state.Rate, random), random);
        }
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

using KernelGen.Model;

namespace KernelGen.Search.Evolution;

/// <summary>
/// The control: patterns made by the same moves that start the evolution, each from the dense network and on its own, at rates
/// all over the range, scored by the same evaluator under the same tolerance.
/// </summary>
/// <param name="baseline">Score of the dense network.</param>
public sealed class RandomSearch(Variation variation, ICandidateEvaluator evaluator, Score baseline, SearchOptions options)
{
    private const double LowestRate = 0.02;
    private const double HighestRate = 0.8;

    /// <summary>Draws and scores one candidate more.</summary>
    public RandomSearchState Next(RandomSearchState state)
    {
        var random = new KeyedRandom(options.Seed, "random search", 0, state.Evaluations);
        var rate = LowestRate * Math.Pow(HighestRate / LowestRate, random.NextDouble());
        var genome = variation.Random(rate, random);
        var particle = new Particle(genome, evaluator.Evaluate(genome));
        var survives = particle.Score.Error <= baseline.Error + options.Tolerance && variation.IsBalanced(genome);
        return new RandomSearchState(
            state.Evaluations + 1,
            survives ? ParticleFilter.Front(state.Front.Append(particle)) : state.Front);
    }
}

/// <param name="Front">The survivors so far that no other beats in both error and time, fastest first.</param>
public sealed record RandomSearchState(int Evaluations, EquatableArray<Particle> Front)
{
    public static RandomSearchState Start { get; } = new(0, []);
}

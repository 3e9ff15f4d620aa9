using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Learns from scored candidates what others would lose, so that only promising ones need to be scored (surrogate-assisted evolution: Jin, 2011).
/// </summary>
/// <remarks>
/// A candidate is described by what it takes away from each layer. Its Kullback-Leibler divergence from the dense network is about quadratic in what
/// that changes in the scores, so its root is learnt. Among random and evolved candidates of ResNet-8 that were not learnt from, it erred by 12 % of the
/// divergence after 150 observations; what takes time is not that, but to plan their code.
/// </remarks>
/// <param name="importance">Of the weights: which of a layer's are gone matters as well as how many.</param>
/// <param name="times">How long the generated code takes.</param>
/// <param name="baseline">Score of the dense network.</param>
public sealed class Surrogate(PruningSpace space, NetworkDescription dense, Importance importance, ITimeModel times, Score baseline)
{
    /// <summary>The latest count: those before them are far from what is proposed by then, and the effort grows with the cube.</summary>
    private const int MostObservations = 1000;

    /// <summary>Times the images looked at, the variance of a root divergence and of an error, as a share, where they are large.</summary>
    private const double VariancePerImage = 0.25;

    /// <summary>About the divergence of a network that guesses: more of it says nothing more.</summary>
    private readonly double mostDivergence = Math.Log(Math.Max(2, space.Graph.ShapeOf(space.Graph.Outputs[0]).Length));

    private readonly double[] worth = [.. space.Convs.Select((_, c) => Worth(space, importance, c, space.Full))];

    /// <summary>What there is to learn from a scored candidate.</summary>
    public Observation Observe(Particle particle) => new(Removed(particle.Genome).ToEquatableArray(), particle.Score.Error, particle.Score.Loss, particle.Score.Images);

    /// <summary>The score that is to be expected of any candidate; it looked at no image.</summary>
    /// <param name="observations">At least one.</param>
    public Func<Genome, Score> Learn(IReadOnlyList<Observation> observations)
    {
        var latest = observations.Skip(observations.Count - MostObservations).ToList();
        var process = new GaussianProcess(
            latest.ConvertAll(o => o.Removed.ToArray()),
            latest.ConvertAll(o => new[] { Distance(o.Loss), o.Error / 100 }),
            latest.ConvertAll(o => VariancePerImage / o.Images));
        return genome =>
        {
            var expected = process.Predict(Removed(genome));
            var distance = Math.Max(0, expected[0]);
            return new Score(100 * expected[1], baseline.Loss + (distance * distance), times.Microseconds(Compaction.Apply(space, dense, genome)), 0);
        };
    }

    /// <summary>The root of the divergence; of a candidate that computes no numbers, the largest.</summary>
    private double Distance(double loss) =>
        Math.Sqrt(double.IsFinite(loss) ? Math.Clamp(loss - baseline.Loss, 0, mostDivergence) : mostDivergence);

    /// <summary>The share of each group's units that is gone, and of each convolution's weights, by number and by importance.</summary>
    private double[] Removed(Genome genome) =>
    [
        .. genome.Units.Select(units => units.Count(kept => !kept) / (double)units.Count),
        .. space.Convs.Select((site, c) =>
        {
            var removed = SparsityCounts.Of(site, genome, genome.Convs[c]);
            return (removed.Map + removed.Kernel + removed.Stride) / (double)site.Weights;
        }),
        .. space.Convs.Select((_, c) => worth[c] > 0 ? 1 - (Worth(space, importance, c, genome) / worth[c]) : 0),
    ];

    /// <summary>The importance of the weights that a genome leaves of a convolution.</summary>
    private static double Worth(PruningSpace space, Importance importance, int conv, Genome genome)
    {
        var site = space.Convs[conv];
        var gene = genome.Convs[conv];
        var sum = 0.0;
        for (var i = 0; i < site.Sources.Count; i++)
        {
            for (var o = 0; o < site.TargetsPerGroup && genome.Keeps(site.Sources[i]); o++)
            {
                var kernel = (i * site.TargetsPerGroup) + o;
                for (var tap = gene.Taps[i].Offset; tap < site.Area && gene.Kernels[kernel] && genome.Keeps(site.Targets[site.TargetMap(i, o)]); tap += gene.Taps[i].Stride)
                {
                    sum += importance.Tap(site, conv, kernel, tap);
                }
            }
        }

        return sum;
    }
}

/// <summary>What a <see cref="Surrogate"/> learns from one candidate.</summary>
/// <param name="Removed">Shares of what is gone, 0 to 1.</param>
/// <param name="Error">As in <see cref="Score"/>.</param>
/// <param name="Loss">As in <see cref="Score"/>.</param>
/// <param name="Images">As in <see cref="Score"/>: the fewer, the less is known.</param>
public sealed record Observation(EquatableArray<double> Removed, double Error, double Loss, int Images);

using KernelGen.Model;
using KernelGen.Search.Evolution;

namespace KernelGen.Search;

/// <summary>
/// From a front of candidates to one retrained network per tolerance, by successive halving (Jamieson, Talwalkar, 2016): of hundreds
/// that were scored as they are, at most <see cref="MostFinalists"/> are repaired and scored again, <see cref="MostBrief"/> of them are
/// fine-tuned briefly, and the fastest that should end within the tolerance is retrained fully.
/// </summary>
/// <remarks>
/// The first to be retrained is the fastest that should end within the tolerance by its loss after fine-tuning; from there on the front is
/// bisected. All errors are of the select images.
/// </remarks>
/// <param name="denseError">Misclassification rate of the dense network in percent.</param>
/// <param name="stages">How a finalist is repaired, fine-tuned and retrained.</param>
internal sealed class Halving(double denseError, IHalvingStages stages)
{
    public const int MostFinalists = 16;
    public const int MostBrief = 4;

    /// <summary>Full retrainings per tolerance, beyond those done for other tolerances.</summary>
    private const int MostRetrainings = 4;

    /// <summary>The part of what fine-tuning leaves lost that is expected to be lost after retraining, too.</summary>
    private const double Remainder = 0.4;

    private readonly List<Finalist> finalists = [];
    private readonly SortedDictionary<int, Retrained> retrained = [];

    /// <summary>Chooses and retrains.</summary>
    /// <param name="front">Fastest first; not empty.</param>
    /// <returns>One network per tolerance, in their order; the least wrong one where none came within the tolerance.</returns>
    public EquatableArray<PrunedNetwork> Run(EquatableArray<Particle> front, IEnumerable<double> tolerances)
    {
        Repair(front);
        FineTune();
        return tolerances.Select(Choose).ToEquatableArray();
    }

    /// <summary>Finalists spread over the front; repaired ones that others beat by then fall away.</summary>
    private void Repair(EquatableArray<Particle> front)
    {
        var least = double.PositiveInfinity;
        foreach (var index in Spread(front.Count, MostFinalists))
        {
            var repaired = stages.Repair(front[index]);
            var error = stages.SelectError(repaired);
            if (error < least)
            {
                finalists.Add(new Finalist(front[index], index, repaired, error));
                least = error;
            }
        }
    }

    /// <summary>Errors after brief fine-tuning of some; of the others by interpolation over the logarithm of time.</summary>
    private void FineTune()
    {
        var tuned = Spread(finalists.Count, MostBrief).ToDictionary(i => i, i => stages.BriefError(finalists[i].Repaired, finalists[i].Index));
        for (var i = 0; i < finalists.Count; i++)
        {
            var (before, after) = (tuned.Keys.Where(k => k <= i).DefaultIfEmpty(tuned.Keys.Min()).Max(), tuned.Keys.Where(k => k >= i).DefaultIfEmpty(tuned.Keys.Max()).Min());
            var span = LogTime(after) - LogTime(before);
            var share = span == 0 ? 0 : (LogTime(i) - LogTime(before)) / span;
            finalists[i] = finalists[i] with { BriefError = tuned[before] + (share * (tuned[after] - tuned[before])) };
        }
    }

    private PrunedNetwork Choose(double tolerance)
    {
        for (var count = 0; count < MostRetrainings && Next(tolerance) is { } next; count++)
        {
            var network = stages.Retrain(finalists[next].Repaired, finalists[next].Index);
            var loss = stages.SelectError(network) - denseError;
            retrained.Add(next, new Retrained(network, loss));
        }

        var best = retrained.Where(r => r.Value.Loss <= tolerance).Select(r => (int?)r.Key).FirstOrDefault() ?? retrained.MinBy(r => r.Value.Loss).Key;
        var (finalist, result) = (finalists[best], retrained[best]);
        return new PrunedNetwork(tolerance, finalist.Particle.Genome, result.Network, result.Loss, finalist.Particle.Score.Microseconds, retrained.Count);
    }

    /// <summary>
    /// A finalist between the slowest known to be over the tolerance and the fastest known to be within it: the expected one while
    /// either is unknown, then the middle; null if there is none left to try.
    /// </summary>
    private int? Next(double tolerance)
    {
        var within = retrained.Where(r => r.Value.Loss <= tolerance).Select(r => r.Key).DefaultIfEmpty(finalists.Count).Min();
        var over = retrained.Keys.Where(k => k < within).DefaultIfEmpty(-1).Max();
        if (within - over <= 1)
        {
            return null;
        }

        var isBracketed = over >= 0 && within < finalists.Count;
        var expected = Enumerable.Range(over + 1, within - over - 1).Where(i => BriefLoss(i) * (BriefLoss(i) > 0 ? Remainder : 1) <= tolerance);
        return isBracketed || retrained.Count > 0 ? (over + within) / 2 : expected.Append(finalists.Count - 1).First();
    }

    private double BriefLoss(int finalist) => finalists[finalist].BriefError - denseError;

    private double LogTime(int finalist) => Math.Log(finalists[finalist].Particle.Score.Microseconds);

    /// <summary>So many indices at most, evenly spread, first and last included.</summary>
    private static IEnumerable<int> Spread(int count, int most) =>
        count <= most ? Enumerable.Range(0, count) : Enumerable.Range(0, most).Select(i => i * (count - 1) / (most - 1));

    private sealed record Finalist(Particle Particle, int Index, NetworkDescription Repaired, double RepairedError)
    {
        /// <summary>After brief fine-tuning.</summary>
        public double BriefError { get; init; }
    }

    private sealed record Retrained(NetworkDescription Network, double Loss);
}

/// <summary>What <see cref="Halving"/> has done to finalists.</summary>
internal interface IHalvingStages
{
    /// <summary>The candidate as a smaller network whose weights make up for what is gone, as well as they can without training.</summary>
    NetworkDescription Repair(Particle candidate);

    /// <summary>Misclassification rate in percent after brief fine-tuning.</summary>
    /// <param name="index">Names the candidate among those of its method.</param>
    double BriefError(NetworkDescription repaired, int index);

    /// <summary>The network after full retraining.</summary>
    NetworkDescription Retrain(NetworkDescription repaired, int index);

    /// <summary>Misclassification rate on the select images in percent.</summary>
    double SelectError(NetworkDescription network);
}

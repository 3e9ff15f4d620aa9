using KernelGen.Model;
using KernelGen.Search.Evolution;

namespace KernelGen.Search;

/// <summary>
/// From a front of candidates to one retrained network per tolerance, by successive halving (Jamieson, Talwalkar, 2016): of hundreds
/// that were scored after a quick repair, at most <see cref="MostFinalists"/> are repaired with more images and scored again,
/// <see cref="MostBrief"/> of them at first are fine-tuned briefly, and the fastest that should end within the tolerance is retrained fully.
/// </summary>
/// <remarks>
/// Which of two candidates of alike times loses less after fine-tuning says little of which will after retraining, and a few thousand images tell half a point from none
/// only roughly. So losses after fine-tuning are smoothed over the front, and what it leaves of the others' is interpolated; more are fine-tuned around the one
/// that would be retrained, and that one itself, which may show that another one should be.
/// The next to be retrained is the fastest that should end within the tolerance by its smoothed loss after fine-tuning and by what was left of that
/// in those retrained before; once one is over the tolerance and another within it, the front between them is bisected. All losses are
/// percentage points that a network misclassifies more of the select images than the dense one.
/// </remarks>
/// <param name="stages">How a finalist is repaired, fine-tuned and retrained.</param>
/// <param name="mostRetrainings">Full retrainings per tolerance, beyond those done for other tolerances.</param>
/// <param name="firstRemainder">The part of what fine-tuning leaves lost that is expected to be lost after retraining, too, while nothing is known.</param>
internal sealed class Halving(IHalvingStages stages, int mostRetrainings, double firstRemainder)
{
    public const int MostFinalists = 32;
    public const int MostBrief = 4;

    /// <summary>Smaller losses, in points, say little about the share of them that fine-tuning leaves.</summary>
    private const double LeastLoss = 0.5;

    /// <summary>Of the time of the faster one: those that are nearer to the one to be retrained may be fine-tuned, too.</summary>
    private const double Alike = 1.15;

    private readonly List<FrontPoint> repaired = [];
    private List<Finalist> finalists = [];
    private readonly SortedDictionary<int, double> fineTuned = [];
    private readonly SortedDictionary<int, Retrained> retrained = [];

    /// <summary>Loss on the select images, on which nothing was chosen yet, and estimated time of every candidate that was repaired; fastest first.</summary>
    public IReadOnlyList<FrontPoint> Repaired => repaired;

    /// <summary>Chooses and retrains.</summary>
    /// <param name="front">Fastest first; not empty.</param>
    /// <returns>One network per tolerance, in their order; the least wrong one where none came within the tolerance.</returns>
    public EquatableArray<PrunedNetwork> Run(EquatableArray<Particle> front, IEnumerable<double> tolerances)
    {
        Repair(front);
        FineTune(Spread([.. finalists.Select(f => f.Particle.Score.Microseconds)], MostBrief));
        var asked = tolerances.ToList();
        asked.ForEach(Retrain);
        return asked.Select(Choose).ToEquatableArray();
    }

    /// <summary>Finalists spread over the front's times; repaired ones that others beat by then fall away.</summary>
    private void Repair(EquatableArray<Particle> front)
    {
        foreach (var index in Spread([.. front.Select(p => p.Score.Microseconds)], MostFinalists))
        {
            finalists.Add(new Finalist(front[index], index, stages.RepairedLoss(front[index], index)));
        }

        repaired.AddRange(finalists.Select(f => new FrontPoint(f.RepairedLoss, f.Particle.Score.Microseconds)));
        finalists = [.. ParetoFront.Of(finalists, f => f.RepairedLoss)];
    }

    /// <summary>
    /// Losses after brief fine-tuning of these, smoothed; for those never fine-tuned, the share that it leaves of a loss is interpolated over the logarithm of time.
    /// </summary>
    private void FineTune(IEnumerable<int> some)
    {
        foreach (var i in some)
        {
            fineTuned.Add(i, stages.BriefLoss(finalists[i].Particle, finalists[i].Index));
        }

        var smoothed = fineTuned.Keys.Zip(Falling(fineTuned.Values)).ToDictionary();

        for (var i = 0; i < finalists.Count; i++)
        {
            var (before, after) = (fineTuned.Keys.Where(k => k <= i).Max(), fineTuned.Keys.Where(k => k >= i).Min());
            var span = LogTime(after) - LogTime(before);
            var way = span == 0 ? 0 : (LogTime(i) - LogTime(before)) / span;
            var left = Left(before) + (way * (Left(after) - Left(before)));
            finalists[i] = finalists[i] with { BriefLoss = smoothed.TryGetValue(i, out var own) ? own : finalists[i].RepairedLoss * left };
        }

        double Left(int finalist) => Math.Max(0, smoothed[finalist] / Math.Max(LeastLoss, finalists[finalist].RepairedLoss));
    }

    private void Retrain(double tolerance)
    {
        for (var count = 0; count < mostRetrainings && Checked(tolerance) is { } next; count++)
        {
            retrained.Add(next, stages.Retrain(finalists[next].Particle, finalists[next].Index));
        }
    }

    /// <summary>
    /// The next to be retrained: not by what it was expected to lose after fine-tuning, but by what it and those of alike times lose, as many of these as were
    /// fine-tuned at first.
    /// </summary>
    private int? Checked(double tolerance)
    {
        var left = MostBrief;
        while (!IsBisecting(Known(tolerance)) && Next(tolerance) is { } next)
        {
            if (!fineTuned.ContainsKey(next))
            {
                FineTune([next]);
                continue;
            }

            var alike = Alikes(next).Take(left).ToList();
            if (alike.Count == 0)
            {
                break;
            }

            left -= alike.Count;
            FineTune(alike);
        }

        return Next(tolerance);
    }

    /// <summary>Those of alike times that were neither fine-tuned nor retrained, the nearest first.</summary>
    private IEnumerable<int> Alikes(int next)
    {
        return Enumerable.Range(0, finalists.Count)
            .Where(i => !fineTuned.ContainsKey(i) && !retrained.ContainsKey(i) && Distance(i) < Math.Log(Alike))
            .OrderBy(Distance);

        double Distance(int i) => Math.Abs(LogTime(i) - LogTime(next));
    }

    /// <summary>
    /// The fastest within the tolerance of all that were retrained, for whichever tolerance that was, and of those that keep it after repair alone: a short training may
    /// lose more than it wins.
    /// </summary>
    private PrunedNetwork Choose(double tolerance)
    {
        var within = retrained.Where(r => r.Value.Loss <= tolerance).Select(r => (int?)r.Key).FirstOrDefault();
        var untrained = finalists.FindIndex(f => f.RepairedLoss <= tolerance);
        if (untrained >= 0 && (within is null || untrained < within))
        {
            var one = finalists[untrained];
            return Chosen(one, new Retrained(stages.Repair(one.Particle, one.Index), one.RepairedLoss));
        }

        var best = within ?? retrained.MinBy(r => r.Value.Loss).Key;
        return Chosen(finalists[best], retrained[best]);

        PrunedNetwork Chosen(Finalist finalist, Retrained result) =>
            new(tolerance, finalist.Particle.Genome, result.Network, result.Loss, finalist.Particle.Score.Microseconds, retrained.Count);
    }

    /// <summary>
    /// A finalist between the slowest known to be over the tolerance and the fastest known to be within it: the middle. As long as only one of
    /// these is known, the fastest that should be within the tolerance; if none should, the next faster than the one within it, the middle if
    /// one is over it, and the slowest if none was retrained. Null if there is none left to try.
    /// </summary>
    private int? Next(double tolerance)
    {
        var known = Known(tolerance);
        var (over, within) = known;
        if (within - over <= 1)
        {
            return null;
        }

        var middle = (over + within) / 2;
        if (IsBisecting(known))
        {
            return middle;
        }

        var remainder = Remainder();
        return Enumerable.Range(over + 1, within - over - 1)
            .FirstOrDefault(i => finalists[i].BriefLoss * (finalists[i].BriefLoss > 0 ? remainder : 1) <= tolerance, over < 0 ? within - 1 : middle);
    }

    /// <summary>The slowest retrained one over the tolerance, −1 if there is none, and the fastest within it, as many as there are if there is none.</summary>
    private (int Over, int Within) Known(double tolerance)
    {
        var within = retrained.Where(r => r.Value.Loss <= tolerance).Select(r => r.Key).DefaultIfEmpty(finalists.Count).Min();
        return (retrained.Keys.Where(k => k < within).DefaultIfEmpty(-1).Max(), within);
    }

    private bool IsBisecting((int Over, int Within) known) => known.Over >= 0 && known.Within < finalists.Count;

    /// <summary>
    /// The part of what fine-tuning leaves lost that is lost after retraining, too: as with those retrained so far, but never less than half
    /// of what was expected at first, so that one lucky network does not send the next try to the far end of the front.
    /// </summary>
    private double Remainder() => retrained.Count == 0
        ? firstRemainder
        : Math.Clamp(retrained.Values.Sum(r => r.Loss) / retrained.Keys.Sum(k => Math.Max(0.1, finalists[k].BriefLoss)), firstRemainder / 2, 1);

    /// <summary>
    /// A sequence near this one that nowhere rises (isotonic regression by pooling neighbours; Ayer, Brunk, Ewing, Reid, Silverman, 1955), of medians, so that one
    /// training that went astray does not matter.
    /// </summary>
    private static IEnumerable<double> Falling(IEnumerable<double> values)
    {
        var pools = new List<List<double>>();
        foreach (var value in values)
        {
            List<double> pool = [value];
            while (pools.Count > 0 && Median.Of(pools[^1]) < Median.Of(pool))
            {
                pool.AddRange(pools[^1]);
                pools.RemoveAt(pools.Count - 1);
            }

            pools.Add(pool);
        }

        return pools.SelectMany(p => Enumerable.Repeat(Median.Of(p), p.Count));
    }

    private double LogTime(int finalist) => Math.Log(finalists[finalist].Particle.Score.Microseconds);

    /// <summary>
    /// So many indices at most, ascending: first and last, then always the one that is farthest in the logarithm of time from those chosen
    /// (Gonzalez, 1985), so that it does not matter where a method found most candidates.
    /// </summary>
    private static IEnumerable<int> Spread(double[] times, int most)
    {
        var room = Array.ConvertAll(times, _ => double.PositiveInfinity);
        var chosen = new SortedSet<int>();
        for (var next = 0; chosen.Count < Math.Min(most, times.Length); next = chosen.Count == 1 ? times.Length - 1 : Array.IndexOf(room, room.Max()))
        {
            chosen.Add(next);
            for (var i = 0; i < room.Length; i++)
            {
                room[i] = chosen.Contains(i) ? -1 : Math.Min(room[i], Math.Abs(Math.Log(times[i] / times[next])));
            }
        }

        return chosen;
    }

    private sealed record Finalist(Particle Particle, int Index, double RepairedLoss)
    {
        /// <summary>After brief fine-tuning, or what that should leave.</summary>
        public double BriefLoss { get; init; }
    }
}

/// <summary>A network after full retraining, or after repair if that is enough.</summary>
/// <param name="Loss">Percentage points on the select images.</param>
internal sealed record Retrained(NetworkDescription Network, double Loss);

/// <summary>What <see cref="Halving"/> has done to finalists: each is a candidate and its index, which names it among those of its method.</summary>
internal interface IHalvingStages
{
    /// <summary>
    /// Percentage points that the candidate loses on the select images as a smaller network whose weights make up for what is gone, as well as they can without
    /// training.
    /// </summary>
    double RepairedLoss(Particle candidate, int index);

    /// <summary>That smaller network.</summary>
    NetworkDescription Repair(Particle candidate, int index);

    /// <summary>The loss after repair and brief fine-tuning.</summary>
    double BriefLoss(Particle candidate, int index);

    /// <summary>Repair and full retraining.</summary>
    Retrained Retrain(Particle candidate, int index);
}

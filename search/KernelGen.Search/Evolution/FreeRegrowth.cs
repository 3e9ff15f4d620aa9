using System.Numerics;
using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Brings back what was removed for nothing: taps, kernels and maps without which the generated code is no faster, because it computes them
/// anyway (whole vectors of maps, Winograd's transformed kernels) or because the dense schedule is the faster one.
/// </summary>
/// <remarks>
/// A network with more weights in the same time should not be the worse one after training, but is hardly ever found by chance: removals that save
/// time together with others and those that save none look alike to crossover and mutation. Local search on what they propose makes of the
/// evolution a memetic one (Moscato, 1989).
/// </remarks>
/// <param name="importance">Which removed maps come back first.</param>
/// <param name="times">How long the generated code takes.</param>
public sealed class FreeRegrowth(PruningSpace space, NetworkDescription dense, Importance importance, ITimeModel times)
{
    /// <summary>A genome that keeps all that this one keeps, and takes no longer.</summary>
    /// <param name="genome">Settled.</param>
    /// <param name="isAllowed">What every step of the way must satisfy besides.</param>
    public Genome Apply(Genome genome, Func<Genome, bool> isAllowed)
    {
        var best = Time(genome);
        for (var conv = 0; conv < space.Convs.Count; conv++)
        {
            Take(WithTaps(genome, conv));
            var kernels = WithKernels(genome, conv);
            var both = WithTaps(kernels, conv);
            if (!Take(kernels) && both != kernels)
            {
                Take(both);
            }
        }

        for (var group = 0; group < space.Channels.Groups.Count; group++)
        {
            FillUp(group);
        }

        return genome;

        bool Take(Genome grown)
        {
            if (grown == genome || !isAllowed(grown))
            {
                return false;
            }

            var time = Time(grown);
            if (time > best)
            {
                return false;
            }

            (genome, best) = (grown, time);
            return true;
        }

        // All units of a group if they are free; else the most important ones, as many as are free, by bisection.
        void FillUp(int group)
        {
            var removed = Enumerable.Range(0, genome.Units[group].Count)
                .Where(u => !genome.Units[group][u])
                .OrderByDescending(u => importance.Unit(new UnitRef(group, u)))
                .ToList();
            if (Take(WithUnits(genome, group, removed)))
            {
                return;
            }

            var taken = 0;
            for (var step = (int)(BitOperations.RoundUpToPowerOf2((uint)removed.Count) / 2); step > 0; step /= 2)
            {
                if (taken + step < removed.Count && Take(WithUnits(genome, group, removed.Take(taken + step))))
                {
                    taken += step;
                }
            }
        }
    }

    private double Time(Genome genome) => times.Microseconds(Compaction.Apply(space, dense, genome));

    private static Genome WithTaps(Genome genome, int conv)
    {
        var gene = genome.Convs[conv];
        return With(genome, conv, gene with { Taps = Enumerable.Repeat(new StridedTaps(0, 1), gene.Taps.Count).ToEquatableArray() });
    }

    private static Genome WithKernels(Genome genome, int conv)
    {
        var gene = genome.Convs[conv];
        return With(genome, conv, gene with { Kernels = Enumerable.Repeat(true, gene.Kernels.Count).ToEquatableArray() });
    }

    private static Genome With(Genome genome, int conv, ConvGene gene)
    {
        var convs = genome.Convs.ToArray();
        convs[conv] = gene;
        return genome with { Convs = convs.ToEquatableArray() };
    }

    private Genome WithUnits(Genome genome, int group, IEnumerable<int> back)
    {
        var kept = genome.Units[group].ToArray();
        foreach (var unit in back)
        {
            kept[unit] = true;
        }

        var units = genome.Units.ToArray();
        units[group] = kept.ToEquatableArray();
        return GenomeSettling.Settle(space, genome with { Units = units.ToEquatableArray() });
    }
}

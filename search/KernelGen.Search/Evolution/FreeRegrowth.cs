using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Brings back what was removed for nothing: taps, kernels and maps without which the generated code is no faster, because it computes them
/// anyway (whole vectors of maps, Winograd's transformed kernels) or because the dense schedule is the faster one.
/// </summary>
/// <remarks>
/// A network with more weights in the same time is never the worse one after training, but hardly ever found by chance: removals that save
/// time together with others and those that save none look alike to crossover and mutation. Local search on what they propose makes of the
/// evolution a memetic one (Moscato, 1989).
/// </remarks>
/// <param name="importance">Which removed maps come back first.</param>
/// <param name="times">How long the generated code takes.</param>
public sealed class FreeRegrowth(PruningSpace space, NetworkDescription dense, Importance importance, ITimeModel times)
{
    /// <summary>A genome that keeps all that this one keeps, and takes no longer.</summary>
    /// <param name="genome">Settled.</param>
    /// <param name="isAllowed">What the result must satisfy besides.</param>
    public Genome Apply(Genome genome, Func<Genome, bool> isAllowed)
    {
        var budget = Time(genome);
        bool IsFree(Genome grown) => isAllowed(grown) && Time(grown) <= budget;

        for (var conv = 0; conv < space.Convs.Count; conv++)
        {
            genome = First(genome, [WithTaps(genome, conv)], IsFree);
            genome = First(genome, [WithKernels(genome, conv), WithKernels(WithTaps(genome, conv), conv)], IsFree);
        }

        for (var group = 0; group < space.Channels.Groups.Count; group++)
        {
            genome = First(genome, WithUnits(genome, group), IsFree);
        }

        return genome;
    }

    private double Time(Genome genome) => times.Microseconds(Compaction.Apply(space, dense, genome));

    private static Genome First(Genome genome, IEnumerable<Genome> grown, Func<Genome, bool> isFree) =>
        grown.FirstOrDefault(g => g != genome && isFree(g)) ?? genome;

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

    /// <summary>With all of a group's removed units, or the better half, quarter, … of them.</summary>
    private IEnumerable<Genome> WithUnits(Genome genome, int group)
    {
        var removed = Enumerable.Range(0, genome.Units[group].Count)
            .Where(u => !genome.Units[group][u])
            .OrderByDescending(u => importance.Unit(new UnitRef(group, u)))
            .ToList();
        for (var count = removed.Count; count > 0; count /= 2)
        {
            var back = removed.Take(count).ToHashSet();
            var units = genome.Units.ToArray();
            units[group] = units[group].Select((kept, u) => kept || back.Contains(u)).ToEquatableArray();
            yield return GenomeSettling.Settle(space, genome with { Units = units.ToEquatableArray() });
        }
    }
}

using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class VariationTests
{
    [Theory]
    [InlineData("lenet")]
    [InlineData("residual")]
    [InlineData("concat")]
    [InlineData("depthwise")]
    [InlineData("grouped")]
    public void Random_genomes_leave_about_the_rate_asked_for(string network)
    {
        var (space, variation) = Create(network, minimumShare: 0);
        var dense = SparsityCounts.Of(space, space.Full).MacsLeft;
        var rates = new List<double>();
        for (var p = 0; p < 20; p++)
        {
            var genome = variation.Random(0.5, Granularities.All, new KeyedRandom(1, "test", 0, p));
            rates.Add(SparsityCounts.Of(space, genome).MacsLeft / (double)dense);
            Assert.Equal(genome, GenomeSettling.Settle(space, genome));
        }

        // Small networks go in coarse steps: the last one may overshoot.
        Assert.All(rates, r => Assert.InRange(r, 0.1, 0.5));
        Assert.InRange(rates.Average(), 0.3, 0.5);
    }

    [Fact]
    public void A_stage_removes_nothing_by_granularities_of_later_ones_whatever_their_minimum_share()
    {
        var (space, variation) = Create("lenet", minimumShare: 0.05);
        var removed = SparsityCounts.Of(space, variation.Random(0.5, Granularities.Maps, new KeyedRandom(1, "test", 0, 0))).Removed;
        Assert.True(removed.Map > 0);
        Assert.Equal((0, 0), (removed.Kernel, removed.Stride));
    }

    [Fact]
    public void Crossover_takes_each_layer_from_one_parent_and_the_first_layers_from_the_first()
    {
        var (space, variation) = Create("lenet", 0.05);
        var first = variation.Random(0.4, Granularities.All, new KeyedRandom(1, "test", 0, 0));
        var second = variation.Random(0.4, Granularities.All, new KeyedRandom(1, "test", 0, 1));
        var mixed = 0;
        for (var p = 0; p < 30; p++)
        {
            var child = variation.Crossover(first, second, new KeyedRandom(1, "crossover", 0, p));
            var fromFirst = child.Units.Select((u, g) => (u, g)).Where(c => first.Units[c.g] != second.Units[c.g]).Select(c => c.u == first.Units[c.g]).ToList();
            Assert.All(child.Units.Select((u, g) => u == first.Units[g] || u == second.Units[g]), Assert.True);
            Assert.Equal(fromFirst.OrderDescending(), fromFirst);
            mixed += fromFirst.Distinct().Count() - 1;
        }

        Assert.InRange(mixed, 5, 30);
    }

    [Fact]
    public void Perturbation_changes_some_genes_and_keeps_the_number_of_maps()
    {
        var (_, variation) = Create("lenet", 0.05);
        var genome = variation.Random(0.4, Granularities.All, new KeyedRandom(1, "test", 0, 0));
        var changed = 0;
        for (var p = 0; p < 10; p++)
        {
            var perturbed = variation.Perturb(genome, 0.2, new KeyedRandom(1, "perturb", 0, p));
            changed += perturbed == genome ? 0 : 1;
            Assert.Equal(genome.Units.Select(u => u.Count(k => k)), perturbed.Units.Select(u => u.Count(k => k)));
        }

        Assert.InRange(changed, 9, 10);
    }

    [Fact]
    public void Guided_pruning_keeps_what_matters()
    {
        var space = PruningSpace.Create(SmallNetworks.WithoutOddMaps(SmallNetworks.Create("lenet")));
        var importance = Importance.Magnitude(space);
        var variation = new Variation(space, importance, LayerCosts.Uniform(space), 0, Granularities.All);
        int odd = 0, even = 0;
        for (var p = 0; p < 30; p++)
        {
            var genome = variation.Random(0.4, Granularities.All, new KeyedRandom(1, "test", 0, p));
            odd += genome.Units[0].Where((kept, u) => !kept && u % 2 == 1).Count();
            even += genome.Units[0].Where((kept, u) => !kept && u % 2 == 0).Count();
        }

        Assert.True(odd > 2 * even, $"{odd} worthless and {even} worthy maps were removed");
        Assert.True(even > 0, "a tenth of the choices is uniform");
    }

    private static (PruningSpace Space, Variation Variation) Create(string network, double minimumShare)
    {
        var space = PruningSpace.Create(SmallNetworks.Create(network));
        var importance = Importance.Magnitude(space);
        return (space, new Variation(space, importance, LayerCosts.Uniform(space), minimumShare, Granularities.All));
    }
}

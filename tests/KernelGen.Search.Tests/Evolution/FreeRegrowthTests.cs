using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class FreeRegrowthTests
{
    private const int Lanes = 4;

    public static TheoryData<string> Networks => [.. SmallNetworks.Names];

    [Theory]
    [MemberData(nameof(Networks))]
    public void All_that_was_kept_stays_in_no_more_time(string network)
    {
        var search = Search.Of(network, ByVectors);
        for (var seed = 0; seed < 5; seed++)
        {
            var genome = GenomeSettling.Settle(search.Space, SmallNetworks.RandomGenome(search.Space, seed));
            var grown = search.Regrowth.Apply(genome, _ => true);
            Assert.True(search.Time(grown) <= search.Time(genome));
            Assert.True(SparsityCounts.Of(search.Space, grown).ConvWeightsLeft >= SparsityCounts.Of(search.Space, genome).ConvWeightsLeft);
            Assert.All(genome.Units.Zip(grown.Units), g => Assert.All(g.First.Zip(g.Second), u => Assert.True(!u.First || u.Second)));
            Assert.All(genome.Convs.Zip(grown.Convs), c =>
            {
                Assert.All(c.First.Kernels.Zip(c.Second.Kernels), k => Assert.True(!k.First || k.Second));
                Assert.All(c.First.Taps.Zip(c.Second.Taps), t => Assert.True(t.Second == t.First || t.Second.Stride == 1));
            });
            Assert.Equal(grown, GenomeSettling.Settle(search.Space, grown));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Where_every_weight_costs_time_nothing_comes_back(string network)
    {
        var search = Search.Of(network, ByWeights);
        for (var seed = 0; seed < 5; seed++)
        {
            var genome = GenomeSettling.Settle(search.Space, SmallNetworks.RandomGenome(search.Space, seed));
            var grown = search.Regrowth.Apply(genome, _ => true);
            Assert.Equal(SparsityCounts.Of(search.Space, genome), SparsityCounts.Of(search.Space, grown));
        }
    }

    [Fact]
    public void Vectors_are_filled_with_the_maps_that_matter_most_and_dense_kernels_get_all_taps_and_kernels_back()
    {
        var search = Search.Of(SmallNetworks.Wide, ByVectors);
        var genome = WithSparseConvs(search.Without(group: 1, units: 11));
        var grown = search.Regrowth.Apply(genome, _ => true);

        // 24 maps without 11 are 13, for which four vectors are computed.
        Assert.Equal(16, grown.Units[1].Count(kept => kept));
        var back = Enumerable.Range(0, 24).Where(u => grown.Units[1][u] && !genome.Units[1][u]);
        Assert.Equal(Enumerable.Range(0, 11).OrderByDescending(u => search.Importance.Unit(new UnitRef(1, u))).Take(3).Order(), back);
        Assert.Equal(search.Space.Full.Convs, grown.Convs);
    }

    [Fact]
    public void Time_that_one_regrowth_saves_is_not_spent_on_another()
    {
        var search = Search.Of(SmallNetworks.Wide, n => ByWeights(n) * (n.Layers.Select(l => l.Operator).OfType<Conv>().First().Weights.Taps.IsEmpty ? 1 : 5));
        var genome = WithSparseConvs(search.Space.Full);
        var grown = search.Regrowth.Apply(genome, _ => true);
        Assert.Equal(search.Space.Full.Convs[0].Taps, grown.Convs[0].Taps);
        Assert.Equal(genome.Convs.Select(c => c.Kernels), grown.Convs.Select(c => c.Kernels));
    }

    [Fact]
    public void What_is_not_allowed_stays_away()
    {
        var search = Search.Of(SmallNetworks.Wide, ByVectors);
        var genome = search.Without(group: 1, units: 5);
        Assert.Equal(genome, search.Regrowth.Apply(genome, g => g.Units[1].Count(kept => kept) < 20));
    }

    private static Genome WithSparseConvs(Genome genome) => genome with
    {
        Convs = genome.Convs.Select(c => c with
        {
            Kernels = c.Kernels.Select((_, k) => k % 3 != 0).ToEquatableArray(),
            Taps = c.Taps.Select(_ => new StridedTaps(0, 2)).ToEquatableArray(),
        }).ToEquatableArray(),
    };

    /// <summary>As if every convolution were computed densely, from whole vectors of maps to whole vectors of maps, and nothing else took time.</summary>
    private static double ByVectors(NetworkDescription network)
    {
        var graph = NetworkGraph.Create(network);
        return graph.Nodes.Sum(n => n.Operator is Conv conv ? Vectors(conv.OutputMaps) * Vectors(graph.ShapeOf(n.Inputs[0]).Maps / conv.Groups) * conv.Window.Area : 0);

        static double Vectors(int maps) => (maps + Lanes - 1) / Lanes;
    }

    private static double ByWeights(NetworkDescription network) => network.Layers.Sum(l => l.Operator switch
    {
        Conv conv => conv.Weights.Values.Length,
        Dense dense => dense.Weights.Length,
        _ => 0,
    });

    private sealed record Search(PruningSpace Space, NetworkDescription Dense, Importance Importance, ITimeModel Times)
    {
        public FreeRegrowth Regrowth => new(Space, Dense, Importance, Times);

        public static Search Of(string network, Func<NetworkDescription, double> time)
        {
            var dense = SmallNetworks.Create(network);
            var space = PruningSpace.Create(dense);
            return new Search(space, dense, Importance.Magnitude(space), new TimeBy(time));
        }

        public double Time(Genome genome) => Times.Microseconds(Compaction.Apply(Space, Dense, genome));

        /// <summary>The dense network without the first units of a group.</summary>
        public Genome Without(int group, int units) => Space.Full with
        {
            Units = Space.Full.Units.Select((kept, g) => kept.Select((_, u) => g != group || u >= units).ToEquatableArray()).ToEquatableArray(),
        };
    }
}

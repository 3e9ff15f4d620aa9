using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Pruning;

public class CompactionTests
{
    public static TheoryData<string, int> Cases()
    {
        var data = new TheoryData<string, int>();
        foreach (var name in SmallNetworks.Names)
        {
            for (var seed = 1; seed <= 8; seed++)
            {
                data.Add(name, seed);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_compacted_network_equals_the_masked_one(string name, int seed)
    {
        var network = SmallNetworks.Create(name, seed);
        var space = PruningSpace.Create(network);
        var genome = SmallNetworks.RandomGenome(space, seed);
        var image = SmallNetworks.Image(network.Inputs[0].Shape, seed);

        var masked = Interpreter.Run(NetworkGraph.Create(Mask(space, genome)), [image])[0];
        var compacted = Interpreter.Run(NetworkGraph.Create(Compaction.Apply(space, network, genome)), [image])[0];

        Assert.Equal(masked.Length, compacted.Length);
        var scale = masked.Max(Math.Abs);
        Assert.All(masked.Zip(compacted), p => Assert.True(Math.Abs(p.First - p.Second) <= 1e-5 * scale, $"{p.First} is not {p.Second}"));
    }

    [Fact]
    public void Random_networks_equal_their_masked_ones()
    {
        var removed = 0;
        for (var seed = 1; seed <= 150; seed++)
        {
            var network = RandomNetworks.Create(seed);
            var space = PruningSpace.Create(network);
            var genome = SmallNetworks.RandomGenome(space, seed);
            var image = SmallNetworks.Image(network.Inputs[0].Shape, seed);

            var masked = Interpreter.Run(NetworkGraph.Create(Mask(space, genome)), [image])[0];
            var compacted = Interpreter.Run(NetworkGraph.Create(Compaction.Apply(space, network, genome)), [image])[0];

            var scale = masked.Max(Math.Abs);
            Assert.All(masked.Zip(compacted), p => Assert.True(Math.Abs(p.First - p.Second) <= 1e-5 * scale, $"seed {seed}: {p.First} is not {p.Second}"));
            Assert.Equal(network, Compaction.Apply(space, network, space.Full));
            removed += genome.Units.Sum(u => u.Count(k => !k));
        }

        Assert.True(removed > 500, $"only {removed} units were removed");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Counts_agree_with_the_compacted_network(string name, int seed)
    {
        var network = SmallNetworks.Create(name, seed);
        var space = PruningSpace.Create(network);
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, seed));
        var counts = SparsityCounts.Of(space, genome);
        var graph = NetworkGraph.Create(Compaction.Apply(space, network, genome));

        var convs = graph.Nodes.Where(n => n.Operator is Conv).ToList();
        Assert.Equal(counts.ConvWeightsLeft, convs.Sum(n => (long)((Conv)n.Operator).Weights.Values.Length));
        var denses = graph.Nodes.Select(n => n.Operator).OfType<Dense>().Sum(d => (long)d.Weights.Length);
        Assert.Equal(counts.DenseWeightsLeft, denses);
        var convMacs = convs.Sum(n => (long)((Conv)n.Operator).Weights.Values.Length * graph.ShapeOf(n.Name).Height * graph.ShapeOf(n.Name).Width);
        Assert.Equal(counts.MacsLeft, convMacs + denses);
        Assert.Equal(counts.ConvWeights, space.Convs.Sum(c => c.Weights));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_kernels_leaving_a_source_map_keep_the_same_strided_taps(string name, int seed)
    {
        var network = SmallNetworks.Create(name, seed);
        var space = PruningSpace.Create(network);
        var genome = SmallNetworks.RandomGenome(space, seed);
        var compacted = Compaction.Apply(space, network, genome);

        foreach (var conv in compacted.Layers.Select(l => l.Operator).OfType<Conv>())
        {
            Assert.All(conv.Weights.Taps, t => Assert.True(t is DenseTaps or StridedTaps { Stride: > 1 }));
            Assert.All(conv.Weights.Taps.OfType<StridedTaps>(), t => Assert.InRange(t.Offset, 0, t.Stride - 1));
        }

        foreach (var (site, gene) in space.Convs.Zip(genome.Convs).Where(c => c.First.Groups == 1))
        {
            var conv = (Conv)compacted.Layers.Single(l => l.Name == site.Layer).Operator;
            var sources = Enumerable.Range(0, site.Sources.Count).Where(i => genome.Keeps(site.Sources[i])).ToList();
            var weights = conv.Weights.ToDense(conv.OutputMaps, sources.Count, 1, site.Area);
            for (var k = 0; k < conv.OutputMaps * sources.Count; k++)
            {
                var taps = gene.Taps[sources[k % sources.Count]];
                var left = Enumerable.Range(0, site.Area).Where(tap => weights[(k * site.Area) + tap] != 0).ToList();
                Assert.True(left.Count == 0 || left.SequenceEqual(Enumerable.Range(0, site.Area).Where(tap => tap >= taps.Offset && (tap - taps.Offset) % taps.Stride == 0)), $"{site.Layer}: taps {string.Join(' ', left)} are left of {taps}");
            }
        }
    }

    [Fact]
    public void The_full_genome_changes_nothing()
    {
        foreach (var name in SmallNetworks.Names)
        {
            var network = SmallNetworks.Create(name);
            var space = PruningSpace.Create(network);
            Assert.Equal(network, Compaction.Apply(space, network, space.Full));
        }
    }

    [Fact]
    public void Kept_maps_are_recorded()
    {
        var network = SmallNetworks.Create("lenet");
        var space = PruningSpace.Create(network);
        bool[] kept = [true, false, true, true, false, false];
        var genome = space.Full with { Units = [kept.ToEquatableArray(), space.Full.Units[1], space.Full.Units[2]] };

        var conv = (Conv)Compaction.Apply(space, network, genome).Layers.Single(l => l.Name == "conv1").Operator;

        Assert.Equal(new MapSelection(6, [0, 2, 3]), conv.Selection);
    }

    /// <summary>The same network in which everything that reads a removed map reads zero: the definition of pruning.</summary>
    private static NetworkDescription Mask(PruningSpace space, Genome genome)
    {
        var layers = space.Network.Layers.Select(layer => layer.Operator switch
        {
            Conv conv => layer with { Operator = Mask(conv, space, layer.Name, genome) },
            Dense dense => layer with { Operator = Mask(dense, space.Denses.Single(d => d.Layer == layer.Name), genome) },
            _ => layer,
        });
        return space.Network with { Layers = layers.ToEquatableArray() };
    }

    private static Conv Mask(Conv conv, PruningSpace space, string layer, Genome genome)
    {
        var index = space.Convs.ToList().FindIndex(c => c.Layer == layer);
        var (site, gene) = (space.Convs[index], genome.Convs[index]);
        var weights = conv.Weights.ToDense(site.Targets.Count, site.Sources.Count, site.Groups, site.Area);
        for (var w = 0; w < weights.Length; w++)
        {
            var (target, tap) = (w / (site.SourcesPerGroup * site.Area), w % site.Area);
            var source = (target / site.TargetsPerGroup * site.SourcesPerGroup) + (w / site.Area % site.SourcesPerGroup);
            var taps = gene.Taps[source];
            var exists = genome.Keeps(site.Sources[source])
                && gene.Kernels[(source * site.TargetsPerGroup) + (target % site.TargetsPerGroup)]
                && tap % taps.Stride == taps.Offset;
            weights[w] = exists ? weights[w] : 0;
        }

        return conv with { Weights = ConvWeights.FromDense(weights, site.Targets.Count, site.Sources.Count, site.Groups, site.Area) };
    }

    private static Dense Mask(Dense dense, DenseSite site, Genome genome)
    {
        var row = site.Sources.Count * site.ElementsPerSource;
        var weights = dense.Weights.Span.ToArray()
            .Select((v, i) => genome.Keeps(site.Sources[i % row / site.ElementsPerSource]) ? v : 0)
            .ToArray();
        return dense with { Weights = new FloatData(weights) };
    }
}

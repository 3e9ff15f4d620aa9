using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Repair;
using KernelGen.Search.Tests.Pruning;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Repair;

public class LeastSquaresRepairTests
{
    public static TheoryData<string, int> Candidates
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in SmallNetworks.Names)
            {
                data.Add(name, 1);
                data.Add(name, 2);
            }

            return data;
        }
    }

    [Fact]
    public void The_removal_of_a_map_that_another_repeats_is_made_up_for_but_for_the_penalty()
    {
        var dense = WithTwinMaps(SmallNetworks.Create("lenet"));
        using var images = RandomImages.For(dense, 200);
        dense = Calibrated(dense, images);
        var space = PruningSpace.Create(dense);
        var genome = space.Full with { Units = space.Full.Units.Select((u, g) => g == 0 ? u.Select((_, i) => i != 1).ToEquatableArray() : u).ToEquatableArray() };

        var repaired = LeastSquaresRepair.Apply(space, dense, genome, images.Images);

        var (wanted, compacted) = (Results(dense, images), Results(Compaction.Apply(space, dense, genome), images));
        Assert.InRange(Furthest(wanted, Results(repaired, images)), 0, Furthest(wanted, compacted) / 4);

        static float Furthest(float[] a, float[] b) => a.Zip(b).Max(p => Math.Abs(p.First - p.Second));
    }

    [Theory]
    [MemberData(nameof(Candidates))]
    public void Layers_come_closer_to_the_dense_network(string name, int seed)
    {
        var dense = SmallNetworks.Create(name);
        using var images = RandomImages.For(dense, 240);
        dense = Calibrated(dense, images);
        var space = PruningSpace.Create(dense);
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, seed));
        var compacted = Compaction.Apply(space, dense, genome);

        var repaired = LeastSquaresRepair.Apply(space, dense, genome, images.Images);

        var before = Distance(space, genome, dense, Calibrated(compacted, images), images);
        var after = Distance(space, genome, dense, repaired, images);
        Assert.True(after < before, FormattableString.Invariant($"{before} before, {after} after"));
        Assert.Equal(Weights(compacted).Select(w => (w.Kernels, w.Taps)), Weights(repaired).Select(w => (w.Kernels, w.Taps)));
        NetworkGraph.Create(repaired);
    }

    [Fact]
    public void The_same_candidate_is_repaired_the_same_way_alone_and_among_others()
    {
        var dense = SmallNetworks.Create("residual");
        using var images = RandomImages.For(dense, 150);
        var space = PruningSpace.Create(dense);
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, 5));
        using var repair = new LeastSquaresRepair(space, dense, images.Images, RepairEffort.Whole);

        repair.Apply(space.Full);

        Assert.Equal(LeastSquaresRepair.Apply(space, dense, genome, images.Images), repair.Apply(genome));
    }

    /// <summary>The second map of the first convolution computes what the first does.</summary>
    private static NetworkDescription WithTwinMaps(NetworkDescription network)
    {
        static FloatData Repeat(FloatData data, int each = 1)
        {
            var values = data.Span.ToArray();
            values.AsSpan(0, each).CopyTo(values.AsSpan(each));
            return new FloatData(values);
        }

        return network with
        {
            Layers = network.Layers.Select(l => l.Name switch
            {
                "conv1" when l.Operator is Conv c => l with { Operator = c with { Weights = c.Weights with { Values = Twin(c) }, Bias = Repeat(c.Bias!) } },
                "conv1.bn" when l.Operator is BatchNorm n => l with
                {
                    Operator = n with { Scale = Repeat(n.Scale), Shift = Repeat(n.Shift), Mean = Repeat(n.Mean), Variance = Repeat(n.Variance) },
                },
                _ => l,
            }).ToEquatableArray(),
        };

        // The input has one map, so the kernels of the targets lie one after the other.
        static FloatData Twin(Conv conv) => Repeat(conv.Weights.Values, conv.Window.Area);
    }

    private static NetworkDescription Calibrated(NetworkDescription network, ImageTensors images)
    {
        using var trainable = TrainableNetwork.Create(network);
        trainable.RecalibrateBatchNorm(images.Images);
        return SparseTraining.Restore(trainable.ToDescription(), network);
    }

    private static float[] Results(NetworkDescription network, ImageTensors images)
    {
        using var trainable = TrainableNetwork.Create(network);
        return Evaluator.Results(trainable, images);
    }

    private static IEnumerable<ConvWeights> Weights(NetworkDescription network) =>
        network.Layers.Select(l => l.Operator).OfType<Conv>().Select(c => c.Weights);

    /// <summary>How far the kept maps of the weighted layers are from the dense network's, their means apart; 1 per layer is as far as their deviation.</summary>
    private static double Distance(PruningSpace space, Genome genome, NetworkDescription dense, NetworkDescription candidate, ImageTensors images)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var first = TrainableNetwork.Create(dense);
        using var second = TrainableNetwork.Create(candidate);
        var (wanted, got) = (first.ForwardAll(images.Images), second.ForwardAll(images.Images));
        return space.Convs.Select(c => c.Layer).Concat(space.Denses.Select(d => d.Layer)).Average(layer =>
        {
            var maps = space.Channels.Maps(layer);
            var kept = torch.tensor(Enumerable.Range(0, maps.Count).Where(m => genome.Keeps(maps[m])).Select(m => (long)m).ToArray());
            torch.Tensor Centred(torch.Tensor x) => x.transpose(0, 1).flatten(1) is var rows ? rows - rows.mean([1], keepdim: true) : x;
            var target = Centred(wanted[layer].index_select(1, kept));
            return ((Centred(got[layer]) - target).square().sum() / target.square().sum()).item<float>();
        });
    }
}

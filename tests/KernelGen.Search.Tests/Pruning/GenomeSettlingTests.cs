using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Pruning;

public class GenomeSettlingTests
{
    private readonly PruningSpace space = PruningSpace.Create(SmallNetworks.Create("lenet"));

    [Fact]
    public void A_map_that_no_kernel_reads_is_removed_and_counted_as_a_map()
    {
        var genome = WithKernels(kernel => kernel / 8 != 2);

        var settled = GenomeSettling.Settle(space, genome);

        Assert.Equal([true, true, false, true, true, true], settled.Units[0]);
        var removed = SparsityCounts.Of(space, settled).Removed;
        Assert.Equal((9 + (8 * 9), 0, 0), (removed.Map, removed.Kernel, removed.Stride));
    }

    [Fact]
    public void A_map_that_no_kernel_feeds_is_removed()
    {
        var settled = GenomeSettling.Settle(space, WithKernels(kernel => kernel % 8 != 5));
        Assert.Equal(7, settled.Units[1].Count(k => k));
        Assert.False(settled.Units[1][5]);
    }

    [Fact]
    public void No_convolution_is_left_without_kernels()
    {
        var settled = GenomeSettling.Settle(space, WithKernels(_ => false));
        var counts = SparsityCounts.Of(space, settled);
        Assert.True(counts.ConvWeightsLeft > 0);
        Assert.All(settled.Units, u => Assert.Contains(true, u));
    }

    [Fact]
    public void Settling_again_changes_nothing()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var settled = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, seed));
            Assert.Equal(settled, GenomeSettling.Settle(space, settled));
        }
    }

    private Genome WithKernels(Func<int, bool> keeps)
    {
        var kernels = Enumerable.Range(0, 6 * 8).Select(keeps).ToEquatableArray();
        return space.Full with { Convs = [space.Full.Convs[0], space.Full.Convs[1] with { Kernels = kernels }] };
    }
}

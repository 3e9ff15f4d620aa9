using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Pruning;

public class ChannelGroupsTests
{
    [Theory]
    [InlineData("lenet", "conv1:6 conv2:8 fc1:10")]
    [InlineData("residual", "stem+b:6 a:5")]
    [InlineData("concat", "left+mix:4 right+mix:5")]
    [InlineData("depthwise", "point1+depth:6 point2:7")]
    [InlineData("grouped", "conv1+grouped:4")]
    [InlineData("reshape", "conv1:6 conv2:4")]
    public void Layers_that_share_maps_share_a_group(string network, string expected)
    {
        var groups = ChannelGroups.Of(NetworkGraph.Create(SmallNetworks.Create(network))).Groups;
        Assert.Equal(expected, string.Join(" ", groups.Select(g => $"{g.Name}:{g.Units}")));
    }

    [Fact]
    public void Inputs_and_outputs_are_never_removed()
    {
        foreach (var name in SmallNetworks.Names)
        {
            var network = SmallNetworks.Create(name);
            var channels = ChannelGroups.Of(NetworkGraph.Create(network));
            Assert.All(channels.Maps(network.Inputs[0].Name), m => Assert.True(m.IsFixed));
            Assert.All(channels.Maps(network.Outputs[0]), m => Assert.True(m.IsFixed));
        }
    }

    [Fact]
    public void Flattening_gives_each_element_the_unit_of_its_map()
    {
        var channels = ChannelGroups.Of(NetworkGraph.Create(SmallNetworks.Create("lenet")));
        Assert.Equal(Enumerable.Range(0, 72).Select(e => new UnitRef(1, e / 9)), channels.Maps("flat"));
    }
}

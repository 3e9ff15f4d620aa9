using KernelGen.Search.Tests.Pruning;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Training;

public class VisitTests
{
    public static TheoryData<string> Networks => new(SmallNetworks.Names);

    /// <summary>Although rectifiers overwrite what they read.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void A_visit_that_changes_nothing_computes_what_the_network_does(string name)
    {
        using var network = TrainableNetwork.Create(SmallNetworks.Create(name));
        using var images = RandomImages.For(network.Description, 20);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var seen = new List<string>();

        var visited = network.Visit(images.Images, (node, _) =>
        {
            seen.Add(node.Name);
            return null;
        });

        Assert.Equal(network.Graph.Nodes.Select(n => n.Name), seen);
        Assert.True(visited.allclose(network.Forward(images.Images), 1e-5, 1e-6));
    }
}

using KernelGen.Model;
using KernelGen.Search.Networks;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Networks;

public class NetworkCatalogTests
{
    private static readonly EquatableArray<string> Three = ["a", "b", "c"];

    [Theory]
    [InlineData("lenet-5", 1, 28)]
    [InlineData("lenet-5", 3, 32)]
    [InlineData("lenet-20-50-500", 1, 28)]
    [InlineData("lenet-20-50-500", 3, 32)]
    [InlineData("cnn-small-w0.125", 1, 28)]
    [InlineData("cnn-small-w0.125", 3, 32)]
    [InlineData("resnet-8", 1, 28)]
    [InlineData("resnet-8", 3, 32)]
    public void TorchSharp_agrees_with_the_reference_interpreter(string name, int channels, int side)
    {
        var description = NetworkCatalog.Create(name, new Shape(channels, side, side), Three, seed: 7);
        using var network = TrainableNetwork.Create(description);
        using var scope = torch.NewDisposeScope();

        // Statistics of real batches, so that batch norm is not the identity.
        network.Training = true;
        torch.manual_seed(1);
        network.Forward(torch.randn(16, channels, side, side));
        network.Training = false;

        var input = torch.randn(1, channels, side, side);
        var torchResult = network.Forward(input).data<float>().ToArray();
        var reference = Interpreter.Run(NetworkGraph.Create(network.ToDescription()), [input.data<float>().ToArray()])[0];

        Assert.Equal(3, reference.Length);
        Assert.Contains(reference, v => Math.Abs(v) > 1e-3);
        Compare.Close(reference, torchResult, 1e-4);
    }

    [Fact]
    public void Lenet_has_the_sizes_in_its_name()
    {
        var graph = NetworkGraph.Create(NetworkCatalog.Create("lenet-20-50-500", new Shape(1, 28, 28), Three, 1));
        Assert.Equal(new Shape(20, 24, 24), graph.ShapeOf("conv1"));
        Assert.Equal(new Shape(50, 8, 8), graph.ShapeOf("conv2"));
        Assert.Equal(new Shape(50, 4, 4), graph.ShapeOf("pool2"));
        Assert.Equal(new Shape(500), graph.ShapeOf("fc1"));
        Assert.Equal(new Shape(3), graph.ShapeOf(graph.Outputs[0]));
    }

    [Fact]
    public void Cnn_small_has_the_maps_of_the_paper_times_the_width()
    {
        var conv = (string name) => NetworkCatalog.Create(name, new Shape(3, 32, 32), Three, 1).Layers
            .Select(l => l.Operator).OfType<Conv>().Select(c => c.OutputMaps);
        Assert.Equal([128, 128, 128, 128, 256, 256], conv("cnn-small"));
        Assert.Equal([64, 64, 64, 64, 128, 128], conv("cnn-small-w0.5"));
    }

    [Fact]
    public void Initial_weights_follow_from_the_seed_and_have_the_variance_of_He()
    {
        NetworkDescription Create(long seed) => NetworkCatalog.Create("lenet-20-50-500", new Shape(1, 28, 28), Three, seed);

        Assert.Equal(Create(1), Create(1));
        Assert.NotEqual(Create(1), Create(2));
        var weights = ((Dense)Create(1).Layers.Single(l => l.Name == "fc1").Operator).Weights.Span.ToArray();
        Assert.Equal(2.0 / 800, weights.Average(w => (double)w * w), 2e-5);
        Assert.Equal(0, weights.Average(w => (double)w), 5e-4);
    }

    [Theory]
    [InlineData("lenet")]
    [InlineData("cnn-small-w0")]
    [InlineData("cnn-small-w9")]
    [InlineData("cnn-small-w0,5")]
    public void An_unknown_name_lists_the_known_ones(string name)
    {
        var error = Assert.Throws<ArgumentException>(() => NetworkCatalog.Create(name, new Shape(3, 32, 32), Three, 1));
        Assert.All(NetworkCatalog.Names, n => Assert.Contains(n, error.Message));
    }

    [Fact]
    public void Too_small_images_are_refused() =>
        Assert.Contains("too small", Assert.Throws<ArgumentException>(() => NetworkCatalog.Create("lenet-20-50-500", new Shape(1, 8, 8), Three, 1)).Message);
}

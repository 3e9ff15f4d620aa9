using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Networks;
using KernelGen.Search.Tests.Pruning;
using KernelGen.Search.Tests.Training;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Networks;

/// <summary>What is done to a network of the user's own before it is trained or searched.</summary>
public class OwnNetworkTests
{
    private static readonly ImageSet Colour = new("colour", new Shape(3, 4, 5), new byte[60], [0], ["a", "b"]);
    private static readonly ImageSet Grey = new("grey", new Shape(1, 4, 5), new byte[20], [0], ["a", "b"]);

    [Theory]
    [InlineData("4x5x3")]
    [InlineData("60")]
    public void The_input_takes_images_as_bytes_come(string shape)
    {
        var network = Classifier(Parse(shape));
        var image = Numbers(60);
        var fitted = ImageClassifier.For(network, Colour, "x.onnx");

        Assert.Equal(Colour.Shape, fitted.Inputs[0].Shape);
        Assert.Equal(Colour.ClassNames, fitted.Labels);
        var ordered = shape == "60" ? image : Interpreter.Apply(new Transpose([1, 2, 0]), [image], [Colour.Shape], Parse(shape));
        Assert.Equal(Run(network, ordered), Run(fitted, image));
    }

    [Fact]
    public void A_transposition_that_the_network_begins_with_is_left_out()
    {
        var network = new NetworkDescription(
            "keras",
            [new NetworkInput("in", new Shape(4, 5, 3))],
            [
                new Layer("chw", new Transpose([2, 0, 1]), ["in"]),
                new Layer("relu", Activation.Relu, ["chw"]),
                new Layer("fc", new Dense(2, Data(120)), ["relu"]),
            ],
            ["fc"]);
        var fitted = ImageClassifier.For(network, Colour, "x.onnx");
        Assert.Equal(["relu", "fc"], fitted.Layers.Select(l => l.Name));
        var image = Numbers(60);
        var rows = Interpreter.Apply(new Transpose([1, 2, 0]), [image], [Colour.Shape], new Shape(4, 5, 3));
        Assert.Equal(Run(network, rows), Run(fitted, image));
    }

    [Fact]
    public void Grey_images_need_no_axis_for_the_channel()
    {
        var fitted = ImageClassifier.For(Classifier(new Shape(4, 5)), Grey, "x.onnx");
        Assert.Equal(Grey.Shape, fitted.Inputs[0].Shape);
    }

    [Fact]
    public void Images_that_do_not_fit_are_refused_with_both_sizes()
    {
        var size = Assert.Throws<PruneException>(() => ImageClassifier.For(Classifier(new Shape(3, 8, 8)), Colour, "x.onnx"));
        Assert.Contains("x.onnx takes 3×8×8, but the images of colour are 3×4×5", size.Message);

        var classes = Assert.Throws<PruneException>(() => ImageClassifier.For(Classifier(new Shape(3, 4, 5)), Colour with { ClassNames = ["a", "b", "c"] }, "x.onnx"));
        Assert.Contains("2 scores", classes.Message);
        Assert.Contains("3 classes", classes.Message);
    }

    [Fact]
    public void An_added_constant_becomes_the_bias()
    {
        var conv = new Conv(4, Window.Square(1), ConvWeights.FromDense(Numbers(12), 4, 3, 1, 1), Data(4));
        var network = new NetworkDescription(
            "biases",
            [new NetworkInput("in", Colour.Shape)],
            [
                new Layer("conv", conv, ["in"]),
                new Layer("b1", new Constant(new Shape(4, 1, 1), Data(4)), []),
                new Layer("sum", new Add(), ["b1", "conv"]),
                new Layer("fc", new Dense(2, Data(160)), ["sum"]),
                new Layer("b2", new Constant(new Shape(2), Data(2)), []),
                new Layer("out", new Add(), ["fc", "b2"]),
            ],
            ["out"]);

        var merged = BiasMerging.Run(network);

        Assert.Equal(["sum", "out"], merged.Layers.Select(l => l.Name));
        Compare.Close(Run(network, Numbers(60)), Run(merged, Numbers(60)), 1e-6);
    }

    [Fact]
    public void A_constant_that_differs_within_a_map_or_is_added_to_what_others_read_stays()
    {
        var conv = new Conv(4, Window.Square(1), ConvWeights.FromDense(Numbers(12), 4, 3, 1, 1));
        var network = new NetworkDescription(
            "planes",
            [new NetworkInput("in", Colour.Shape)],
            [
                new Layer("conv", conv, ["in"]),
                new Layer("plane", new Constant(new Shape(4, 5), Data(20)), []),
                new Layer("sum", new Add(), ["conv", "plane"]),
            ],
            ["sum"]);
        Assert.Equal(network, BiasMerging.Run(network));

        var read = network with
        {
            Layers = [.. network.Layers.Where(l => l.Name == "conv"), new Layer("each", new Constant(new Shape(4, 1, 1), Data(4)), []), new Layer("sum", new Add(), ["conv", "each"])],
            Outputs = ["sum", "conv"],
        };
        Assert.Equal(read, BiasMerging.Run(read));
    }

    [Fact]
    public void Batch_norms_that_are_put_in_change_nothing()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var network = RandomNetworks.Create(seed);
            using var scope = torch.NewDisposeScope();
            torch.manual_seed(seed);
            var normalised = BatchNormInsertion.Neutral(network, torch.randn(8, 3, 6, 6));

            Assert.Equal(BatchNormInsertion.Count(network), normalised.Layers.Count - network.Layers.Count);
            Assert.Equal(0, BatchNormInsertion.Count(normalised));
            var image = SmallNetworks.Image(new Shape(3, 6, 6), seed);
            Compare.Close(Run(network, image), Run(normalised, image), 1e-3);
        }
    }

    [Fact]
    public void New_weights_keep_the_architecture_and_follow_from_the_seed()
    {
        var network = BatchNormInsertion.Fresh(RandomNetworks.Create(3));
        var drawn = Initialization.Draw(network, 7);
        Assert.Equal(drawn, Initialization.Draw(network, 7));
        Assert.NotEqual(drawn, Initialization.Draw(network, 8));
        Assert.Equal(network.Layers.Select(l => (l.Name, l.Operator.GetType())), drawn.Layers.Select(l => (l.Name, l.Operator.GetType())));
        Assert.All(drawn.Layers.Select(l => l.Operator).OfType<Dense>(), d => Assert.All(d.Bias!.Span.ToArray(), b => Assert.Equal(0, b)));
        NetworkGraph.Create(drawn);
    }

    [Fact]
    public void A_network_without_batch_norm_and_with_a_softmax_learns_once_it_has_them()
    {
        var images = TinyData.Images(96, seed: 1);
        var layers = TinyData.Network(images).Layers.Where(l => l.Name != "norm")
            .Select(l => l.Name == "relu" ? l with { Inputs = ["conv"] } : l)
            .Append(new Layer("p", new Softmax(), ["scores"]));
        var folded = new NetworkDescription("folded", [new NetworkInput("image", images.Shape)], layers.ToEquatableArray(), ["p"])
            .WithPreprocessing(ImagePreprocessing.FromImages(images));
        using var network = TrainableNetwork.Create(Initialization.Draw(BatchNormInsertion.Fresh(folded), 1));
        using var tensors = ImageTensors.Create(images, folded.Inputs[0].Preprocessing!);

        Trainer.Train(network, images, TinyData.Options with { Epochs = 12 });

        Assert.InRange(Evaluator.Evaluate(network, tensors).ErrorPercent, 0, 15);
        Assert.All(Evaluator.Results(network, tensors), v => Assert.InRange(v, 0, 1));
    }

    [Theory]
    [InlineData("0..1", 1 / 255.0, 0)]
    [InlineData("-1..1", 2 / 255.0, -1)]
    [InlineData("0..255", 1, 0)]
    [InlineData("0..1:0.5/0.25", 4 / 255.0, -2)]
    [InlineData("0..255:100,128,150/50,64,75", 1 / 64.0, -2)]
    public void Preprocessing_is_said_by_range_means_and_deviations(string text, double scale, double offset)
    {
        var preprocessing = PreprocessingText.Parse(text, 3);
        Assert.Equal(3, preprocessing.Scale.Length);
        Assert.Equal(scale, preprocessing.Scale[1], 1e-6);
        Assert.Equal(offset, preprocessing.Offset[1], 1e-6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0..0")]
    [InlineData("0..1:0.5")]
    [InlineData("0..1:0.5/0")]
    [InlineData("0..1:0.5,0.5/1,1")]
    [InlineData("0..1,5:0/1")]
    [InlineData("0..nan")]
    public void Other_texts_are_refused_with_examples(string text) =>
        Assert.Contains("-1..1", Assert.Throws<FormatException>(() => PreprocessingText.Parse(text, 3)).Message);

    private static NetworkDescription Classifier(Shape input) => new(
        "own",
        [new NetworkInput("in", input)],
        [new Layer("relu", Activation.Relu, ["in"]), new Layer("fc", new Dense(2, Data(2 * input.Length)), ["relu"])],
        ["fc"]);

    private static float[] Run(NetworkDescription network, float[] image) => Interpreter.Run(NetworkGraph.Create(network), [image])[0];

    private static FloatData Data(int count) => new(Numbers(count));

    private static float[] Numbers(int count)
    {
        var random = new DeterministicRandom(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
    }

    private static Shape Parse(string shape) => new(shape.Split('x').Select(int.Parse).ToArray());
}

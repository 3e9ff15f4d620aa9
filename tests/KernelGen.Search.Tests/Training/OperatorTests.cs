using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Tests.Networks;
using KernelGen.Search.Training;
using TorchSharp;
using Reduce = KernelGen.Model.Reduce;

namespace KernelGen.Search.Tests.Training;

/// <summary>Every operator of the model, in TorchSharp and by the reference interpreter.</summary>
public class OperatorTests
{
    private static readonly Window Odd = new(3, 2, 2, 1, 1, 2, 1, 0, 0, 1);

    public static TheoryData<string> Cases => [.. Operators.Keys];

    public static TheoryData<ActivationKind> Functions => [.. Enum.GetValues<ActivationKind>()];

    public static TheoryData<ReduceKind> Reductions => [.. Enum.GetValues<ReduceKind>()];

    private static Dictionary<string, Operator> Operators { get; } = new()
    {
        ["conv"] = new Conv(6, Odd, ConvWeights.FromDense(Random(6 * 4 * 6), 6, 4, 1, 6), new FloatData(Random(6))),
        ["grouped conv"] = new Conv(6, Odd, ConvWeights.FromDense(Random(6 * 2 * 6), 6, 4, 2, 6), null, 2),
        ["depthwise conv"] = new Conv(8, Odd, ConvWeights.FromDense(Random(8 * 6), 8, 4, 4, 6), null, 4),
        ["sparse conv"] = new Conv(6, Odd, ConvWeights.FromDense(
            Random(6 * 4 * 6),
            6,
            4,
            1,
            6,
            new KernelMask(4, 6, Enumerable.Range(0, 24).Select(i => i % 3 != 0).ToEquatableArray()),
            [new StridedTaps(1, 2), TapPattern.Dense, new FreeTaps([0, 5]), new StridedTaps(0, 4)])),
        ["dense"] = new Dense(5, new FloatData(Random(5 * 4 * 7 * 6)), new FloatData(Random(5))),
        ["batch norm"] = new BatchNorm(new FloatData(Random(4)), new FloatData(Random(4)), new FloatData(Random(4)), new FloatData([0.5f, 1, 2, 3]), 1e-3f),
        ["relu"] = Activation.Relu,
        ["max pool"] = new Pool(PoolKind.Max, Odd),
        ["average pool"] = new Pool(PoolKind.Average, Odd),
        ["average pool with padding counted"] = new Pool(PoolKind.Average, Odd, CountPadding: true),
        ["plain average pool"] = new Pool(PoolKind.Average, Window.Square(2, 2)),
        ["global max"] = new GlobalPool(PoolKind.Max),
        ["global average"] = new GlobalPool(PoolKind.Average),
        ["add"] = new Add(),
        ["concat"] = new Concat(),
        ["flatten"] = new Flatten(),
        ["reshape"] = new Reshape(new Shape(6, 4, 7)),
        ["softmax over maps"] = new Softmax(0),
        ["softmax over columns"] = new Softmax(2),
        ["concat of rows"] = new Concat(1),
        ["multiply"] = new Binary(BinaryKind.Multiply),
        ["matrices"] = new MatMul(),
        ["mean of maps"] = new Reduce(ReduceKind.Mean, [1, 2]),
        ["transpose"] = new Transpose([2, 0, 1]),
        ["slice"] = new Slice([3, 1, 5], [-1, 3, -2], [4, 2, 3]),
        ["pad"] = new Pad([0, 1, 2], [1, 0, 3], 0.5f),
        ["gather"] = new Gather(1, [6, 0, 0, 2]),
        ["expand"] = new Expand(new Shape(2, 4, 7, 6)),
        ["resample"] = new Resample(1, 2, [0, 1, 2, 2, 6, 5], new FloatData([0.25f, 0.75f, 1, 0, 0.5f, 0.5f])),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TorchSharp_agrees_with_the_reference_interpreter(string name)
    {
        var op = Operators[name];
        Shape? second = op switch
        {
            Add or Concat or Binary => new Shape(4, 7, 6),
            MatMul => new Shape(4, 6, 3),
            _ => null,
        };
        CompareBoth(op, new Shape(4, 7, 6), second);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void TorchSharp_computes_every_elementwise_function(ActivationKind kind) =>
        CompareBoth(new Activation(kind, Alpha: 0.6f, Minimum: -0.5f, Maximum: 0.7f, Beta: 0.4f), new Shape(4, 7, 6), null);

    [Theory]
    [InlineData("5x3", "3")]
    [InlineData("3", "5x3")]
    [InlineData("4x1x6", "7x1")]
    [InlineData("1", "2x3x2x2")]
    [InlineData("2x3x4x5", "4x5")]
    public void TorchSharp_broadcasts_behind_the_batch(string first, string second)
    {
        CompareBoth(new Add(), Parse(first), Parse(second));
        foreach (var kind in Enum.GetValues<BinaryKind>())
        {
            CompareBoth(new Binary(kind), Parse(first), Parse(second));
        }
    }

    [Theory]
    [InlineData("5x3", "3x2")]
    [InlineData("2x5x3", "3x2")]
    [InlineData("5x3", "4x3x2")]
    [InlineData("4x1x5x3", "6x3x2")]
    public void TorchSharp_multiplies_matrices(string first, string second) => CompareBoth(new MatMul(), Parse(first), Parse(second));

    [Theory]
    [MemberData(nameof(Reductions))]
    public void TorchSharp_reduces_along_any_axes(ReduceKind kind)
    {
        EquatableArray<int>[] axes = kind is ReduceKind.ArgMax or ReduceKind.ArgMin ? [[0], [1], [3]] : [[0], [1, 3], [0, 1, 2, 3]];
        foreach (var some in axes)
        {
            CompareBoth(new Reduce(kind, some), new Shape(3, 2, 4, 2), null);
        }
    }

    [Fact]
    public void Every_operator_of_the_model_is_compared()
    {
        var all = typeof(Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operator)));
        var compared = Operators.Values.Select(o => o.GetType()).Append(typeof(Constant));
        Assert.Empty(all.Except(compared));
    }

    [Fact]
    public void Constants_are_repeated_over_the_batch_and_not_trained()
    {
        var description = new NetworkDescription(
            "constants",
            [new NetworkInput("x", new Shape(2, 2, 2))],
            [
                new Layer("plane", new Constant(new Shape(1, 2, 2), new FloatData([1, 2, 3, 4])), []),
                new Layer("both", new Concat(), ["x", "plane"]),
                new Layer("scores", new Dense(2, new FloatData(Random(24))), ["both"]),
            ],
            ["scores"]);
        using var network = TrainableNetwork.Create(description);
        using var scope = torch.NewDisposeScope();
        var values = Random(3 * 8);

        var result = network.Forward(torch.tensor(values, [3, 2, 2, 2])).data<float>().ToArray();

        var expected = values.Chunk(8).SelectMany(v => Interpreter.Run(network.Graph, [v])[0]).ToArray();
        Compare.Close(expected, result, 1e-5);
        Assert.Single(network.Parameters);
    }

    [Fact]
    public void Scores_are_read_before_a_softmax_at_the_end()
    {
        NetworkDescription Ending(params Layer[] end) => new(
            "end",
            [new NetworkInput("x", new Shape(4))],
            [new Layer("fc", new Dense(3, new FloatData(Random(12))), ["x"]), .. end],
            [end.Length == 0 ? "fc" : end[^1].Name]);
        Layer[] softmax = [new("row", new Reshape(new Shape(1, 3)), ["fc"]), new("p", new Softmax(1), ["row"]), new("out", new Flatten(), ["p"])];
        Layer[] other = [new("tall", new Reshape(new Shape(3, 1)), ["fc"]), new("ones", new Softmax(1), ["tall"])];

        Assert.Equal("row", Scores(Ending(softmax)));
        Assert.Equal("fc", Scores(Ending()));
        Assert.Equal("ones", Scores(Ending(other)));

        static string Scores(NetworkDescription description)
        {
            using var network = TrainableNetwork.Create(description);
            return network.ScoresTensor;
        }
    }

    [Fact]
    public void Preprocessing_is_exactly_byte_times_scale_plus_offset()
    {
        var images = TinyData.Images(9, seed: 5);
        var preprocessing = ImagePreprocessing.FromImages(images);
        using var tensors = ImageTensors.Create(images, preprocessing);

        var values = tensors.Images.data<float>().ToArray();

        for (var i = 0; i < values.Length; i++)
        {
            var scaled = images.Pixels[i] * preprocessing.Scale[0];
            Assert.Equal(scaled + preprocessing.Offset[0], values[i]);
        }

        Assert.Equal(0, values.Average(v => (double)v), 1e-4);
        Assert.Equal(1, values.Average(v => (double)v * v), 1e-4);
    }

    /// <summary>Two images, as one batch in TorchSharp and one by one in the interpreter.</summary>
    private static void CompareBoth(Operator op, Shape first, Shape? second)
    {
        // The second input is a vector's worth of trained units in another shape: so both depend on the image.
        var layers = new List<Layer> { new("a", new Activation(ActivationKind.Abs), ["x"]) };
        if (second is { } shape)
        {
            layers.Add(new Layer("units", new Dense(shape.Length, new FloatData(Random(shape.Length * first.Length))), ["x"]));
            layers.Add(new Layer("y", new Reshape(shape), ["units"]));
        }

        // Some functions are only defined above zero.
        var from = op is Activation { Kind: ActivationKind.Log or ActivationKind.Sqrt } or Binary { Kind: BinaryKind.Power } ? "a" : "x";
        EquatableArray<string> inputs = second is null ? [from] : [from, "y"];
        var description = new NetworkDescription(
            "one-operator",
            [new NetworkInput("x", first)],
            [.. layers, new Layer("z", op, inputs), new Layer("end", Activation.Relu, ["z"])],
            ["z"]);
        var values = Random(2 * first.Length);
        using var network = TrainableNetwork.Create(description);
        using var scope = torch.NewDisposeScope();

        var result = network.Forward(torch.tensor(values, [2, .. first.Dimensions.Select(d => (long)d)]));

        var expected = values.Chunk(first.Length).SelectMany(v => Interpreter.Run(network.Graph, [v])[0]).ToArray();
        Assert.Equal([2L, .. network.Graph.ShapeOf("z").Dimensions.Select(d => (long)d)], result.shape);
        Compare.Close(expected, result.contiguous().data<float>().ToArray(), 1e-5);

        // Nothing but its inputs was rounded, so that one can tell how far a result may be off where the operator magnifies no errors.
        network.Precision = Precision.Mixed;
        var rounded = network.Forward(torch.tensor(values, [2, .. first.Dimensions.Select(d => (long)d)]));
        Assert.Equal(result.shape, rounded.shape);
        if (op is Conv or Dense)
        {
            Assert.Equal(op is Conv { Groups: 1 } or Dense ? torch.bfloat16 : torch.float32, rounded.dtype);
        }

        if (op is Conv or Dense or BatchNorm or Pool or GlobalPool or Add or Concat or Flatten or Reshape or Activation { Kind: ActivationKind.Relu })
        {
            Compare.Close(expected, rounded.to(torch.float32).contiguous().data<float>().ToArray(), 0.02);
        }

        var described = NetworkGraph.Create(network.ToDescription());
        Compare.Close(expected, values.Chunk(first.Length).SelectMany(v => Interpreter.Run(described, [v])[0]).ToArray(), 0);
    }

    private static Shape Parse(string shape) => new(shape.Split('x').Select(int.Parse).ToArray());

    private static float[] Random(int count)
    {
        var random = new DeterministicRandom(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
    }
}

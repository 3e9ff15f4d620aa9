using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Tests.Networks;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Training;

/// <summary>Every operator of the model, in TorchSharp and by the reference interpreter.</summary>
public class OperatorTests
{
    private static readonly Window Odd = new(3, 2, 2, 1, 1, 2, 1, 0, 0, 1);

    public static TheoryData<string> Cases => [.. Operators.Keys];

    private static Dictionary<string, Operator> Operators { get; } = new()
    {
        ["conv"] = new Conv(6, Odd, ConvWeights.FromDense(Random(6 * 4 * 6), 6, 4, 1, 6), new FloatData(Random(6))),
        ["grouped conv"] = new Conv(6, Odd, ConvWeights.FromDense(Random(6 * 2 * 6), 6, 4, 2, 6), null, 2),
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
        ["relu6"] = new Activation(ActivationKind.Relu6),
        ["leaky relu"] = new Activation(ActivationKind.LeakyRelu, Alpha: 0.2f),
        ["sigmoid"] = new Activation(ActivationKind.Sigmoid),
        ["hard swish"] = new Activation(ActivationKind.HardSwish),
        ["clip"] = new Activation(ActivationKind.Clip, Minimum: -0.5f, Maximum: 0.75f),
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
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TorchSharp_agrees_with_the_reference_interpreter(string name)
    {
        var op = Operators[name];
        EquatableArray<string> inputs = op is Add or Concat ? ["x", "y"] : ["x"];
        var description = new NetworkDescription(
            "one-operator",
            [new NetworkInput("x", new Shape(4, 7, 6))],
            [new Layer("y", new Activation(ActivationKind.Sigmoid), ["x"]), new Layer("z", op, inputs), new Layer("end", Activation.Relu, ["z"])],
            ["z"]);
        var values = Random(4 * 7 * 6);
        using var network = TrainableNetwork.Create(description);
        using var scope = torch.NewDisposeScope();

        var result = network.Forward(torch.tensor(values, [1, 4, 7, 6]));

        var expected = Interpreter.Run(network.Graph, [values])[0];
        Assert.Equal([1L, .. network.Graph.ShapeOf("z").Dimensions.Select(d => (long)d)], result.shape);
        Compare.Close(expected, result.contiguous().data<float>().ToArray(), 1e-5);
        Compare.Close(expected, Interpreter.Run(NetworkGraph.Create(network.ToDescription()), [values])[0], 0);
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

    private static float[] Random(int count)
    {
        var random = new DeterministicRandom(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
    }
}

using KernelGen.Model;

namespace KernelGen.Search.Tests.Pruning;

/// <summary>Random networks of a few blocks, each block another way in which layers couple maps, or keep them from going.</summary>
internal sealed class RandomNetworks
{
    private const int Side = 6;

    private readonly Random random;
    private readonly List<Layer> layers = [];
    private NetworkGraph graph;

    private RandomNetworks(int seed)
    {
        random = new Random(seed);
        graph = Build("in");
    }

    /// <summary>Three to six blocks between a first convolution and a fully connected layer with a softmax.</summary>
    public static NetworkDescription Create(int seed)
    {
        var network = new RandomNetworks(seed);
        var x = network.Conv("in", 8);
        for (var blocks = network.random.Next(3, 7); blocks > 0; blocks--)
        {
            x = network.Block(x);
        }

        x = network.Conv(x, 6);
        x = network.Append(new Dense(3, network.Draw(3 * network.graph.ShapeOf(x).Length), network.Draw(3)), x);
        x = network.Append(new Softmax(), x);
        return network.Describe(x);
    }

    private string Block(string x)
    {
        var (maps, height, width) = (graph.ShapeOf(x).Maps, graph.ShapeOf(x)[1], graph.ShapeOf(x)[2]);
        FloatData PerMap() => Draw(maps);
        string Constant(params int[] shape) => Append(new Constant(new Shape(shape), Draw(shape.Aggregate(1, (a, b) => a * b))));
        switch (random.Next(22))
        {
            case 0:
                return Relu(Append(new Add(), x, Conv(Relu(Conv(x, 5)), maps)));
            case 1:
                return Append(new Concat(), x, Conv(x, 3));
            case 2:
                return Append(new Concat(1), Conv(x, 6), Conv(x, 6));
            case 3:
                return Depthwise(x, maps, 1);
            case 4:
                return Depthwise(x, maps, 2);
            case 5:
                var gate = Append(new GlobalPool(PoolKind.Average), x);
                gate = Append(new Activation(ActivationKind.Sigmoid), Conv(Relu(Conv(gate, 4, 1)), maps, 1));
                return Append(new Binary(BinaryKind.Multiply), x, gate);
            case 6:
                return Append(new Binary(BinaryKind.Prelu), x, Constant(maps, 1, 1));
            case 7:
                return Append(new Add(), x, Constant(height, width));
            case 8:
                return Append(new Add(), Constant(1), x, Append(new Reduce(ReduceKind.Mean, [1, 2]), x));
            case 9:
                return Append(new Binary(BinaryKind.Subtract), x, Append(new Reduce(ReduceKind.Max, [0]), x));
            case 10:
                return Append(new Transpose([0, 2, 1]), x);
            case 11:
                return Append(new Transpose([1, 0, 2]), x);
            case 12:
                return Append(new Slice([0, 1, 0], [1, 1, 1], [maps, height - 1, width]), x);
            case 13:
                return Append(new Slice([1, 0, 0], [1, 1, 1], [maps - 1, height, width]), x);
            case 14:
                return Append(new Pad([0, 1, 0], [0, 0, 1], 0.5f), x);
            case 15:
                return Append(new Gather(0, [.. Enumerable.Range(0, maps).Reverse()]), x);
            case 16:
                return Append(new Resample(2, 1, [.. Enumerable.Range(0, width).Reverse()], new FloatData(Enumerable.Repeat(1f, width).ToArray())), x);
            case 17:
                var column = Append(new Reduce(ReduceKind.Sum, [1, 2]), x);
                return Append(new Expand(new Shape(maps, height, width)), column);
            case 18:
                return Append(new Softmax(random.Next(3)), x);
            case 19:
                return Append(new MatMul(), x, Append(new Transpose([0, 2, 1]), Conv(x, maps)));
            case 20:
                return Append(new BatchNorm(PerMap(), PerMap(), PerMap(), new FloatData(PerMap().Span.ToArray().Select(v => 1 + v).ToArray())), x);
            default:
                return Append(new Add(), x, Conv(x, 1));
        }
    }

    private string Depthwise(string x, int maps, int multiplier)
    {
        var weights = ConvWeights.FromDense(Draw(maps * multiplier * 9).Span, maps * multiplier, maps, maps, 9);
        return Append(new Conv(maps * multiplier, Window.Square(3, padding: 1), weights, Draw(maps * multiplier), maps), x);
    }

    private string Conv(string x, int maps, int kernel = 3)
    {
        var from = x == "in" ? 3 : graph.ShapeOf(x).Maps;
        var weights = ConvWeights.FromDense(Draw(maps * from * kernel * kernel).Span, maps, from, 1, kernel * kernel);
        return Append(new Conv(maps, Window.Square(kernel, padding: kernel / 2), weights, Draw(maps)), x);
    }

    private string Relu(string x) => Append(Activation.Relu, x);

    private string Append(Operator op, params string[] inputs)
    {
        var name = FormattableString.Invariant($"{op.GetType().Name}{layers.Count}");
        layers.Add(new Layer(name, op, inputs.ToEquatableArray()));
        graph = Build(name);
        return name;
    }

    private NetworkGraph Build(string output) => NetworkGraph.Create(Describe(output));

    private NetworkDescription Describe(string output) =>
        new("random", [new NetworkInput("in", new Shape(3, Side, Side))], layers.ToEquatableArray(), [output]);

    private FloatData Draw(int count) => new(Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray());
}

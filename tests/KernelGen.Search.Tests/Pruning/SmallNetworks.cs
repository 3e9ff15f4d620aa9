using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Pruning;

/// <summary>Small networks with random weights, one per way in which layers couple maps.</summary>
internal sealed class SmallNetworks
{
    public static readonly string[] Names = ["lenet", "residual", "concat", "depthwise", "grouped", "reshape"];

    /// <summary>The LeNet with so many maps that chance does not find the right ones.</summary>
    public const string Wide = "wide";

    private readonly Random random;
    private readonly List<Layer> layers = [];

    private SmallNetworks(int seed) => random = new Random(seed);

    public static NetworkDescription Create(string name, int seed = 1)
    {
        var b = new SmallNetworks(seed);
        var input = name is "lenet" or Wide ? new Shape(1, 12, 12) : new Shape(3, 8, 8);
        return name switch
        {
            "lenet" => b.LeNet(input, 6, 8, 10),
            Wide => b.LeNet(input, 12, 24, 40),
            "residual" => b.Residual(input),
            "concat" => b.Concat(input),
            "depthwise" => b.Depthwise(input),
            "grouped" => b.Grouped(input),
            _ => b.Reshape(input),
        };
    }

    /// <summary>The network with every second map of its first convolution always zero, so that nothing is lost with those.</summary>
    public static NetworkDescription WithoutOddMaps(NetworkDescription network)
    {
        var conv = (Conv)network.Layers[0].Operator;
        var weights = conv.Weights.ToDense(conv.OutputMaps, 1, 1, conv.Window.Area);
        for (var k = 0; k < weights.Length; k++)
        {
            weights[k] = k / conv.Window.Area % 2 == 1 ? 0 : weights[k];
        }

        var zeroed = conv with { Weights = ConvWeights.FromDense(weights, conv.OutputMaps, 1, 1, conv.Window.Area) };
        return network with { Layers = network.Layers.Skip(1).Prepend(network.Layers[0] with { Operator = zeroed }).ToEquatableArray() };
    }

    /// <summary>A genome of random bits, in which no group is empty.</summary>
    public static Genome RandomGenome(PruningSpace space, int seed)
    {
        var random = new Random(seed);
        bool[] Bits(int count) => Enumerable.Range(0, count).Select(_ => random.NextDouble() < 0.6).ToArray();
        var units = space.Channels.Groups.Select(g => Bits(g.Units)).ToArray();
        foreach (var group in units)
        {
            group[random.Next(group.Length)] = true;
        }

        return new Genome(
            units.Select(u => u.ToEquatableArray()).ToEquatableArray(),
            space.Convs.Select(c => new ConvGene(
                Bits(c.Sources.Count * c.TargetsPerGroup).ToEquatableArray(),
                c.Sources.Select(_ => RandomTaps(c.Area, random)).ToEquatableArray())).ToEquatableArray());
    }

    public static float[] Image(Shape shape, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, shape.Length).Select(_ => (float)random.NextDouble()).ToArray();
    }

    private static StridedTaps RandomTaps(int area, Random random)
    {
        var stride = area == 1 || random.Next(3) == 0 ? 1 : random.Next(1, Math.Min(area, 5));
        return new StridedTaps(random.Next(stride), stride);
    }

    private NetworkDescription LeNet(Shape input, int maps1, int maps2, int units)
    {
        var x = Norm(Conv("conv1", "in", 1, maps1, 3));
        x = Append("pool1", new Pool(PoolKind.Max, Window.Square(2, 2)), x);
        x = Norm(Conv("conv2", x, maps1, maps2, 3));
        x = Append("flat", new Flatten(), x);
        x = Norm(Dense("fc1", x, maps2 * 3 * 3, units));
        return Build("lenet", input, Dense("fc2", x, units, 4));
    }

    private NetworkDescription Residual(Shape input)
    {
        var x = Norm(Conv("stem", "in", 3, 6, 3, 1));
        var y = Norm(Conv("a", x, 6, 5, 3, 1));
        y = Append("b.bn", RandomNorm(6), Conv("b", y, 5, 6, 3, 1));
        y = Append("sum", new Add(), x, y);
        y = Append("sum.relu", Activation.Relu, y);
        y = Append("gap", new GlobalPool(PoolKind.Average), y);
        return Build("residual", input, Dense("fc", y, 6, 3));
    }

    private NetworkDescription Concat(Shape input)
    {
        var left = Norm(Conv("left", "in", 3, 4, 3, 1));
        var right = Norm(Conv("right", "in", 3, 5, 1));
        var x = Append("both", new Concat(), left, right);
        x = Append("both.bn", RandomNorm(9), x);
        x = Append("both.act", new Activation(ActivationKind.LeakyRelu), x);
        x = Norm(Conv("mix", x, 9, 9, 3));
        x = Append("sum", new Add(), x, Append("crop", new Pool(PoolKind.Average, Window.Square(3)), "both"));
        return Build("concat", input, Dense("fc", x, 9 * 6 * 6, 3));
    }

    private NetworkDescription Depthwise(Shape input)
    {
        var x = Norm(Conv("point1", "in", 3, 6, 1));
        x = Norm(Conv("depth", x, 6, 12, 3, 1, groups: 6));
        x = Norm(Conv("point2", x, 12, 7, 1));
        x = Append("gap", new GlobalPool(PoolKind.Max), x);
        return Build("depthwise", input, Dense("fc", x, 7, 3));
    }

    private NetworkDescription Grouped(Shape input)
    {
        var x = Norm(Conv("conv1", "in", 3, 8, 3));
        x = Norm(Conv("grouped", x, 8, 12, 3, 1, groups: 4));
        return Build("grouped", input, Dense("fc", x, 12 * 6 * 6, 3));
    }

    private NetworkDescription Reshape(Shape input)
    {
        var x = Norm(Conv("conv1", "in", 3, 6, 3));
        x = Append("reshape", new Reshape(new Shape(12, 3, 6)), x);
        x = Norm(Conv("conv2", x, 12, 4, 3));
        return Build("reshape", input, Append("softmax", new Softmax(), Dense("fc", x, 16, 3)));
    }

    private NetworkDescription Build(string name, Shape input, string output) =>
        new(name, [new NetworkInput("in", input)], layers.ToEquatableArray(), [output]);

    private string Conv(string name, string input, int from, int to, int kernel, int padding = 0, int groups = 1)
    {
        var weights = ConvWeights.FromDense(Draw(to * (from / groups) * kernel * kernel), to, from, groups, kernel * kernel);
        return Append(name, new Conv(to, Window.Square(kernel, 1, padding), weights, new FloatData(Draw(to)), groups), input);
    }

    private string Dense(string name, string input, int from, int to) =>
        Append(name, new Dense(to, new FloatData(Draw(from * to)), new FloatData(Draw(to))), input);

    private string Norm(string input)
    {
        var maps = layers[^1].Operator is Conv conv ? conv.OutputMaps : ((Dense)layers[^1].Operator).Units;
        return Append(input + ".relu", Activation.Relu, Append(input + ".bn", RandomNorm(maps), input));
    }

    private BatchNorm RandomNorm(int maps) => new(
        new FloatData(Draw(maps)),
        new FloatData(Draw(maps)),
        new FloatData(Draw(maps)),
        new FloatData(Draw(maps).Select(v => 0.5f + Math.Abs(v)).ToArray()));

    private string Append(string name, Operator op, params string[] inputs)
    {
        layers.Add(new Layer(name, op, inputs.ToEquatableArray()));
        return name;
    }

    private float[] Draw(int count) => Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
}

using KernelGen.Model;

namespace KernelGen.Search.Networks;

/// <summary>
/// Writes a network down layer by layer, with freshly drawn weights: He et al.'s normal initialisation (2015), variance
/// 2 / fan-in before a rectifier and 1 / fan-in for the last layer. Each method appends to the layer named last.
/// </summary>
internal sealed class NetworkBuilder
{
    private const string InputName = "image";

    private readonly List<Layer> layers = [];
    private readonly Dictionary<string, Shape> shapes = [];
    private readonly Shape input;
    private readonly long seed;

    public NetworkBuilder(Shape input, long seed)
    {
        this.input = input;
        this.seed = seed;
        shapes[InputName] = input;
        Last = InputName;
    }

    /// <summary>The tensor that the next layer reads.</summary>
    public string Last { get; private set; }

    public Shape LastShape => shapes[Last];

    /// <summary>Continues from an earlier tensor.</summary>
    public NetworkBuilder From(string tensor)
    {
        Last = tensor;
        return this;
    }

    /// <summary>A square convolution without bias, for batch norm to follow.</summary>
    public NetworkBuilder Conv(string name, int maps, int kernel, int stride = 1, int padding = 0)
    {
        var window = Window.Square(kernel, stride, padding);
        var (from, area) = (LastShape, kernel * kernel);
        if (window.OutputHeight(from.Height) < 1 || window.OutputWidth(from.Width) < 1)
        {
            throw new ArgumentException($"The images ({input}) are too small for this network: {name} finds only {from} left for its {kernel}×{kernel} kernels.");
        }

        var weights = ConvWeights.FromDense(Draw(maps * from.Maps * area, from.Maps * area, 2), maps, from.Maps, 1, area);
        var shape = new Shape(maps, window.OutputHeight(from.Height), window.OutputWidth(from.Width));
        return Append(name, new Conv(maps, window, weights), shape);
    }

    public NetworkBuilder BatchNorm(string name)
    {
        var maps = LastShape.Maps;
        FloatData Fill(float value) => FloatData.Create(Enumerable.Repeat(value, maps).ToArray());
        return Append(name, new BatchNorm(Fill(1), Fill(0), Fill(0), Fill(1)), LastShape);
    }

    public NetworkBuilder Relu(string name) => Append(name, Activation.Relu, LastShape);

    /// <summary>Convolution, batch norm and rectifier.</summary>
    public NetworkBuilder ConvNormRelu(string name, int maps, int kernel, int stride = 1, int padding = 0) =>
        Conv(name, maps, kernel, stride, padding).BatchNorm(name + ".bn").Relu(name + ".relu");

    public NetworkBuilder MaxPool(string name, int kernel, int stride)
    {
        var window = Window.Square(kernel, stride);
        var from = LastShape;
        if (window.OutputHeight(from.Height) < 1 || window.OutputWidth(from.Width) < 1)
        {
            throw new ArgumentException($"The images ({input}) are too small for this network: {name} finds only {from} left to pool.");
        }

        return Append(
            name,
            new Pool(PoolKind.Max, window),
            new Shape(from.Maps, window.OutputHeight(from.Height), window.OutputWidth(from.Width)));
    }

    public NetworkBuilder GlobalAverage(string name) =>
        Append(name, new GlobalPool(PoolKind.Average), new Shape(LastShape.Maps, 1, 1));

    /// <summary>Fully connected units, batch norm and rectifier.</summary>
    public NetworkBuilder DenseNormRelu(string name, int units) =>
        Append(name, new Dense(units, new FloatData(Draw(units * LastShape.Length, LastShape.Length, 2))), new Shape(units))
            .BatchNorm(name + ".bn")
            .Relu(name + ".relu");

    /// <summary>The last layer: one score (logit) per class.</summary>
    public NetworkBuilder Scores(string name, int classes) =>
        Append(
            name,
            new Dense(classes, new FloatData(Draw(classes * LastShape.Length, LastShape.Length, 1)), new FloatData(new float[classes])),
            new Shape(classes));

    /// <summary>The sum of the last tensor and another.</summary>
    public NetworkBuilder Add(string name, string other)
    {
        layers.Add(new Layer(name, new Add(), [Last, other]));
        shapes[name] = LastShape;
        Last = name;
        return this;
    }

    public NetworkDescription Build(string name, EquatableArray<string> labels) =>
        new(name, [new NetworkInput(InputName, input)], layers.ToEquatableArray(), [Last]) { Labels = labels };

    private NetworkBuilder Append(string name, Operator op, Shape shape)
    {
        layers.Add(new Layer(name, op, [Last]));
        shapes[name] = shape;
        Last = name;
        return this;
    }

    private float[] Draw(int count, int fanIn, double gain) => HeNormal.Draw(seed, layers.Count, count, fanIn, gain);
}

using KernelGen.Model;

namespace KernelGen.Tests.Shared;

/// <summary>Builds a description layer by layer with seeded random weights; each method returns the new layer's name.</summary>
internal sealed class NetworkBuilder(string name)
{
    private readonly Random random = new(StableHash(name));
    private readonly List<NetworkInput> inputs = [];
    private readonly List<Layer> layers = [];
    private readonly Dictionary<string, Shape> shapes = new(StringComparer.Ordinal);

    public string Input(params int[] shape)
    {
        var input = new NetworkInput($"in{inputs.Count}", new Shape(shape));
        inputs.Add(input);
        shapes.Add(input.Name, input.Shape);
        return input.Name;
    }

    public Shape ShapeOf(string tensor) => shapes[tensor];

    /// <param name="density">Share of the kernels that exist; below 0: no mask at all.</param>
    /// <param name="taps">One pattern per source map, repeated as often as needed; null: dense.</param>
    public string Conv(
        string from,
        int maps,
        Window window,
        int groups = 1,
        bool bias = true,
        double density = -1,
        TapPattern[]? taps = null) =>
        Conv(from, maps, window, groups, bias, density < 0 ? null : RandomMask(from, maps, groups, density), taps);

    public string Conv(string from, int maps, Window window, int groups, bool bias, KernelMask? mask, TapPattern[]? taps)
    {
        var sources = shapes[from].Maps;
        var patterns = taps is null
            ? []
            : Enumerable.Range(0, sources).Select(i => taps[i % taps.Length]).ToEquatableArray();
        var fanIn = sources / groups * window.Area;
        var weights = ConvWeights.FromDense(
            Values(maps * fanIn, Math.Sqrt(3.0 / fanIn)), maps, sources, groups, window.Area, mask, patterns);
        return Layer(new Conv(maps, window, weights, bias ? Data(maps, 0.5) : null, groups), from);
    }

    public string Dense(string from, int units, bool bias = true, double density = 1)
    {
        var count = shapes[from].Length;
        var weights = Values(units * count, Math.Sqrt(3.0 / count));
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = random.NextDouble() < density ? weights[i] : 0;
        }

        return Layer(new Dense(units, new FloatData(weights), bias ? Data(units, 0.5) : null), from);
    }

    public string BatchNorm(string from)
    {
        var maps = shapes[from].Maps;
        var variance = Values(maps, 0.4).Select(v => v + 0.8f).ToArray();
        return Layer(new BatchNorm(Data(maps, 1.2), Data(maps, 0.5), Data(maps, 0.5), new FloatData(variance)), from);
    }

    public string Relu(string from) => Layer(Activation.Relu, from);

    public string MaxPool(string from, int kernel = 2, int stride = 2) =>
        Layer(new Pool(PoolKind.Max, Window.Square(kernel, stride)), from);

    public string Softmax(string from) => Layer(new Softmax(), from);

    /// <summary>Values in [−1, 1) as a layer.</summary>
    public string Constant(params int[] shape) =>
        Layer(new Constant(new Shape(shape), Data(new Shape(shape).Length, 1)));

    /// <summary>Every element times <paramref name="factor"/>, plus <paramref name="shift"/>. A power of two leaves nothing to round.</summary>
    public string Scaled(string from, float factor, float shift = 0)
    {
        var maps = shapes[from].Maps;
        FloatData Fill(float value) => new(Enumerable.Repeat(value, maps).ToArray());
        return Layer(new BatchNorm(Fill(factor), Fill(shift), Fill(0), Fill(1), 0), from);
    }

    public string Clipped(string from, float minimum, float maximum) =>
        Layer(new Activation(ActivationKind.Clip, Minimum: minimum, Maximum: maximum), from);

    /// <summary>Adds any operator.</summary>
    public string Layer(Operator op, params string[] from)
    {
        var layer = $"{op.GetType().Name.ToLowerInvariant()}{layers.Count}";
        layers.Add(new Layer(layer, op, from.ToEquatableArray()));

        // The shape is the verifier's: the builder must not have an opinion of its own.
        var (shape, problems) = GraphVerifier.InferShape(op, [.. from.Select(ShapeOf)]);
        shapes.Add(layer, shape ?? throw new InvalidNetworkException(problems));
        return layer;
    }

    public NetworkDescription Build(params string[] outputs) =>
        new(name, inputs.ToEquatableArray(), layers.ToEquatableArray(), outputs.ToEquatableArray());

    public KernelMask RandomMask(string from, int maps, int groups, double density)
    {
        var (sources, targets) = (shapes[from].Maps, maps / groups);
        var bits = Enumerable.Range(0, sources * targets).Select(_ => random.NextDouble() < density);
        return new KernelMask(sources, targets, bits.ToEquatableArray());
    }

    public FloatData Data(int count, double range) => new(Values(count, range));

    private float[] Values(int count, double range)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)(((random.NextDouble() * 2) - 1) * range);
        }

        return values;
    }

    /// <summary>string.GetHashCode differs from run to run.</summary>
    private static int StableHash(string text) => text.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
}

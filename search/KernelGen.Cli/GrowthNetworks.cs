using KernelGen.Model;

namespace KernelGen.Cli;

/// <summary>Networks of 10³, 10⁴, … weights with random values, to see how costs grow.</summary>
internal static class GrowthNetworks
{
    public const int Smallest = 1_000;

    /// <summary>A convolutional and a fully connected network of each size, up to one size.</summary>
    public static IEnumerable<NetworkDescription> UpTo(int weights)
    {
        for (long size = Smallest; size <= weights; size *= 10)
        {
            yield return Convolutional(size);
            yield return FullyConnected(size);
        }
    }

    /// <summary>Six 3×3 convolutions on 32×32 images, wider as the maps shrink, then the mean of each map: 279 m² + 67 m weights for a width of m.</summary>
    private static NetworkDescription Convolutional(long weights)
    {
        var width = (int)Math.Round(Math.Sqrt(weights / 279.0));
        var builder = new Builder($"convolutional {weights}", new Shape(3, 32, 32));
        foreach (var maps in new[] { width, 2 * width, 4 * width })
        {
            builder.Convolution(maps);
            builder.Convolution(maps);
            builder.Add("pool", maps < 4 * width ? new Pool(PoolKind.Max, Window.Square(2, 2)) : new GlobalPool(PoolKind.Average));
        }

        return builder.Classifier();
    }

    /// <summary>Two hidden layers of h units on 28×28 images: h² + 794 h weights.</summary>
    private static NetworkDescription FullyConnected(long weights)
    {
        var units = (int)Math.Round(Math.Sqrt((397.0 * 397) + weights) - 397);
        var builder = new Builder($"fully connected {weights}", new Shape(1, 28, 28));
        builder.Units(units);
        builder.Units(units);
        return builder.Classifier();
    }

    private sealed class Builder(string name, Shape image)
    {
        private const int Classes = 10;
        private readonly Random random = new(1);
        private readonly List<Layer> layers = [];
        private readonly NetworkInput input = new("image", image);
        private Shape shape = image;

        public void Convolution(int maps)
        {
            var weights = ConvWeights.FromDense(Values(maps * shape.Maps * 9, shape.Maps * 9), maps, shape.Maps, 1, 9);
            Add("conv", new Conv(maps, Window.Square(3, padding: 1), weights, new FloatData(Values(maps, 1))));
            Add("relu", Activation.Relu);
        }

        public void Units(int units)
        {
            Add("fc", new Dense(units, new FloatData(Values(units * shape.Length, shape.Length)), new FloatData(Values(units, 1))));
            Add("relu", Activation.Relu);
        }

        public void Add(string kind, Operator op)
        {
            var from = layers.Count == 0 ? input.Name : layers[^1].Name;
            layers.Add(new Layer(FormattableString.Invariant($"{kind}{layers.Count}"), op, [from]));
            shape = GraphVerifier.InferShape(op, [shape]).Shape!.Value;
        }

        public NetworkDescription Classifier()
        {
            Add("fc", new Dense(Classes, new FloatData(Values(Classes * shape.Length, shape.Length))));
            return new NetworkDescription(name, [input], layers.ToEquatableArray(), [layers[^1].Name]);
        }

        /// <summary>Uniform numbers of the size that keeps activations the size of their inputs (He et al., 2015).</summary>
        private float[] Values(int count, int fanIn)
        {
            var range = MathF.Sqrt(6f / fanIn);
            return [.. Enumerable.Range(0, count).Select(_ => range * ((2 * random.NextSingle()) - 1))];
        }
    }
}

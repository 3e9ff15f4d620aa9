namespace KernelGen.Model.Tests;

/// <summary>Small networks that between them use every operator, attribute and kind of sparsity.</summary>
internal static class SampleNetworks
{
    /// <summary>Everything that a description can say, in two networks.</summary>
    public static IReadOnlyList<NetworkDescription> All => [Everything(), Tensors()];

    /// <summary>The operators of plain networks with every attribute away from its default; every kind of sparsity in one convolution.</summary>
    public static NetworkDescription Everything()
    {
        var layers = new List<Layer>
        {
            new("conv", EveryKindOfSparsity(), ["image"]),
            new("norm", new BatchNorm(Data(4, 1), Data(4, 2), Data(4, 3), Positive(4), 0.25f), ["conv"]),
            new("relu", Activation.Relu, ["norm"]),
            new("relu6", new Activation(ActivationKind.Relu6), ["relu"]),
            new("leaky", new Activation(ActivationKind.LeakyRelu, Alpha: 0.1f), ["relu"]),
            new("sum", new Add(), ["relu6", "leaky", "side"]),
            new("both", new Concat(), ["sum", "relu"]),
            new("max", new Pool(PoolKind.Max, new Window(2, 3, 2, 1, 1, 2, 1, 1, 0, 1)), ["both"]),
            new("average", new Pool(PoolKind.Average, new Window(2, 2, 2, 1, 2, 1, 1, 0, 1, 0), CountPadding: true), ["max"]),
            new("swish", new Activation(ActivationKind.HardSwish), ["average"]),
            new("grouped", Grouped(), ["swish"]),
            new("top", new GlobalPool(PoolKind.Max), ["grouped"]),
            new("mean", new GlobalPool(PoolKind.Average), ["grouped"]),
            new("flat", new Flatten(), ["top"]),
            new("vector", new Reshape(new Shape(8)), ["mean"]),
            new("pair", new Concat(), ["flat", "vector"]),
            new("dense", new Dense(6, Data(96, 7), Data(6, 8), new MapSelection(9, [0, 1, 3, 4, 7, 8])), ["pair"]),
            new("sigmoid", new Activation(ActivationKind.Sigmoid), ["dense"]),
            new("clip", new Activation(ActivationKind.Clip, Minimum: -0.5f, Maximum: 1e-7f), ["sigmoid"]),
            new("table", new Reshape(new Shape(2, 3)), ["clip"]),
            new("scores", new Softmax(1), ["table"]),
        };

        return new NetworkDescription(
            "everything",
            [
                new NetworkInput(
                    "image",
                    new Shape(3, 6, 5),
                    new Preprocessing(new FloatData([1f / 255, 0.5f, -0f]), new FloatData([-1, 0, 1e-9f]))),
                new NetworkInput("side", new Shape(4, 4, 4)),
            ],
            layers.ToEquatableArray(),
            ["scores", "clip"])
        {
            Labels = ["T-shirt/top", "\"quoted\" \\ back", "Größe", "猫", "🐈", ""],
            Provenance = new Provenance("fashion-mnist-subset", "test", 2000, 12.35, 0.1 + 0.2, 1, long.MinValue, "kernelgen 0.1.0"),
        };
    }

    /// <summary>The operators on tensors of any rank and all elementwise functions, with every attribute away from its default.</summary>
    public static NetworkDescription Tensors()
    {
        var layers = new List<Layer>
        {
            new("weights", new Constant(new Shape(4, 3), Data(12, 30)), []),
            new("product", new MatMul(), ["x", "weights"]),
            new("selu", new Activation(ActivationKind.Selu, Alpha: 1.6f, Beta: 1.05f), ["product"]),
            new("hard", new Activation(ActivationKind.HardSigmoid, Alpha: 0.2f, Beta: 0.5f), ["product"]),
            new("elu", new Activation(ActivationKind.Elu, Alpha: 0.5f), ["product"]),
            new("swish", new Activation(ActivationKind.Swish, Alpha: 1.702f), ["product"]),
            new("threshold", new Activation(ActivationKind.ThresholdedRelu, Alpha: 0.25f), ["product"]),
            new("positive", new Activation(ActivationKind.Exp), ["x"]),
            new("order", new Transpose([2, 0, 1]), ["x"]),
            new("slice", new Slice([1, 0, 3], [-1, 2, -3], [2, 2, 2]), ["x"]),
            new("pad", new Pad([0, 1, 2], [3, 0, 1], -1.5f), ["x"]),
            new("gather", new Gather(1, [2, 0, 0]), ["x"]),
            new("expand", new Expand(new Shape(2, 2, 3, 4)), ["x"]),
            new("resample", new Resample(2, 2, [0, 1, 3, 2], Data(4, 31)), ["x"]),
            new("rows", new Concat(1), ["x", "gather"]),
        };
        ActivationKind[] unary =
        [
            ActivationKind.Tanh, ActivationKind.Softplus, ActivationKind.Softsign, ActivationKind.Gelu, ActivationKind.GeluTanh, ActivationKind.Mish,
            ActivationKind.Exp, ActivationKind.Log, ActivationKind.Sqrt, ActivationKind.Abs, ActivationKind.Neg, ActivationKind.Reciprocal,
            ActivationKind.Erf, ActivationKind.Floor, ActivationKind.Ceil, ActivationKind.Round, ActivationKind.Sign, ActivationKind.Sin, ActivationKind.Cos,
        ];
        layers.AddRange(unary.Select(kind => new Layer("unary" + kind, new Activation(kind), ["positive"])));
        layers.AddRange(Enum.GetValues<BinaryKind>().Select(kind => new Layer("binary" + kind, new Binary(kind), ["positive", "x"])));
        layers.AddRange(Enum.GetValues<ReduceKind>().Select(kind => new Layer("reduce" + kind, new Reduce(kind, [1]), ["x"])));
        return new NetworkDescription("tensors", [new NetworkInput("x", new Shape(2, 3, 4))], layers.ToEquatableArray(), ["rows", "pad"]);
    }

    /// <summary>A network small enough to be damaged at every one of its characters.</summary>
    public static NetworkDescription Small() => new(
        "small",
        [new NetworkInput("x", new Shape(2, 4, 4), new Preprocessing(new FloatData([0.5f, 1]), new FloatData([0, -1])))],
        [
            new Layer(
                "c",
                new Conv(
                    2,
                    new Window(2, 2, 1, 1, 1, 1, 1, 0, 0, 0),
                    ConvWeights.FromDense(
                        Data(16, 3).Span,
                        2,
                        2,
                        1,
                        4,
                        new KernelMask(2, 2, [true, false, true, true]),
                        [new StridedTaps(1, 2), new FreeTaps([0, 3])]),
                    Data(2, 4),
                    1,
                    new MapSelection(3, [0, 2])),
                ["x"]),
            new Layer("p", new Pool(PoolKind.Max, Window.Square(2, 2)), ["c"]),
            new Layer("d", new Dense(2, Data(8, 5)), ["p"]),
            new Layer("n", new BatchNorm(Data(2, 1), Data(2, 2), Data(2, 3), Positive(2), 0.5f), ["d"]),
            new Layer("s", new Softmax(), ["n"]),
        ],
        ["s"])
    {
        Labels = ["a", "b"],
        Provenance = new Provenance("none", "test", 1, 2, 3.5, 1, 7, "t"),
    };

    /// <summary>A network of one layer.</summary>
    public static NetworkDescription One(Operator op, params Shape[] inputs)
    {
        var declared = inputs.Select((s, i) => new NetworkInput("x" + i, s)).ToEquatableArray();
        return new NetworkDescription("one", declared, [new Layer("y", op, declared.Select(i => i.Name).ToEquatableArray())], ["y"]);
    }

    public static FloatData Data(int count, int seed)
    {
        var random = new Random(seed);
        return new FloatData(Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray());
    }

    private static FloatData Positive(int count) => new(Enumerable.Range(0, count).Select(i => 0.5f + i).ToArray());

    private static Conv EveryKindOfSparsity() => new(
        4,
        new Window(3, 2, 2, 1, 1, 2, 2, 1, 1, 0),
        ConvWeights.FromDense(
            Data(72, 5).Span,
            4,
            3,
            1,
            6,
            new KernelMask(3, 4, [true, true, false, true, false, false, false, false, true, true, true, true]),
            [new StridedTaps(1, 3), TapPattern.Dense, new FreeTaps([0, 2, 5])]),
        Data(4, 6),
        1,
        new MapSelection(7, [0, 2, 3, 6]));

    private static Conv Grouped() => new(
        8,
        Window.Square(3, 1, 1),
        ConvWeights.FromDense(Data(8 * 2 * 9, 9).Span, 8, 8, 4, 9),
        null,
        4);
}

namespace KernelGen.Model.Tests;

public class GraphVerifierTests
{
    private static readonly Shape Maps = new(2, 4, 4);

    [Fact]
    public void Layers_in_any_order_are_sorted_and_an_order_that_is_right_is_kept()
    {
        var description = SampleNetworks.Everything();
        Assert.Equal(description.Layers.Select(l => l.Name), NetworkGraph.Create(description).Nodes.Select(n => n.Name));

        var reversed = NetworkGraph.Create(description with { Layers = description.Layers.Reverse().ToEquatableArray() });
        var seen = reversed.Inputs.Select(i => i.Name).ToHashSet();
        foreach (var node in reversed.Nodes)
        {
            Assert.True(seen.IsSupersetOf(node.Inputs), node.Name);
            seen.Add(node.Name);
        }
    }

    [Fact]
    public void A_chain_as_long_as_allowed_needs_no_deep_stack()
    {
        var layers = Enumerable.Range(0, Limits.Layers)
            .Select(i => new Layer("l" + i, new Flatten(), [i == 0 ? "x" : "l" + (i - 1)]))
            .Reverse()
            .ToEquatableArray();
        Assert.Empty(Problems(Network(layers, "l" + (Limits.Layers - 1))));
        Assert.Equal(ProblemId.Limit, Assert.Single(Problems(Network(layers.Append(Flat("m", "x")).ToEquatableArray(), "m"))).Id);
    }

    [Fact]
    public void A_cycle_is_named()
    {
        var problem = Assert.Single(Problems(Network([Flat("a", "c"), Flat("b", "a"), Flat("c", "b"), Flat("d", "c")], "d")));
        Assert.Equal(ProblemId.Graph, problem.Id);
        Assert.Contains("cycle of 3", problem.Message);
        Assert.Contains("'b' → 'c' → 'a' → 'b'", problem.Message);
        Assert.Single(Problems(Network([Flat("a", "a")], "a")));
    }

    [Fact]
    public void Names_must_be_unique_short_and_printable()
    {
        Assert.Contains("twice", Only(ProblemId.Graph, Network([Flat("a", "x"), Flat("a", "x")], "a")).Message);
        Assert.Contains("twice", Only(ProblemId.Graph, Network([Flat("x", "x"), Flat("y", "x")], "y"), atLeast: true).Message);
        Only(ProblemId.Graph, Network([Flat("", "x")], ""));
        Only(ProblemId.Graph, Network([Flat(new string('n', 257), "x")], new string('n', 257)));
        Only(ProblemId.Value, Network([Flat("a\n#error", "x")], "a\n#error"));
        Only(ProblemId.Value, Network([Flat("a\u2028", "x")], "a\u2028"));
        Only(ProblemId.Value, Network([Flat("a\ud800", "x")], "a\ud800"));
        Assert.Empty(Problems(Network([Flat("/features/0:猫🐈", "x")], "/features/0:猫🐈")));
    }

    [Fact]
    public void Inputs_and_outputs_must_exist_and_outputs_be_distinct()
    {
        Assert.Contains("'nowhere'", Only(ProblemId.Graph, Network([Flat("a", "nowhere")], "a")).Message);
        Assert.Contains("'nowhere'", Only(ProblemId.Graph, Network([Flat("a", "x")], "nowhere")).Message);
        Only(ProblemId.Graph, Network([Flat("a", "x")], "a", "a"));
        Only(ProblemId.Graph, Network([Flat("a", "x")]));
        Only(ProblemId.Graph, Network([Flat("a", "x")], "a") with { Inputs = [] }, atLeast: true);
        Assert.Empty(Problems(Network([], "x")));
    }

    [Fact]
    public void Operators_take_as_many_inputs_as_they_take()
    {
        Only(ProblemId.Graph, Network([new Layer("a", new Add(), ["x"])], "a"));
        Only(ProblemId.Graph, Network([new Layer("a", new Concat(), ["x"])], "a"));
        Only(ProblemId.Graph, Network([new Layer("a", new Flatten(), ["x", "x"])], "a"));
        Only(ProblemId.Graph, Network([new Layer("a", new Flatten(), [])], "a"));
        Assert.Empty(Problems(Network([new Layer("a", new Add(), ["x", "x"])], "a")));
    }

    [Fact]
    public void Every_problem_is_listed()
    {
        var problems = Problems(Network(
            [
                Flat("a", "nowhere"),
                new Layer("b", new Softmax(3), ["x"]),
                new Layer("c", Dense(2) with { Bias = new FloatData([1]) }, ["x"]),
                new Layer("c", new Add(), ["x"]),
            ],
            "z"));
        Assert.Equal(["a", "b", "c", "c", "c", null], problems.Select(p => p.Layer).OrderBy(l => l ?? "z"));
    }

    [Fact]
    public void Shapes_are_checked()
    {
        Only(ProblemId.Shape, SampleNetworks.One(new Flatten(), new Shape(0)));
        Only(ProblemId.Shape, SampleNetworks.One(new Flatten(), new Shape(4, -1)));
        Only(ProblemId.Shape, SampleNetworks.One(new Flatten(), default(Shape)));
        Only(ProblemId.Shape, SampleNetworks.One(new Flatten(), new Shape(1, 1, 1, 1, 1, 1, 1, 1, 1)));
        Only(ProblemId.Limit, SampleNetworks.One(new Flatten(), new Shape(int.MaxValue, int.MaxValue, int.MaxValue)));
        Only(ProblemId.Shape, SampleNetworks.One(new Add(), new Shape(2), new Shape(3)));
        Only(ProblemId.Shape, SampleNetworks.One(new Concat(), new Shape(2, 3, 4), new Shape(2, 3, 5)));
        Only(ProblemId.Shape, SampleNetworks.One(new Concat(), new Shape(6), new Shape(2, 3)));
        Only(ProblemId.Limit, SampleNetworks.One(new Concat(), new Shape(1 << 28), new Shape(1)));
        Only(ProblemId.Shape, SampleNetworks.One(new Reshape(new Shape(3, 3)), new Shape(8)));
        Only(ProblemId.Shape, SampleNetworks.One(new Reshape(new Shape(-2, -4)), new Shape(8)));
        Only(ProblemId.Shape, SampleNetworks.One(new Softmax(1), new Shape(8)));
        Only(ProblemId.Shape, SampleNetworks.One(new Softmax(-1), new Shape(8)));
        Only(ProblemId.Shape, SampleNetworks.One(new GlobalPool(PoolKind.Max), new Shape(8)));
        Only(ProblemId.Shape, SampleNetworks.One(new Pool(PoolKind.Max, Window.Square(2)), new Shape(8, 8)));
        Only(ProblemId.Shape, SampleNetworks.One(Conv(), new Shape(8)));
        Only(ProblemId.Shape, SampleNetworks.One(Conv(), new Shape(2, 2, 4)));
    }

    [Theory]
    [InlineData(0, 3, 1, 1, 1, 0, ProblemId.Value)]
    [InlineData(3, -1, 1, 1, 1, 0, ProblemId.Value)]
    [InlineData(3, 3, 0, 1, 1, 0, ProblemId.Value)]
    [InlineData(3, 3, 1, 1, 0, 0, ProblemId.Value)]
    [InlineData(3, 3, 1, 1, 1, -1, ProblemId.Value)]
    [InlineData(3, 3, int.MaxValue, 1, 1, 0, ProblemId.Limit)]
    [InlineData(int.MaxValue, int.MaxValue, 1, 1, 1, 0, ProblemId.Limit)]
    [InlineData(65536, 65536, 1, 1, 1, 0, ProblemId.Limit)]
    [InlineData(65536, 1, 1, 1, 65536, 0, ProblemId.Limit)]
    [InlineData(3, 3, 1, 1, 1, 3, ProblemId.Shape)]
    public void Windows_are_checked(int height, int width, int strideY, int strideX, int dilation, int padding, string id)
    {
        var window = new Window(height, width, strideY, strideX, dilation, dilation, padding, padding, padding, padding);
        Only(id, SampleNetworks.One(new Pool(PoolKind.Max, window), Maps), atLeast: true);
    }

    [Fact]
    public void A_dilated_window_may_not_straddle_the_input()
    {
        // Taps at -1 and 1, the only row is 0: padding is smaller than the extent, and still nothing is pooled.
        var window = new Window(2, 1, 1, 1, 2, 1, 1, 0, 1, 0);
        Only(ProblemId.Shape, SampleNetworks.One(new Pool(PoolKind.Max, window), new Shape(1, 1, 1)));
        Only(ProblemId.Shape, SampleNetworks.One(new Pool(PoolKind.Average, window), new Shape(1, 1, 1)));
        Assert.Empty(Problems(SampleNetworks.One(new Pool(PoolKind.Average, window, CountPadding: true), new Shape(1, 1, 1))));
        Assert.Empty(Problems(SampleNetworks.One(new Pool(PoolKind.Max, window), new Shape(1, 2, 1))));
    }

    [Fact]
    public void Every_window_that_is_accepted_touches_the_input()
    {
        var accepted = 0;
        foreach (var (kernel, stride, dilation, before, after, length) in
            from k in Enumerable.Range(1, 4)
            from s in Enumerable.Range(1, 3)
            from d in Enumerable.Range(1, 3)
            from b in Enumerable.Range(0, 5)
            from a in Enumerable.Range(0, 5)
            from n in Enumerable.Range(1, 4)
            select (k, s, d, b, a, n))
        {
            var window = new Window(kernel, 1, stride, 1, dilation, 1, before, 0, after, 0);
            var outputs = window.OutputHeight(length);
            var touches = outputs >= 1 && Enumerable.Range(0, outputs).All(o =>
                Enumerable.Range(0, kernel).Any(t => (o * stride) - before + (t * dilation) is var row && row >= 0 && row < length));
            Assert.Equal(touches, Problems(SampleNetworks.One(new Pool(PoolKind.Max, window), new Shape(1, length, 1))).Count == 0);
            accepted += touches ? 1 : 0;
        }

        Assert.True(accepted > 100);
    }

    [Fact]
    public void Convolutions_are_checked()
    {
        Assert.Empty(Problems(SampleNetworks.One(Conv(), Maps)));
        Only(ProblemId.Value, One(Conv() with { OutputMaps = 0 }));
        Only(ProblemId.Limit, One(Conv() with { OutputMaps = int.MaxValue }));
        Only(ProblemId.Shape, One(Conv() with { Groups = 0 }));
        Only(ProblemId.Shape, One(Conv() with { Groups = 3 }));
        Only(ProblemId.Weights, One(Conv() with { Groups = 2 }));
        Only(ProblemId.Weights, One(Conv() with { Bias = SampleNetworks.Data(3, 1) }));
        Only(ProblemId.Weights, One(Conv() with { Bias = new FloatData([1, float.PositiveInfinity]) }));
        Only(ProblemId.Weights, One(WithWeights(new FloatData([1]), null, [])));
        Only(ProblemId.Limit, SampleNetworks.One(Conv() with { OutputMaps = 1 << 20 }, new Shape(1 << 20, 3, 3)));
    }

    [Fact]
    public void Masks_and_patterns_are_checked()
    {
        var values = SampleNetworks.Data(36, 1);
        Only(ProblemId.Shape, One(WithWeights(values, new KernelMask(2, 1, [true, true]), [])));
        Only(ProblemId.Shape, One(WithWeights(values, new KernelMask(2, 2, [true]), [])));
        Only(ProblemId.Shape, One(WithWeights(values, null, [TapPattern.Dense])));
        foreach (TapPattern wrong in new TapPattern[]
        {
            new StridedTaps(-1, 1),
            new StridedTaps(9, 1),
            new StridedTaps(0, 0),
            new FreeTaps([9]),
            new FreeTaps([-1]),
            new FreeTaps([1, 1]),
        })
        {
            Only(ProblemId.Value, One(WithWeights(values, null, [TapPattern.Dense, wrong])));
        }

        Assert.Empty(Problems(One(WithWeights(new FloatData([]), null, [new FreeTaps([]), new FreeTaps([])]))));
        Assert.Empty(Problems(One(WithWeights(SampleNetworks.Data(9, 1), new KernelMask(2, 2, [false, true, false, false]), []))));
        Assert.Empty(Problems(One(WithWeights(SampleNetworks.Data(8, 1), null, [new StridedTaps(2, 3), new StridedTaps(8, 1)]))));
    }

    [Fact]
    public void Selections_are_checked()
    {
        Assert.Empty(Problems(One(Conv() with { Selection = new MapSelection(4, [1, 3]) })));
        Only(ProblemId.Value, One(Conv() with { Selection = new MapSelection(4, [1]) }));
        Only(ProblemId.Value, One(Conv() with { Selection = new MapSelection(4, [3, 1]) }));
        Only(ProblemId.Value, One(Conv() with { Selection = new MapSelection(4, [1, 4]) }));
        Only(ProblemId.Value, One(Conv() with { Selection = new MapSelection(4, [-1, 1]) }));
    }

    [Fact]
    public void Dense_layers_are_checked()
    {
        Assert.Empty(Problems(One(Dense(2))));
        Only(ProblemId.Value, One(Dense(2) with { Units = -1 }));
        Only(ProblemId.Weights, One(Dense(2) with { Units = 3 }));
        Only(ProblemId.Weights, One(Dense(2) with { Bias = new FloatData([float.NaN, 0]) }));
        Only(ProblemId.Limit, One(Dense(2) with { Units = 1 << 28 }));
    }

    [Fact]
    public void Normalisation_and_activations_are_checked()
    {
        var two = new FloatData([1, 1]);
        var norm = new BatchNorm(two, two, two, two);
        Assert.Empty(Problems(One(norm)));
        Only(ProblemId.Weights, One(norm with { Shift = new FloatData([1]) }));
        Only(ProblemId.Value, One(norm with { Variance = new FloatData([1, -1]) }));
        Only(ProblemId.Value, One(norm with { Variance = new FloatData([0, 1]), Epsilon = 0 }));
        Only(ProblemId.Value, One(norm with { Epsilon = float.NaN }));
        Only(ProblemId.Value, One(new Activation(ActivationKind.Clip, Minimum: 2, Maximum: 1)));
        Only(ProblemId.Value, One(new Activation(ActivationKind.LeakyRelu, float.PositiveInfinity)));
        Only(ProblemId.Value, One(new Activation((ActivationKind)99)));
        Only(ProblemId.Value, One(new GlobalPool((PoolKind)99)));
    }

    [Fact]
    public void Labels_preprocessing_and_provenance_are_checked()
    {
        var network = SampleNetworks.Small();
        Only(ProblemId.Shape, network with { Labels = ["one"] });
        Only(ProblemId.Value, network with { Labels = ["a", "b\n"] });
        Only(ProblemId.Value, network with { Provenance = network.Provenance! with { ErrorAfter = double.NaN } });
        Only(ProblemId.Value, network with { Provenance = network.Provenance! with { TestImages = -1 } });
        Only(ProblemId.Value, network with { Provenance = network.Provenance! with { Tool = "\r" } });
        var input = network.Inputs[0];
        var preprocessing = new Preprocessing(new FloatData([1]), new FloatData([1, 2]));
        Only(ProblemId.Weights, network with { Inputs = [input with { Preprocessing = preprocessing }] });
    }

    [Fact]
    public void Long_names_do_not_make_long_messages()
    {
        var name = new string('n', 100_000);
        Assert.All(Problems(Network([Flat("a", name)], name)), p => Assert.True(p.Message.Length < 300));
    }

    private static Layer Flat(string name, string input) => new(name, new Flatten(), [input]);

    private static Conv Conv() => new(2, Window.Square(3), ConvWeights.FromDense(SampleNetworks.Data(36, 1).Span, 2, 2, 1, 9));

    private static Conv WithWeights(FloatData values, KernelMask? kernels, EquatableArray<TapPattern> taps) =>
        Conv() with { Weights = new ConvWeights(values, kernels, taps) };

    private static Dense Dense(int units) => new(units, SampleNetworks.Data(units * Maps.Length, 1));

    private static NetworkDescription One(Operator op) => SampleNetworks.One(op, Maps);

    private static NetworkDescription Network(EquatableArray<Layer> layers, params string[] outputs) =>
        new("n", [new NetworkInput("x", Maps)], layers, outputs.ToEquatableArray());

    private static IReadOnlyList<NetworkProblem> Problems(NetworkDescription network) => GraphVerifier.Verify(network).Problems;

    private static NetworkProblem Only(string id, NetworkDescription network, bool atLeast = false)
    {
        var problems = Problems(network);
        var first = atLeast ? problems.FirstOrDefault() : Assert.Single(problems);
        Assert.NotNull(first);
        Assert.Equal(id, first.Id);
        Assert.NotEmpty(first.Message);
        return first;
    }
}

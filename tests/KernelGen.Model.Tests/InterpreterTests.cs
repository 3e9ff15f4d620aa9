namespace KernelGen.Model.Tests;

/// <summary>Every operator against numbers worked out by hand.</summary>
public class InterpreterTests
{
    private static readonly float[] OneToNine = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    [Fact]
    public void Convolution_correlates_and_adds_the_bias() => Check(
        new Conv(1, Window.Square(2), Weights([1, 2, 3, 4], 1, 1, 1, 4), new FloatData([100])),
        [1, 3, 3],
        OneToNine,
        [137, 147, 167, 177]);

    [Fact]
    public void Convolution_strides_and_pads_with_zeros() => Check(
        new Conv(1, new Window(2, 2, 2, 3, 1, 1, 1, 1, 0, 1), Weights([1, 2, 3, 4], 1, 1, 1, 4)),
        [1, 3, 3],
        OneToNine,
        // Rows start at -1 and 1, columns at -1 and 2.
        [4 * 1, 3 * 3, (2 * 4) + (4 * 7), (1 * 6) + (3 * 9)]);

    [Fact]
    public void Convolution_dilates() => Check(
        new Conv(1, Window.Square(2, dilation: 2), Weights([1, 10, 100, 1000], 1, 1, 1, 4)),
        [1, 3, 3],
        OneToNine,
        [1 + 30 + 700 + 9000]);

    [Fact]
    public void Convolution_sums_over_source_maps() => Check(
        new Conv(2, Window.Square(1), Weights([1, 10, 100, 1000], 2, 2, 1, 1)),
        [2, 1, 2],
        [1, 2, 3, 4],
        [31, 42, 3100, 4200]);

    [Fact]
    public void Groups_read_their_own_maps() => Check(
        new Conv(4, Window.Square(1), Weights([1, 2, 3, 4], 4, 2, 2, 1), Groups: 2),
        [2, 1, 1],
        [10, 100],
        [10, 20, 300, 400]);

    [Fact]
    public void Removed_kernels_and_taps_add_nothing()
    {
        // Two source maps, two targets, 1×3 kernels; source 0 keeps taps 0 and 2, source 1 tap 1; kernel 1 → 0 is gone.
        float[] dense = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        var weights = ConvWeights.FromDense(
            dense,
            2,
            2,
            1,
            3,
            new KernelMask(2, 2, [true, true, false, true]),
            [new StridedTaps(0, 2), new FreeTaps([1])]);
        Assert.Equal([1, 3, 7, 9, 11], weights.Values.Span.ToArray());
        Assert.Equal(5, weights.Count(2, 2, 1, 3));
        Assert.Equal([1, 0, 3, 0, 0, 0, 7, 0, 9, 0, 11, 0], weights.ToDense(2, 2, 1, 3));
        Check(
            new Conv(2, new Window(1, 3), weights),
            [2, 1, 3],
            [1, 10, 100, 1000, 10000, 100000],
            [301, 7 + 900 + 110000]);
    }

    [Theory]
    [InlineData(9, 0, 1, 9)]
    [InlineData(9, 8, 1, 1)]
    [InlineData(9, 2, 3, 3)]
    [InlineData(9, 1, 2147483647, 1)]
    public void Strided_taps_are_counted_as_they_are_listed(int area, int offset, int stride, int count)
    {
        var taps = new StridedTaps(offset, stride);
        Assert.Equal(count, taps.Count(area));
        Assert.Equal(Enumerable.Range(0, count).Select(i => offset + (i * stride)), taps.Indices(area));
    }

    [Fact]
    public void Dense_reads_all_elements_in_order() => Check(
        new Dense(2, new FloatData([1, 10, 100, 1000, -1, -1, -1, -1]), new FloatData([0, 0.5f])),
        [2, 1, 2],
        [1, 2, 3, 4],
        [4321, -9.5f]);

    [Fact]
    public void Sums_are_rounded_once() => Check(
        new Dense(1, new FloatData([1, 1, 1, -1])),
        [4],
        [16777216, 1, 1, 16777216],
        [2]);

    [Fact]
    public void BatchNorm_is_per_map() => Check(
        new BatchNorm(new FloatData([2, 1]), new FloatData([5, 0]), new FloatData([1, -1]), new FloatData([3, 0]), 1),
        [2, 1, 2],
        [1, 3, 1, -1],
        [5, 7, 2, 0]);

    [Theory]
    [InlineData(ActivationKind.Relu, new[] { 0f, 0, 0, 2, 8, 0 })]
    [InlineData(ActivationKind.Relu6, new[] { 0f, 0, 0, 2, 6, 0 })]
    [InlineData(ActivationKind.LeakyRelu, new[] { -2f, -0.5f, 0, 2, 8, float.NaN })]
    [InlineData(ActivationKind.Clip, new[] { -1.5f, -1.5f, 0, 2, 2.5f, -1.5f })]
    [InlineData(ActivationKind.HardSwish, new[] { -0f, -1f / 3, 0, 5f / 3, 8, float.NaN })]
    [InlineData(ActivationKind.Sigmoid, new[] { 0.0179862f, 0.1192029f, 0.5f, 0.8807971f, 0.9996646f, float.NaN })]
    public void Activations(ActivationKind kind, float[] expected)
    {
        float[] x = kind is ActivationKind.LeakyRelu ? [-8, -2, 0, 2, 8, float.NaN] : [-4, -2, 0, 2, 8, float.NaN];
        Check(new Activation(kind, 0.25f, -1.5f, 2.5f), [6], x, expected);
    }

    [Fact]
    public void A_fused_activation_is_applied_to_the_result()
    {
        var graph = NetworkGraph.Create(SampleNetworks.One(new Flatten(), new Shape(2)));
        var fused = graph.With(graph.Nodes.Select(n => n with { Activation = Activation.Relu }));
        Assert.Equal([0, 3], Interpreter.Run(fused, [[-3, 3]])[0]);
    }

    [Fact]
    public void Padding_never_wins_a_maximum() => Check(
        new Pool(PoolKind.Max, new Window(2, 2, 2, 2, 1, 1, 1, 1, 0, 0)),
        [1, 3, 3],
        [-1, -2, -3, -4, -5, -6, -7, -8, -9],
        [-1, -2, -4, -5]);

    [Fact]
    public void Average_pooling_divides_by_the_taps_inside() => Check(
        new Pool(PoolKind.Average, new Window(2, 2, 2, 2, 1, 1, 1, 1, 0, 0)),
        [1, 3, 3],
        OneToNine,
        [1, 2.5f, 5.5f, 7]);

    [Fact]
    public void Average_pooling_may_count_the_padding() => Check(
        new Pool(PoolKind.Average, new Window(2, 2, 2, 2, 1, 1, 1, 1, 0, 0), CountPadding: true),
        [1, 3, 3],
        OneToNine,
        [0.25f, 1.25f, 2.75f, 7]);

    [Fact]
    public void Dilated_pooling() => Check(
        new Pool(PoolKind.Max, Window.Square(2, dilation: 2)),
        [2, 3, 3],
        [.. OneToNine, .. OneToNine.Select(v => -v)],
        [9, -1]);

    [Fact]
    public void Global_pooling()
    {
        Check(new GlobalPool(PoolKind.Max), [2, 1, 3], [1, 3, 2, -1, -3, -2], [3, -1]);
        Check(new GlobalPool(PoolKind.Average), [2, 1, 3], [1, 3, 2, -1, -3, -2], [2, -2]);
    }

    [Fact]
    public void Add_and_concat_take_several()
    {
        var add = SampleNetworks.One(new Add(), new Shape(2), new Shape(2), new Shape(2));
        Assert.Equal([111, 222], Run(add, [1, 2], [10, 20], [100, 200]));
        var concat = SampleNetworks.One(new Concat(), new Shape(1, 1, 2), new Shape(2, 1, 2));
        Assert.Equal([1, 2, 3, 4, 5, 6], Run(concat, [1, 2], [3, 4, 5, 6]));
        Assert.Equal(new Shape(3, 1, 2), NetworkGraph.Create(concat).ShapeOf("y"));
    }

    [Fact]
    public void Flatten_and_reshape_keep_the_order()
    {
        Check(new Flatten(), [2, 1, 2], [1, 2, 3, 4], [1, 2, 3, 4]);
        Check(new Reshape(new Shape(2, 2)), [4], [1, 2, 3, 4], [1, 2, 3, 4]);
    }

    [Theory]
    [InlineData(0, new[] { 1 / 4f, 1 / 6f, 3 / 4f, 5 / 6f })]
    [InlineData(1, new[] { 1 / 2f, 1 / 2f, 3 / 8f, 5 / 8f })]
    public void Softmax_runs_along_its_axis(int axis, float[] expected) => Check(
        new Softmax(axis),
        [2, 2],
        [(float)Math.Log(1), (float)Math.Log(1), (float)Math.Log(3), (float)Math.Log(5)],
        expected);

    [Fact]
    public void Softmax_survives_large_inputs() => Check(new Softmax(), [2], [10000, 10000], [0.5f, 0.5f]);

    [Fact]
    public void Every_tensor_is_at_hand_and_outputs_come_in_their_order()
    {
        var graph = NetworkGraph.Create(SampleNetworks.Everything());
        var inputs = graph.Inputs.Select((i, k) => SampleNetworks.Data(i.Shape.Length, 20 + k).Span.ToArray()).ToArray();
        var tensors = Interpreter.RunAll(graph, inputs);
        Assert.Equal(graph.Inputs.Count + graph.Nodes.Count, tensors.Count);
        Assert.All(tensors, t => Assert.Equal(graph.ShapeOf(t.Key).Length, t.Value.Length));
        Assert.All(tensors, t => Assert.All(t.Value, v => Assert.True(float.IsFinite(v))));
        var outputs = Interpreter.Run(graph, inputs);
        Assert.Equal(tensors["scores"], outputs[0]);
        Assert.Equal(tensors["clip"], outputs[1]);
    }

    [Fact]
    public void Wrong_inputs_are_refused()
    {
        var graph = NetworkGraph.Create(SampleNetworks.One(new Flatten(), new Shape(2)));
        Assert.Throws<ArgumentException>(() => Interpreter.Run(graph, []));
        Assert.Throws<ArgumentException>(() => Interpreter.Run(graph, [[1, 2, 3]]));
    }

    private static ConvWeights Weights(float[] oihw, int outputMaps, int inputMaps, int groups, int area) =>
        ConvWeights.FromDense(oihw, outputMaps, inputMaps, groups, area);

    private static float[] Run(NetworkDescription network, params float[][] inputs) =>
        Interpreter.Run(NetworkGraph.Create(network), inputs)[0];

    private static void Check(Operator op, int[] shape, float[] x, float[] expected)
    {
        var actual = Run(SampleNetworks.One(op, new Shape(shape)), x);
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-6f);
        }
    }
}

namespace KernelGen.Model.Tests;

/// <summary>The operators on tensors of any rank, against numbers worked out by hand.</summary>
public class TensorOperatorTests
{
    private static readonly float[] OneToSix = [1, 2, 3, 4, 5, 6];

    [Fact]
    public void A_constant_is_its_values()
    {
        var network = new NetworkDescription(
            "n", [new NetworkInput("x", new Shape(1))], [new Layer("c", new Constant(new Shape(2, 2), new FloatData([1, -2, 3, -0f])), [])], ["c"]);
        Assert.Equal([1, -2, 3, -0f], Interpreter.Run(NetworkGraph.Create(network), [[7]])[0]);
    }

    [Theory]
    [InlineData(BinaryKind.Subtract, new[] { 3f, -6, 0.5f })]
    [InlineData(BinaryKind.Multiply, new[] { 4f, -8, 0 })]
    [InlineData(BinaryKind.Divide, new[] { 4f, -2, float.PositiveInfinity })]
    [InlineData(BinaryKind.Power, new[] { 4f, 256, 1 })]
    [InlineData(BinaryKind.Minimum, new[] { 1f, -4, 0 })]
    [InlineData(BinaryKind.Maximum, new[] { 4f, 2, 0.5f })]
    [InlineData(BinaryKind.Prelu, new[] { 4f, -8, 0.5f })]
    public void Binary_operators(BinaryKind kind, float[] expected)
    {
        float[] a = [4, -4, 0.5f], b = [1, kind == BinaryKind.Power ? 4 : 2, 0];
        Check(new Binary(kind), [(new Shape(3), a), (new Shape(3), b)], new Shape(3), expected);
    }

    [Fact]
    public void Axes_of_one_and_missing_axes_are_repeated()
    {
        var minus = new Binary(BinaryKind.Subtract);
        var (matrix, row, column) = ((new Shape(2, 3), OneToSix), (new Shape(3), new float[] { 10, 20, 30 }), (new Shape(2, 1), new float[] { 100, 200 }));
        Check(minus, [matrix, row], new Shape(2, 3), [-9, -18, -27, -6, -15, -24]);
        Check(minus, [row, matrix], new Shape(2, 3), [9, 18, 27, 6, 15, 24]);
        Check(minus, [matrix, column], new Shape(2, 3), [-99, -98, -97, -196, -195, -194]);
        Check(minus, [column, row], new Shape(2, 3), [90, 80, 70, 190, 180, 170]);
        Check(new Add(), [column, row, matrix], new Shape(2, 3), [111, 122, 133, 214, 225, 236]);
        Check(minus, [(new Shape(2, 1, 2), [1, 2, 3, 4]), (new Shape(2, 1), [10, 20])], new Shape(2, 2, 2), [-9, -8, -19, -18, -7, -6, -17, -16]);
        Check(minus, [(new Shape(1, 1, 1, 1), [5]), (new Shape(1), [3])], new Shape(1, 1, 1, 1), [2]);
    }

    [Fact]
    public void Products_of_matrices()
    {
        Check(new MatMul(), [(new Shape(2, 3), OneToSix), (new Shape(3, 1), [1, 10, 100])], new Shape(2, 1), [321, 654]);
        Check(new MatMul(), [(new Shape(1, 2), [1, 10]), (new Shape(2, 3), OneToSix)], new Shape(1, 3), [41, 52, 63]);
    }

    [Fact]
    public void Products_of_batches_broadcast_the_outer_axes()
    {
        // Two batches on the left, one on the right, and the other way round.
        Check(new MatMul(), [(new Shape(2, 1, 2), [1, 2, 3, 4]), (new Shape(2, 2), [1, 10, 100, 1000])], new Shape(2, 1, 2), [201, 2010, 403, 4030]);
        Check(new MatMul(), [(new Shape(1, 2), [1, 2]), (new Shape(2, 2, 1), [1, 10, 100, 1000])], new Shape(2, 1, 1), [21, 2100]);
        Check(
            new MatMul(),
            [(new Shape(2, 1, 1, 1), [2, 3]), (new Shape(1, 2, 1, 2), [1, 10, 100, 1000])],
            new Shape(2, 2, 1, 2),
            [2, 20, 200, 2000, 3, 30, 300, 3000]);
    }

    [Theory]
    [InlineData(ReduceKind.Sum, new[] { 6f, 15 }, new[] { 5f, 7, 9 }, 21)]
    [InlineData(ReduceKind.Mean, new[] { 2f, 5 }, new[] { 2.5f, 3.5f, 4.5f }, 3.5f)]
    [InlineData(ReduceKind.Max, new[] { 3f, 6 }, new[] { 4f, 5, 6 }, 6)]
    [InlineData(ReduceKind.Min, new[] { 1f, 4 }, new[] { 1f, 2, 3 }, 1)]
    [InlineData(ReduceKind.Product, new[] { 6f, 120 }, new[] { 4f, 10, 18 }, 720)]
    public void Reductions_keep_their_axes_at_one(ReduceKind kind, float[] rows, float[] columns, float all)
    {
        Check(new Reduce(kind, [1]), [(new Shape(2, 3), OneToSix)], new Shape(2, 1), rows);
        Check(new Reduce(kind, [0]), [(new Shape(2, 3), OneToSix)], new Shape(1, 3), columns);
        Check(new Reduce(kind, [0, 1]), [(new Shape(2, 3), OneToSix)], new Shape(1, 1), [all]);
        Check(new Reduce(kind, [0, 2]), [(new Shape(1, 2, 3), OneToSix)], new Shape(1, 2, 1), rows);
        Check(new Reduce(kind, [0]), [(new Shape(6), OneToSix)], new Shape(1), [all]);
    }

    [Fact]
    public void Of_equal_extrema_the_first_counts()
    {
        float[] x = [1, 3, 3, 1, 3, -0f, 0, 9, 9];
        Check(new Reduce(ReduceKind.ArgMax, [1]), [(new Shape(3, 3), x)], new Shape(3, 1), [1, 1, 1]);
        Check(new Reduce(ReduceKind.ArgMin, [1]), [(new Shape(3, 3), x)], new Shape(3, 1), [0, 2, 0]);
        Check(new Reduce(ReduceKind.ArgMax, [0]), [(new Shape(3, 3), x)], new Shape(1, 3), [0, 2, 2]);
        Check(new Reduce(ReduceKind.ArgMin, [0]), [(new Shape(3, 3), x)], new Shape(1, 3), [2, 0, 1]);
    }

    [Fact]
    public void Axes_change_their_order()
    {
        Check(new Transpose([1, 0]), [(new Shape(2, 3), OneToSix)], new Shape(3, 2), [1, 4, 2, 5, 3, 6]);

        // Axis 0 of the result is axis 2 of the input: [1, 2, 3] becomes [3, 1, 2].
        Check(new Transpose([2, 0, 1]), [(new Shape(1, 2, 3), OneToSix)], new Shape(3, 1, 2), [1, 4, 2, 5, 3, 6]);
        Check(new Transpose([1, 2, 0]), [(new Shape(2, 3, 1), OneToSix)], new Shape(3, 1, 2), [1, 4, 2, 5, 3, 6]);
        Check(new Transpose([0]), [(new Shape(3), [1, 2, 3])], new Shape(3), [1, 2, 3]);
    }

    [Fact]
    public void Slices_step_forwards_and_backwards()
    {
        Check(new Slice([0, 1], [1, 1], [2, 2]), [(new Shape(2, 3), OneToSix)], new Shape(2, 2), [2, 3, 5, 6]);
        Check(new Slice([1, 2], [-1, -2], [2, 2]), [(new Shape(2, 3), OneToSix)], new Shape(2, 2), [6, 4, 3, 1]);
        Check(new Slice([1], [3], [2]), [(new Shape(6), OneToSix)], new Shape(2), [2, 5]);
        Check(new Slice([5], [int.MinValue], [1]), [(new Shape(6), OneToSix)], new Shape(1), [6]);
    }

    [Fact]
    public void Padding_surrounds_every_axis()
    {
        Check(new Pad([1, 0], [0, 2], 7), [(new Shape(1, 2), [1, 2])], new Shape(2, 4), [7, 7, 7, 7, 1, 2, 7, 7]);
        Check(new Pad([0], [1]), [(new Shape(1), [5])], new Shape(2), [5, 0]);
    }

    [Fact]
    public void Gathering_repeats_and_reorders()
    {
        Check(new Gather(1, [2, 0, 2]), [(new Shape(2, 3), OneToSix)], new Shape(2, 3), [3, 1, 3, 6, 4, 6]);
        Check(new Gather(0, [1]), [(new Shape(2, 3), OneToSix)], new Shape(1, 3), [4, 5, 6]);
    }

    [Fact]
    public void Expanding_repeats()
    {
        Check(new Expand(new Shape(2, 2, 2)), [(new Shape(2, 1), [1, 2])], new Shape(2, 2, 2), [1, 1, 2, 2, 1, 1, 2, 2]);
        Check(new Expand(new Shape(3)), [(new Shape(1), [5])], new Shape(3), [5, 5, 5]);
    }

    [Fact]
    public void Resampling_weighs_its_taps()
    {
        var halves = new Resample(1, 2, [0, 0, 0, 1, 1, 2], new FloatData([0.5f, 0.5f, 0.25f, 0.75f, 1, -1]));
        Check(halves, [(new Shape(2, 3), OneToSix)], new Shape(2, 3), [1, 1.75f, -1, 4, 4.75f, -1]);
        var rows = new Resample(0, 1, [1, 1, 0], new FloatData([1, 10, 100]));
        Check(rows, [(new Shape(2, 3), OneToSix)], new Shape(3, 3), [4, 5, 6, 40, 50, 60, 100, 200, 300]);
    }

    [Fact]
    public void Concatenation_runs_along_any_axis()
    {
        Check(new Concat(1), [(new Shape(2, 2), [1, 2, 3, 4]), (new Shape(2, 1), [5, 6])], new Shape(2, 3), [1, 2, 5, 3, 4, 6]);
        Check(
            new Concat(2),
            [(new Shape(1, 2, 1), [1, 2]), (new Shape(1, 2, 2), [3, 4, 5, 6]), (new Shape(1, 2, 1), [7, 8])],
            new Shape(1, 2, 4),
            [1, 3, 4, 7, 2, 5, 6, 8]);
    }

    [Fact]
    public void Softmax_of_four_axes()
    {
        var x = new[] { 1f, 1, 3, 1 }.Select(v => (float)Math.Log(v)).ToArray();
        Check(new Softmax(2), [(new Shape(1, 1, 2, 2), x)], new Shape(1, 1, 2, 2), [0.25f, 0.5f, 0.75f, 0.5f]);
        Check(new Softmax(3), [(new Shape(1, 1, 2, 2), x)], new Shape(1, 1, 2, 2), [0.5f, 0.5f, 0.75f, 0.25f]);
    }

    private static void Check(Operator op, (Shape Shape, float[] Values)[] inputs, Shape shape, float[] expected)
    {
        var graph = NetworkGraph.Create(SampleNetworks.One(op, [.. inputs.Select(i => i.Shape)]));
        Assert.Equal(shape, graph.ShapeOf("y"));
        var actual = Interpreter.Run(graph, [.. inputs.Select(i => i.Values)])[0];
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Math.Abs(expected[i]) * 1e-6f);
        }
    }
}

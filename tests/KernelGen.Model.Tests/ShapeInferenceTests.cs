namespace KernelGen.Model.Tests;

/// <summary>Shapes and errors of the operators on tensors of any rank, one operator at a time.</summary>
public class ShapeInferenceTests
{
    private static readonly Shape Maps = new(3, 4, 5);
    private static readonly Shape Most = new(Limits.Elements);

    [Fact]
    public void Operators_of_two_tensors_broadcast()
    {
        foreach (var op in new Operator[] { new Add(), new Binary(BinaryKind.Prelu) })
        {
            AssertShape(Maps, op, Maps, Maps);
            AssertShape(Maps, op, Maps, new Shape(1));
            AssertShape(Maps, op, new Shape(4, 1), Maps);
            AssertShape(Maps, op, new Shape(3, 1, 5), new Shape(4, 1));
            AssertShape(new Shape(2, 1, 4, 5), op, new Shape(2, 1, 1, 5), new Shape(1, 4, 1));
            AssertRefused(ProblemId.Shape, op, Maps, new Shape(4));
            AssertRefused(ProblemId.Shape, op, Maps, new Shape(3, 1, 1, 1, 2));
            AssertRefused(ProblemId.Limit, op, new Shape(Limits.Elements, 1), new Shape(2));
        }

        AssertShape(Maps, new Add(), new Shape(3, 1, 1), new Shape(4, 1), new Shape(5));
        AssertRefused(ProblemId.Shape, new Add(), new Shape(3, 1, 1), new Shape(4, 1), new Shape(5, 1));
    }

    [Fact]
    public void Every_operator_takes_its_number_of_inputs()
    {
        AssertRefused(ProblemId.Graph, new Constant(new Shape(1), new FloatData([1])), Maps);
        AssertRefused(ProblemId.Graph, new Binary(BinaryKind.Subtract), Maps);
        AssertRefused(ProblemId.Graph, new Binary(BinaryKind.Subtract), Maps, Maps, Maps);
        AssertRefused(ProblemId.Graph, new MatMul(), Maps);
        AssertRefused(ProblemId.Graph, new Transpose([0, 1, 2]));
        AssertRefused(ProblemId.Graph, new Reduce(ReduceKind.Sum, [0]), Maps, Maps);
    }

    [Fact]
    public void Constants_have_a_value_per_element()
    {
        AssertShape(new Shape(2, 1, 2), new Constant(new Shape(2, 1, 2), SampleNetworks.Data(4, 1)));
        AssertRefused(ProblemId.Weights, new Constant(new Shape(3), SampleNetworks.Data(4, 1)));
        AssertRefused(ProblemId.Weights, new Constant(new Shape(1), new FloatData([float.NaN])));
        AssertRefused(ProblemId.Shape, new Constant(new Shape(0), new FloatData([])));
        AssertRefused(ProblemId.Limit, new Constant(new Shape(int.MaxValue, int.MaxValue), new FloatData([])));
    }

    [Fact]
    public void Products_fit_at_the_inner_axes_and_broadcast_the_outer()
    {
        AssertShape(new Shape(2, 4), new MatMul(), new Shape(2, 3), new Shape(3, 4));
        AssertShape(new Shape(7, 2, 4), new MatMul(), new Shape(7, 2, 3), new Shape(3, 4));
        AssertShape(new Shape(7, 2, 4), new MatMul(), new Shape(2, 3), new Shape(7, 3, 4));
        AssertShape(new Shape(5, 7, 2, 4), new MatMul(), new Shape(5, 1, 2, 3), new Shape(7, 3, 4));
        AssertShape(new Shape(1, 2, 4), new MatMul(), new Shape(1, 2, 3), new Shape(1, 3, 4));
        AssertRefused(ProblemId.Shape, new MatMul(), new Shape(2, 3), new Shape(4, 3));
        AssertRefused(ProblemId.Shape, new MatMul(), new Shape(3), new Shape(3, 4));
        AssertRefused(ProblemId.Shape, new MatMul(), new Shape(2, 3), new Shape(3));
        AssertRefused(ProblemId.Shape, new MatMul(), new Shape(5, 2, 3), new Shape(7, 3, 4));
        AssertRefused(ProblemId.Limit, new MatMul(), new Shape(Limits.Elements, 1), new Shape(1, 2));
    }

    [Fact]
    public void Reduced_axes_stay_as_one()
    {
        AssertShape(new Shape(3, 1, 5), new Reduce(ReduceKind.Sum, [1]), Maps);
        AssertShape(new Shape(1, 1, 1), new Reduce(ReduceKind.Product, [0, 1, 2]), Maps);
        AssertRefused(ProblemId.Value, new Reduce(ReduceKind.Sum, []), Maps);
        AssertRefused(ProblemId.Value, new Reduce(ReduceKind.Sum, [1, 0]), Maps);
        AssertRefused(ProblemId.Value, new Reduce(ReduceKind.Sum, [1, 1]), Maps);
        AssertRefused(ProblemId.Value, new Reduce(ReduceKind.ArgMax, [0, 1]), Maps);
        AssertRefused(ProblemId.Shape, new Reduce(ReduceKind.Sum, [3]), Maps);
        AssertRefused(ProblemId.Shape, new Reduce(ReduceKind.Sum, [-1]), Maps);
        AssertRefused(ProblemId.Value, new Reduce((ReduceKind)99, [0]), Maps);
    }

    [Fact]
    public void Permutations_name_each_axis_once()
    {
        AssertShape(new Shape(5, 3, 4), new Transpose([2, 0, 1]), Maps);
        foreach (EquatableArray<int> wrong in new EquatableArray<int>[] { [], [0, 1], [0, 1, 1], [0, 1, 3], [-1, 0, 1], [0, 1, 2, 3] })
        {
            AssertRefused(ProblemId.Value, new Transpose(wrong), Maps);
        }
    }

    [Theory]
    [InlineData(0, 1, 4, true)]
    [InlineData(3, -1, 4, true)]
    [InlineData(1, 2, 2, true)]
    [InlineData(2, int.MaxValue, 1, true)]
    [InlineData(0, 1, 5, false)]
    [InlineData(1, 2, 3, false)]
    [InlineData(2, -1, 4, false)]
    [InlineData(0, 0, 1, false)]
    [InlineData(0, 1, 0, false)]
    [InlineData(-1, 1, 1, false)]
    [InlineData(4, 1, 1, false)]
    [InlineData(0, int.MaxValue, int.MaxValue, false)]
    [InlineData(3, int.MinValue, 2, false)]
    public void Slices_stay_inside(int start, int step, int size, bool fits)
    {
        var slice = new Slice([0, start, 4], [1, step, -2], [3, size, 3]);
        if (fits)
        {
            AssertShape(new Shape(3, size, 3), slice, Maps);
        }
        else
        {
            AssertRefused(ProblemId.Value, slice, Maps);
        }
    }

    [Fact]
    public void Slices_and_pads_speak_of_every_axis()
    {
        AssertRefused(ProblemId.Value, new Slice([0, 0], [1, 1, 1], [1, 1, 1]), Maps);
        AssertRefused(ProblemId.Value, new Slice([0, 0, 0], [1, 1], [1, 1, 1]), Maps);
        AssertRefused(ProblemId.Value, new Slice([0, 0, 0], [1, 1, 1], [1, 1, 1, 1]), Maps);
        AssertRefused(ProblemId.Value, new Pad([0, 0], [0, 0, 0]), Maps);
        AssertRefused(ProblemId.Value, new Pad([0, 0, 0], [0, 0]), Maps);
        AssertRefused(ProblemId.Value, new Pad([0, -1, 0], [0, 0, 0]), Maps);
        AssertRefused(ProblemId.Value, new Pad([0, 0, 0], [0, 0, 0], float.NaN), Maps);
        AssertRefused(ProblemId.Limit, new Pad([int.MaxValue], [int.MaxValue]), new Shape(1));
        AssertRefused(ProblemId.Limit, new Pad([1], [0]), Most);
        AssertShape(new Shape(4, 4, 8), new Pad([1, 0, 2], [0, 0, 1], 3), Maps);
    }

    [Fact]
    public void Indices_lie_in_their_axis()
    {
        AssertShape(new Shape(3, 2, 5), new Gather(1, [3, 3]), Maps);
        AssertRefused(ProblemId.Value, new Gather(1, []), Maps);
        AssertRefused(ProblemId.Value, new Gather(1, [4]), Maps);
        AssertRefused(ProblemId.Value, new Gather(1, [-1]), Maps);
        AssertRefused(ProblemId.Shape, new Gather(3, [0]), Maps);
        AssertShape(new Shape(3, 4, 2), new Resample(2, 2, [0, 1, 4, 4], SampleNetworks.Data(4, 1)), Maps);
        AssertRefused(ProblemId.Value, new Resample(2, 3, [0, 1, 4, 4], SampleNetworks.Data(4, 1)), Maps);
        AssertRefused(ProblemId.Value, new Resample(2, 0, [0], SampleNetworks.Data(1, 1)), Maps);
        AssertRefused(ProblemId.Value, new Resample(2, 1, [], new FloatData([])), Maps);
        AssertRefused(ProblemId.Value, new Resample(2, 1, [5], SampleNetworks.Data(1, 1)), Maps);
        AssertRefused(ProblemId.Weights, new Resample(2, 1, [0, 1], SampleNetworks.Data(1, 1)), Maps);
        AssertRefused(ProblemId.Shape, new Resample(-1, 1, [0], SampleNetworks.Data(1, 1)), Maps);
        AssertRefused(ProblemId.Limit, new Gather(1, [0, 0]), new Shape(Limits.Elements, 1));
    }

    [Fact]
    public void Expansion_is_what_a_broadcast_allows()
    {
        AssertShape(new Shape(2, 3, 4, 5), new Expand(new Shape(2, 3, 4, 5)), Maps);
        AssertShape(Maps, new Expand(Maps), new Shape(4, 1));
        AssertRefused(ProblemId.Shape, new Expand(new Shape(3, 4, 1)), Maps);
        AssertRefused(ProblemId.Shape, new Expand(new Shape(4, 5)), Maps);
        AssertRefused(ProblemId.Shape, new Expand(new Shape(0)), new Shape(1));
        AssertRefused(ProblemId.Limit, new Expand(new Shape(int.MaxValue, int.MaxValue)), new Shape(1));
    }

    [Fact]
    public void Concatenation_adds_up_one_axis()
    {
        AssertShape(new Shape(3, 4, 7), new Concat(2), Maps, new Shape(3, 4, 2));
        AssertRefused(ProblemId.Shape, new Concat(1), Maps, new Shape(3, 4, 2));
        AssertRefused(ProblemId.Shape, new Concat(3), Maps, Maps);
        AssertRefused(ProblemId.Shape, new Concat(1), Maps, new Shape(3, 4));
    }

    [Fact]
    public void Functions_take_any_rank_and_finite_parameters()
    {
        var eight = new Shape(1, 2, 1, 2, 1, 2, 1, 2);
        AssertShape(eight, new Activation(ActivationKind.Mish), eight);
        AssertShape(eight, new Softmax(7), eight);
        AssertRefused(ProblemId.Shape, new Softmax(8), eight);
        AssertRefused(ProblemId.Value, new Activation(ActivationKind.Selu, Alpha: 1, Beta: float.NaN), Maps);
        AssertRefused(ProblemId.Value, new Activation(ActivationKind.Elu, Alpha: float.PositiveInfinity), Maps);
        AssertShape(Maps, new Activation(ActivationKind.Tanh, Alpha: float.NaN, Beta: float.NaN), Maps);
        AssertRefused(ProblemId.Value, new Binary((BinaryKind)99), Maps, Maps);
    }

    private static void AssertShape(Shape expected, Operator op, params Shape[] inputs)
    {
        var (shape, problems) = GraphVerifier.InferShape(op, inputs);
        Assert.Empty(problems);
        Assert.Equal(expected, shape);
    }

    private static void AssertRefused(string id, Operator op, params Shape[] inputs)
    {
        var (shape, problems) = GraphVerifier.InferShape(op, inputs);
        Assert.Null(shape);
        Assert.Equal(id, Assert.Single(problems).Id);
    }
}

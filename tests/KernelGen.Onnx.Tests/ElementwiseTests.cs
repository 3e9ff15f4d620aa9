using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Elementwise operators give what ONNX Runtime gives, with every way of broadcasting.</summary>
public class ElementwiseTests
{
    [Theory]
    [InlineData("Abs")]
    [InlineData("Ceil")]
    [InlineData("Cos")]
    [InlineData("Cosh")]
    [InlineData("Erf")]
    [InlineData("Exp")]
    [InlineData("Floor")]
    [InlineData("Neg")]
    [InlineData("Round")]
    [InlineData("Sign")]
    [InlineData("Sin")]
    [InlineData("Sinh")]
    public void A_function_of_one_tensor(string op)
    {
        OnnxRuntimeReference.AssertSame(Function(op, 1, 3, 4, 5), from: -3, to: 3);
        OnnxRuntimeReference.AssertSame(Function(op, 2, 3), from: -3, to: 3);
    }

    [Theory]
    [InlineData("Log", 0.1f, 5f)]
    [InlineData("Reciprocal", 0.1f, 5f)]
    [InlineData("Sqrt", 0f, 5f)]
    [InlineData("Tan", -1.5f, 1.5f)]
    public void A_function_of_a_part_of_the_numbers(string op, float from, float to) =>
        OnnxRuntimeReference.AssertSame(Function(op, 1, 3, 4, 5), from: from, to: to);

    [Fact]
    public void The_hyperbolic_sine_keeps_its_precision_near_zero() =>
        OnnxRuntimeReference.AssertSame(Function("Sinh", 1, 50), from: -1e-3f, to: 1e-3f, tolerance: 2e-7);

    [Theory]
    [InlineData(new[] { 1, 3, 4, 5 }, new[] { 1, 3, 4, 5 })]
    [InlineData(new[] { 1, 3, 4, 5 }, new[] { 3, 1, 1 })]
    [InlineData(new[] { 1, 3, 4, 5 }, new[] { 5 })]
    [InlineData(new[] { 1, 3, 4, 5 }, new int[0])]
    [InlineData(new[] { 4, 1 }, new[] { 1, 3, 1, 5 })]
    [InlineData(new[] { 2, 3, 4 }, new[] { 1, 3, 1 })]
    [InlineData(new[] { 1, 3 }, new[] { 2, 2, 1 })]
    [InlineData(new[] { 1, 1 }, new[] { 1 })]
    [InlineData(new int[0], new[] { 1, 1, 1 })]
    public void Two_tensors_are_broadcast(int[] a, int[] b)
    {
        foreach (var op in (string[])["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"])
        {
            var file = new OnnxFile().Input("a", a).Input("b", b).Node(op, ["a", "b"], ["y"]).Output("y");
            OnnxRuntimeReference.AssertSame(file, from: 0.5f, to: 2);
        }
    }

    [Theory]
    [InlineData("Sum")]
    [InlineData("Mean")]
    [InlineData("Min")]
    [InlineData("Max")]
    public void One_two_and_three_tensors(string op)
    {
        foreach (var names in (string[][])[["a"], ["a", "b"], ["a", "b", "c"]])
        {
            OnnxRuntimeReference.AssertSame(new OnnxFile()
                .Input("a", 1, 3, 1, 5)
                .Input("b", 4, 1)
                .Input("c", 1, 3, 4, 5)
                .Node(op, names, ["y"])
                .Node("Sum", ["a", "b", "c"], ["z"])
                .Output("y")
                .Output("z"));
        }
    }

    [Theory]
    [InlineData("Div", 4f, typeof(Binary))]
    [InlineData("Div", 3f, typeof(Binary))]
    [InlineData("Pow", 1f, null)]
    [InlineData("Pow", 2f, typeof(Binary))]
    [InlineData("Pow", 3f, typeof(Binary))]
    [InlineData("Pow", 0.5f, typeof(Activation))]
    [InlineData("Pow", -1f, typeof(Activation))]
    [InlineData("Pow", 1.7f, typeof(Binary))]
    public void A_constant_operand_chooses_the_cheapest_form(string op, float constant, Type? last)
    {
        var description = OnnxRuntimeReference.AssertSame(Constant(op, [], constant), from: 0.5f, to: 3);
        Assert.Equal(last, description.Layers.Where(l => l.Operator is not Reshape).LastOrDefault()?.Operator.GetType());
        if (constant == 4)
        {
            Assert.Equal(BinaryKind.Multiply, Assert.IsType<Binary>(description.Layers[^1].Operator).Kind);
        }
    }

    [Fact]
    public void A_constant_that_enlarges_the_result_is_broadcast()
    {
        OnnxRuntimeReference.AssertSame(Constant("Pow", [2, 1, 1], 2, 2), from: 0.5f, to: 3);
        OnnxRuntimeReference.AssertSame(Constant("Pow", [2, 1, 1], 2, 3), from: 0.5f, to: 3);
        OnnxRuntimeReference.AssertSame(Constant("Div", [2, 1, 1], 4, 0.5f));
    }

    [Fact]
    public void An_integer_exponent_is_a_float_one() => OnnxRuntimeReference.AssertSame(
        new OnnxFile().Input("x", 1, 3, 4).Initializer("e", [1], 2L).Node("Pow", ["x", "e"], ["y"]).Output("y"));

    [Fact]
    public void An_integer_quotient_is_refused()
    {
        var file = new OnnxFile()
            .Input("x", 1, 3, 4)
            .Initializer("two", [1], 2L)
            .Node("ArgMax", ["x"], ["index"], ("axis", 2))
            .Node("Div", ["index", "two"], ["y"])
            .Output("y");
        Assert.Contains("cut off", Assert.Single(file.Import().Errors).Message);
    }

    [Theory]
    [InlineData(new[] { 3 }, 1)]
    [InlineData(new[] { 3, 4 }, 1)]
    [InlineData(new[] { 2 }, 0)]
    [InlineData(new[] { 4 }, null)]
    public void The_first_operator_sets_align_at_an_axis(int[] shape, int? axis)
    {
        (string, object)[] attributes = axis is { } a ? [("broadcast", 1), ("axis", a)] : [("broadcast", 1)];
        var aligned = shape.Concat(Enumerable.Repeat(1, axis is { } start ? 3 - start - shape.Length : 0)).ToArray();
        var old = new OnnxFile(6).Input("a", 2, 3, 4).Input("b", shape).Node("Sub", ["a", "b"], ["y"], attributes).Output("y");
        var today = new OnnxFile().Input("a", 2, 3, 4).Input("b", aligned).Node("Sub", ["a", "b"], ["y"]).Output("y");

        float[][] inputs = [Numbers(24), Numbers(shape.Aggregate(1, (product, d) => product * d))];
        Assert.Equal(Run(today, inputs), Run(old, inputs));
    }

    [Theory]
    [InlineData(1L, 0L, 1L, 0L)]
    [InlineData(1L, 1L, 1L, 1L)]
    [InlineData(0L, 0L, 0L, 0L)]
    public void Where_with_a_constant_condition_picks_elements(params long[] condition)
    {
        var file = new OnnxFile()
            .Input("a", 1, 3, 4)
            .Input("b", 2, 1, 1)
            .Initializer(OnnxFile.Tensor("c", Format.ElementType.Bool, [4], condition.Select(c => (int)c).ToArray()))
            .Node("Where", ["c", "a", "b"], ["y"])
            .Node("Add", ["a", "b"], ["z"])
            .Output("y")
            .Output("z");
        OnnxRuntimeReference.AssertSame(file, tolerance: 0);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        var file = new OnnxFile().Input("a", 1, 3).Input("b", 1, 4).Node("Add", ["a", "b"], ["y"]).Output("y");
        Assert.Contains("1x3 and 1x4", Assert.Single(file.Import().Errors).Message);
    }

    private static OnnxFile Function(string op, params int[] shape) => new OnnxFile().Input("x", shape).Node(op, ["x"], ["y"]).Output("y");

    private static OnnxFile Constant(string op, int[] shape, params float[] values) =>
        new OnnxFile().Input("x", 1, 3, 4).Initializer("c", shape, values).Node(op, ["x", "c"], ["y"]).Output("y");

    private static float[] Numbers(int count) => Enumerable.Range(1, count).Select(i => (float)i).ToArray();

    private static float[] Run(OnnxFile file, float[][] inputs)
    {
        var result = file.Import();
        Assert.Empty(result.Errors);
        return Interpreter.Run(NetworkGraph.Create(result.Description!), inputs)[0];
    }
}

using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Reductions give what ONNX Runtime gives, along every choice of axes.</summary>
public class ReduceTests
{
    private static readonly string[] Operators =
    [
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum",
        "ReduceLogSumExp",
    ];

    public static TheoryData<string> All => [.. Operators];

    [Theory]
    [MemberData(nameof(All))]
    public void Along_axes_that_are_an_attribute(string op)
    {
        var opset = op == "ReduceSum" ? 11 : 17;
        foreach (var shape in (int[][])[[1, 3, 4, 5], [2, 3, 4, 5]])
        {
            foreach (var axes in (int[][])[[2, 3], [1], [-1], [0, 2], [0, 1, 2, 3], [0]])
            {
                Check(Along(opset, op, shape, ("axes", axes)));
                Check(Along(opset, op, shape, ("axes", axes), ("keepdims", 0)));
            }

            Check(Along(opset, op, shape));
            Check(Along(opset, op, shape, ("keepdims", 0)));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Along_axes_that_are_an_input(string op)
    {
        foreach (var keep in (int[])[0, 1])
        {
            Check(new OnnxFile(18)
                .Input("x", 1, 3, 4, 5)
                .Initializer("axes", [2], -1L, 1L)
                .Node(op, ["x", "axes"], ["y"], ("keepdims", keep), ("noop_with_empty_axes", 1))
                .Output("y"));
            Check(new OnnxFile(18).Input("x", 2, 3).Node(op, ["x"], ["y"], ("keepdims", keep)).Output("y"));
        }
    }

    [Theory]
    [InlineData("ReduceSum")]
    [InlineData("ReduceMean")]
    [InlineData("ReduceMax")]
    public void Without_axes_nothing_is_reduced_if_the_node_says_so(string op) =>
        Check(new OnnxFile(18).Input("x", 2, 3).Node(op, ["x"], ["y"], ("noop_with_empty_axes", 1)).Output("y"));

    [Theory]
    [InlineData("ReduceMean", PoolKind.Average)]
    [InlineData("ReduceMax", PoolKind.Max)]
    public void Whole_maps_are_pooled(string op, PoolKind kind)
    {
        var file = Along(17, op, [1, 3, 4, 5], ("axes", new[] { 2, 3 }), ("keepdims", 0));
        var layers = OnnxRuntimeReference.AssertSame(file).Layers;
        Assert.Equal(new GlobalPool(kind), layers[0].Operator);
    }

    [Fact]
    public void Large_exponents_do_not_overflow() => OnnxRuntimeReference.AssertSame(
        Along(17, "ReduceLogSumExp", [1, 20], ("axes", new[] { 1 })), from: 80, to: 120);

    [Theory]
    [InlineData("ArgMax")]
    [InlineData("ArgMin")]
    public void The_index_of_an_extremum_is_a_float(string op)
    {
        foreach (var shape in (int[][])[[1, 3, 4, 5], [2, 3, 4, 5]])
        {
            foreach (var axis in (int[])[0, 1, 2, -1])
            {
                foreach (var (keep, last) in ((int, int)[])[(0, 0), (1, 0), (1, 1)])
                {
                    // Rounded, so that several elements are the largest.
                    OnnxRuntimeReference.AssertSame(
                        new OnnxFile()
                            .Input("x", shape)
                            .Node("Round", ["x"], ["rounded"])
                            .Node(op, ["rounded"], ["index"], ("axis", axis), ("keepdims", keep), ("select_last_index", last))
                            .Node("Cast", ["index"], ["cast"], ("to", 1))
                            .Node("ReduceSum", ["x"], ["sum"])
                            .Node("Add", ["cast", "sum"], ["y"])
                            .Output("y")
                            .Output("cast"));
                }
            }
        }
    }

    [Fact]
    public void An_axis_that_does_not_exist_is_named()
    {
        var error = Assert.Single(Along(17, "ReduceMax", [1, 3], ("axes", new[] { 2 })).Import().Errors);
        Assert.Contains("no axis 2", error.Message);
    }

    private static OnnxFile Along(long opset, string op, int[] shape, params (string Name, object Value)[] attributes) =>
        new OnnxFile(opset).Input("x", shape).Node(op, ["x"], ["y"], attributes).Output("y");

    private static void Check(OnnxFile file) => OnnxRuntimeReference.AssertSame(file, from: 0.5f, to: 1.5f);
}

using KernelGen.Model;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.OperatorFiles;

namespace KernelGen.Onnx.Tests;

/// <summary>Gemm and MatMul in all their forms, against ONNX Runtime, and when they become fully connected layers.</summary>
public class MatrixOperatorTests
{
    private static readonly Dictionary<string, OnnxFile> Products = new()
    {
        ["Gemm, a row"] = Of("Gemm", 13, [1, 5], [[5, 3], [3]]),
        ["Gemm, a row, transposed constants"] = Of("Gemm", 13, [1, 5], [[3, 5], [1, 3]], ("transB", 1), ("alpha", 0.5f), ("beta", 2f)),
        ["Gemm, a row, without bias"] = Of("Gemm", 11, [1, 5], [[5, 3]]),
        ["Gemm, a row, scalar bias"] = Of("Gemm", 11, [1, 5], [[5, 3], []]),
        ["Gemm, a transposed column"] = Of("Gemm", 13, [5, 1], [[5, 3], [3]], ("transA", 1)),
        ["Gemm, rows"] = Of("Gemm", 13, [4, 5], [[5, 3], [3]], ("alpha", 0.5f), ("beta", 2f)),
        ["Gemm, rows, bias per row"] = Of("Gemm", 13, [4, 5], [[5, 3], [4, 1]]),
        ["Gemm, all transposed"] = Of("Gemm", 13, [5, 4], [[3, 5], [4, 3]], ("transA", 1), ("transB", 1)),
        ["Gemm, operator set 7"] = Of("Gemm", 7, [2, 5], [[5, 3], [3]]),
        ["Gemm, all computed"] = new OnnxFile().Input("a", 5, 4).Input("b", 5, 3).Input("c", 4, 3)
            .Node("Gemm", ["a", "b", "c"], ["y"], ("transA", 1), ("alpha", 0.5f), ("beta", 2f)).Output("y"),
        ["Gemm, computed bias of a row"] = new OnnxFile().Input("a", 1, 5).Initializer("b", [5, 3], Random(1, 15)).Input("c", 3)
            .Node("Gemm", ["a", "b", "c"], ["y"], ("beta", 2f)).Output("y"),
        ["MatMul, a row"] = Of("MatMul", 13, [1, 5], [[5, 3]]),
        ["MatMul, rows"] = Of("MatMul", 13, [4, 5], [[5, 3]]),
        ["MatMul, a vector"] = Of("MatMul", 13, [5], [[5, 3]]),
        ["MatMul, with a vector"] = Of("MatMul", 13, [4, 5], [[5]]),
        ["MatMul, vectors"] = Of("MatMul", 13, [5], [[5]]),
        ["MatMul, a batch"] = Of("MatMul", 13, [3, 4, 5], [[3, 5, 2]]),
        ["MatMul, a batch of one"] = Of("MatMul", 13, [1, 4, 5], [[5, 2]]),
        ["MatMul, rows of a batch of one"] = Of("MatMul", 13, [1, 1, 5], [[5, 2]]),
        ["MatMul, a batch with a vector"] = Of("MatMul", 13, [3, 4, 5], [[5]]),
        ["MatMul, a vector with a batch"] = Of("MatMul", 13, [5], [[3, 5, 2]]),
        ["MatMul, batches repeated"] = Of("MatMul", 13, [2, 1, 4, 5], [[3, 5, 2]]),
        ["MatMul, all computed"] = new OnnxFile().Input("a", 1, 3, 4, 5).Input("b", 1, 3, 5, 4).Node("MatMul", ["a", "b"], ["y"]).Output("y"),
    };

    public static TheoryData<string> Forms => [.. Products.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_product_gives_what_ONNX_Runtime_gives(string form) => OnnxRuntimeReference.AssertSame(Products[form]);

    [Theory]
    [InlineData("Gemm, a row")]
    [InlineData("Gemm, a row, transposed constants")]
    [InlineData("Gemm, a row, scalar bias")]
    [InlineData("Gemm, a transposed column")]
    [InlineData("MatMul, a row")]
    [InlineData("MatMul, a vector")]
    public void A_row_times_constants_is_a_fully_connected_layer(string form)
    {
        var layers = Products[form].Import().Description!.Layers.Where(l => l.Operator is not Reshape);
        Assert.IsType<Dense>(Assert.Single(layers).Operator);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sum_with_constants_becomes_the_layers_bias(bool productFirst)
    {
        var network = OnnxRuntimeReference.AssertSame(ProductAndSum(productFirst).Node("Relu", ["s"], ["y"]).Output("y"));
        Assert.Equal([typeof(Dense), typeof(Activation)], network.Layers.Select(l => l.Operator.GetType()));
        Assert.Equal("s", network.Layers[0].Name);
    }

    [Fact]
    public void A_sum_stays_where_the_product_is_read_too()
    {
        var network = OnnxRuntimeReference.AssertSame(ProductAndSum(true).Node("Relu", ["s"], ["y"]).Output("y").Output("p"));
        Assert.Contains(network.Layers, l => l.Operator is Add);
    }

    [Fact]
    public void Matrices_that_do_not_fit_are_refused()
    {
        Assert.Contains("5 columns", Of("MatMul", 13, [4, 5], [[4, 3]]).Refusal());
        Assert.Contains("5 columns", Of("Gemm", 13, [1, 5], [[4, 3]]).Refusal());
    }

    private static OnnxFile ProductAndSum(bool productFirst) => new OnnxFile()
        .Input("x", 1, 5)
        .Initializer("w", [5, 3], Random(1, 15))
        .Initializer("b", [3], Random(2, 3))
        .Node("MatMul", ["x", "w"], ["p"])
        .Node("Add", productFirst ? ["p", "b"] : ["b", "p"], ["s"]);
}

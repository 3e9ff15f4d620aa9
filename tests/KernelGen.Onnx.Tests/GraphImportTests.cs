using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.ImportAssert;

namespace KernelGen.Onnx.Tests;

/// <summary>What the walk over the graph makes of inputs, initializers, constants, names and outputs.</summary>
public class GraphImportTests
{
    [Fact]
    public void An_open_batch_is_one_and_is_dropped()
    {
        var description = Imported(new OnnxFile().Input("x", -1, 3, 4, 4).Node("Identity", ["x"], ["y"]).Output("y"));
        Assert.Equal(new Shape(3, 4, 4), Assert.Single(description.Inputs).Shape);
        Assert.Equal("x", description.Inputs[0].Name);
        Assert.Equal("y", Assert.Single(description.Outputs));
    }

    [Fact]
    public void Other_open_lengths_are_asked_for_and_given_by_an_option()
    {
        var file = new OnnxFile().Input("x", -1, 3, -1, 4).Node("Identity", ["x"], ["y"]).Output("y");
        var error = Assert.Single(file.Import().Errors);
        Assert.Equal(ImportErrorId.Shape, error.Id);
        Assert.Contains("--shape x=1x3x<d2>x4", error.Message);

        var fixedShape = file.Import(new ImportOptions { Shapes = new Dictionary<string, int[]> { ["x"] = [1, 3, 5, 4] } });
        Assert.Equal(new Shape(3, 5, 4), fixedShape.Description!.Inputs[0].Shape);
    }

    [Fact]
    public void An_initializer_that_is_also_listed_as_input_is_a_constant()
    {
        var description = Imported(new OnnxFile()
            .Input("x", 1, 2)
            .Input("c", 2)
            .Initializer("c", [2], 3f, 4f)
            .Node("Identity", ["x"], ["y"])
            .Node("Identity", ["c"], ["z"])
            .Output("y")
            .Output("z"));
        Assert.Equal(["x"], description.Inputs.Select(i => i.Name));
        Assert.Equal([3f, 4f], Run(description, [1, 2])[1]);
    }

    [Fact]
    public void Arithmetic_on_shapes_becomes_a_constant()
    {
        var description = Imported(new OnnxFile()
            .Input("x", 2, 3, 5)
            .Initializer("two", [1], 2L)
            .Node("Shape", ["x"], ["shape"], ("start", 1))
            .Node("Mul", ["shape", "two"], ["doubled"])
            .Node("Cast", ["doubled"], ["y"], ("to", (int)ElementType.Float))
            .Output("y"));
        Assert.Equal([6f, 10f], Run(description, new float[30])[0]);
    }

    [Fact]
    public void Every_operator_that_is_not_known_is_named_and_what_follows_it_is_not()
    {
        var errors = new OnnxFile()
            .Input("x", 1, 2)
            .Node("Foo", ["x"], ["a"])
            .Node("Identity", ["a"], ["b"])
            .Node("com.example", "Bar", ["b"], ["y"])
            .Node("Unneeded", ["b"], ["c"])
            .Output("y")
            .Import().Errors;
        Assert.Equal([("Foo_0", "Foo"), ("Bar_2", "com.example.Bar")], errors.Select(e => (e.Node!, e.Operator!)));
        Assert.All(errors, e => Assert.Equal(ImportErrorId.Unsupported, e.Id));
    }

    [Fact]
    public void An_attribute_that_is_not_known_is_refused()
    {
        var errors = new OnnxFile().Input("x", 1, 2).Node("Identity", ["x"], ["y"], ("mode", "new")).Output("y").Import().Errors;
        Assert.Contains("'mode'", Assert.Single(errors).Message);
    }
}

using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Tests.Shared;
using static KernelGen.Onnx.Tests.ImportAssert;
using AttributeType = KernelGen.Onnx.Format.AttributeProto.Types.AttributeType;

namespace KernelGen.Onnx.Tests;

/// <summary>Graphs that are broken or ask for too much: errors that name the place, within bounded memory.</summary>
public class HostileGraphTests
{
    // Far below what a network needs to be compiled.
    private const long MaximumAllocated = 1L << 30;

    [Fact]
    public void Nodes_that_depend_on_their_own_output_are_a_cycle()
    {
        var error = OnlyError(new OnnxFile()
            .Input("x", 1, 2)
            .Node("Identity", ["b"], ["a"])
            .Node("Identity", ["a"], ["b"])
            .Node("Identity", ["b"], ["y"])
            .Output("y"));
        Assert.Contains("cycle", error.Message);
        Assert.Equal(ImportErrorId.Graph, error.Id);
        Assert.Contains(error.Node, new[] { "Identity_0", "Identity_1" });
    }

    [Fact]
    public void A_node_that_reads_itself_is_a_cycle() =>
        Assert.Contains("cycle", OnlyError(new OnnxFile().Input("x", 1, 2).Node("Identity", ["y"], ["y"]).Output("y")).Message);

    [Fact]
    public void Nodes_in_any_order_are_sorted()
    {
        var result = new OnnxFile().Input("x", 1, 2).Node("Identity", ["a"], ["y"]).Node("Identity", ["x"], ["a"]).Output("y").Import();
        Assert.Empty(result.Errors);
    }

    [Fact]
    public void Ten_thousand_nodes_in_a_row_are_walked_without_recursion()
    {
        var file = new OnnxFile().Input("x0", 1, 2);
        for (var i = 9_999; i >= 0; i--)
        {
            file.Node("Identity", [$"x{i}"], [$"x{i + 1}"]);
        }

        Assert.Empty(file.Output("x10000").Import().Errors);
    }

    [Fact]
    public void A_value_that_no_one_computes_is_named_with_its_reader()
    {
        var error = OnlyError(new OnnxFile().Input("x", 1, 2).Node("Identity", ["z"], ["y"]).Output("y"));
        Assert.Contains("'z'", error.Message);
        Assert.Equal("Identity_0", error.Node);
    }

    [Fact]
    public void An_output_that_no_one_computes_is_named() =>
        Assert.Contains("'y'", OnlyError(new OnnxFile().Input("x", 1, 2).Node("Identity", ["x"], ["z"]).Output("y")).Message);

    [Fact]
    public void Names_that_are_given_twice_are_refused()
    {
        var file = () => new OnnxFile().Input("x", 1, 2).Node("Identity", ["x"], ["y"]).Output("y");
        Assert.Contains("'x'", OnlyError(file().Input("x", 1, 2)).Message);
        Assert.Contains("'c'", OnlyError(file().Initializer("c", [1], 1f).Initializer("c", [1], 2f)).Message);
        Assert.Contains("'y'", OnlyError(file().Initializer("y", [1], 1f)).Message);
        Assert.Contains("'y'", OnlyError(file().Node("Identity", ["x"], ["y"])).Message);
        Assert.Contains("'y'", OnlyError(file().Output("y")).Message);
        Assert.Contains("'x'", OnlyError(file().Node("Identity", ["y"], ["x"])).Message);
    }

    [Fact]
    public void Inputs_of_other_types_are_refused()
    {
        Assert.Contains("int64", OnlyError(new OnnxFile().Input("x", ElementType.Int64, 2).Node("Identity", ["x"], ["y"]).Output("y")).Message);
        Assert.Contains("string", OnlyError(new OnnxFile().Input("x", ElementType.String, 2).Node("Identity", ["x"], ["y"]).Output("y")).Message);
        var sequence = new OnnxFile().Input("x", 2).Node("Identity", ["x"], ["y"]).Output("y");
        sequence.Model.Graph.Input[0].Type.TensorType = null;
        Assert.Contains("no tensor", OnlyError(sequence).Message);
    }

    [Fact]
    public void Wrong_types_of_attributes_are_refused()
    {
        var error = OnlyError(new OnnxFile().Input("x", 1, 2).Node("Shape", ["x"], ["y"], ("start", 1.5f)).Output("y"));
        Assert.Contains("'start'", error.Message);
        Assert.Equal("Shape_0", error.Node);
    }

    [Fact]
    public void An_attribute_that_is_given_twice_is_refused() =>
        Assert.Contains("twice", OnlyError(new OnnxFile().Input("x", 1, 2).Node("Shape", ["x"], ["y"], ("start", 0), ("start", 1)).Output("y")).Message);

    [Fact]
    public void A_tensor_attribute_without_a_tensor_is_refused()
    {
        var file = new OnnxFile().Input("x", 1, 2).Node("Constant", [], ["y"]).Output("y");
        file.Model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "value", Type = AttributeType.Tensor });
        OnlyError(file);
    }

    [Theory]
    [InlineData(1L << 28)]
    [InlineData(1L << 40, 1L << 40)]
    [InlineData(-3L)]
    [InlineData(1L << 25, 16L)]
    public void Constants_that_the_file_has_not_earned_are_refused(params long[] shape) => Bounded(() => OnlyError(new OnnxFile()
        .Input("x", 1, 2)
        .Initializer("shape", [shape.Length], shape)
        .Node("ConstantOfShape", ["shape"], ["y"])
        .Output("y")));

    [Fact]
    public void Many_large_constants_are_refused_as_one_is() => Bounded(() =>
    {
        var file = new OnnxFile().Input("x", 1, 2).Initializer("shape", [1], 1L << 23);
        for (var i = 0; i < 64; i++)
        {
            file.Node("ConstantOfShape", ["shape"], [$"y{i}"]).Output($"y{i}");
        }

        Assert.NotEmpty(file.Import().Errors);
    });

    [Theory]
    [InlineData("ArgMax")]
    [InlineData("Split")]
    [InlineData("Pad")]
    public void Large_inputs_alone_earn_no_constants(string op) => Bounded(() =>
    {
        // The input is a few bytes of the file.
        var file = new OnnxFile(18).Input("x", 1, Limits.Elements).Initializer("pads", [4], 0L, 1L, 0L, 1L).Output("y");
        OnlyError(op switch
        {
            "ArgMax" => file.Node(op, ["x"], ["y"], ("axis", 0)),
            "Split" => file.Node(op, ["x"], ["y"], ("axis", 1), ("num_outputs", Limits.Elements)),
            _ => file.Node(op, ["x", "pads"], ["y"], ("mode", "edge")),
        });
    });

    [Fact]
    public void Integers_that_are_many_outputs_are_paid_for_each_time() => Bounded(() =>
    {
        var file = new OnnxFile().Input("x", 1, 2).Initializer("shape", [1], 1L << 21);
        file.Node("ConstantOfShape", ["shape"], ["c"], ("value", OnnxFile.Tensor("value", [1], 1L)));
        for (var i = 0; i < 200; i++)
        {
            file.Node("Identity", ["c"], [$"y{i}"]).Output($"y{i}");
        }

        Assert.NotEmpty(file.Import().Errors);
    });

    [Fact]
    public void A_large_tensor_that_many_nodes_copy_is_paid_for_each_time() => Bounded(() =>
    {
        var file = new OnnxFile().Input("x", 1, 2).Initializer("shape", [1], 1L << 21).Node("ConstantOfShape", ["shape"], ["c"]);
        for (var i = 0; i < 200; i++)
        {
            file.Node("BatchNormalization", ["x", "c", "c", "c", "c"], [$"y{i}"]).Output($"y{i}");
        }

        Assert.NotEmpty(file.Import().Errors);
    });

    [Fact]
    public void Names_that_become_one_are_numbered_without_trying_all_numbers() => Bounded(() =>
    {
        var name = new string('n', Limits.NameLength);
        var file = new OnnxFile().Input("x", 1, 2);
        for (var i = 0; i < 5000; i++)
        {
            file.Node("Abs", [i == 0 ? "x" : $"{name}{i - 1}"], [$"{name}{i}"]);
        }

        var result = file.Output($"{name}4999").Import();
        Assert.Empty(result.Errors);
        Assert.Equal(5000, result.Description!.Layers.Select(l => l.Name).Distinct().Count());
    });

    [Fact]
    public void An_endless_range_is_refused()
    {
        var file = (long delta) => new OnnxFile()
            .Input("x", 1, 2)
            .Initializer("zero", [], 0L)
            .Initializer("much", [], long.MaxValue)
            .Initializer("delta", [], delta)
            .Node("Range", ["zero", "much", "delta"], ["y"])
            .Output("y");
        OnlyError(file(0));
        OnlyError(file(1));
        OnlyError(file(1 << 30));
    }

    [Fact]
    public void Integers_divided_by_zero_are_an_error()
    {
        var file = (long by, string op) => new OnnxFile()
            .Input("x", 1, 2)
            .Initializer("least", [1], long.MinValue)
            .Initializer("by", [1], by)
            .Node(op, ["least", "by"], ["y"])
            .Output("y");
        Assert.Contains("zero", OnlyError(file(0, "Div")).Message);
        Assert.Contains("zero", OnlyError(file(0, "Mod")).Message);
        OnlyError(file(-1, "Div"));
    }

    [Fact]
    public void A_sum_over_no_elements_is_an_error_and_no_tensor_without_data() => OnlyError(new OnnxFile()
        .Input("x", 1, 2)
        .Initializer("none", [0], Array.Empty<long>())
        .Initializer("one", [1], 1L)
        .Node("ReduceSum", ["none"], ["sum"])
        .Node("Add", ["sum", "one"], ["y"])
        .Output("y"));

    [Theory]
    [InlineData(1L << 28, 2L)]
    [InlineData(1L << 62, 4L)]
    [InlineData(0L)]
    [InlineData(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L)]
    public void Input_shapes_out_of_the_models_limits_are_refused(params long[] shape)
    {
        var file = new OnnxFile().Input("x", 1).Node("Identity", ["x"], ["y"]).Output("y");
        var dims = file.Model.Graph.Input[0].Type.TensorType.Shape.Dim;
        dims.Clear();
        dims.Add(shape.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        Assert.Equal(ImportErrorId.Shape, OnlyError(file).Id);
    }

    [Fact]
    public void Names_cannot_break_a_line_of_the_generated_code()
    {
        var name = "a\n\u2028\ud83d\ude00\0" + new string('n', 1000);
        var result = new OnnxFile().Input(name, 1, 2).Node("Identity", [name], ["\r"]).Output("\r").Import();
        Assert.Empty(result.Errors);
        Assert.Equal("_", Assert.Single(result.Description!.Outputs));
        Assert.StartsWith("a__\ud83d\ude00_nnn", result.Description.Inputs[0].Name, StringComparison.Ordinal);
        Assert.InRange(result.Description.Inputs[0].Name.Length, 1, Limits.NameLength);
    }

    [Fact]
    public void Thousands_of_errors_are_counted_and_some_listed()
    {
        var file = new OnnxFile().Input("x", 1, 2);
        for (var i = 0; i < 3000; i++)
        {
            file.Node("Foo", ["x"], [$"y{i}"]).Output($"y{i}");
        }

        var errors = file.Import().Errors;
        Assert.Equal(201, errors.Count);
        Assert.Contains("2800 more", errors[^1].Message);
    }

    [Fact]
    public void Options_that_do_not_fit_the_inputs_are_refused()
    {
        var file = new OnnxFile().Input("x", -1, 2).Input("k", ElementType.Int64, 1).Node("Identity", ["x"], ["y"]).Output("y");
        var frozen = new Dictionary<string, OnnxTensor> { ["k"] = new("k", [1], null, [1]) };
        Assert.Empty(file.Import(new ImportOptions { Constants = frozen }).Errors);
        Assert.Contains("'x'", OnlyError(file, new ImportOptions { Constants = frozen, Shapes = Shape("z", 1, 2) }).Message);
        Assert.Contains("1x3", OnlyError(file, new ImportOptions { Constants = frozen, Shapes = Shape("x", 1, 3) }).Message);
        OnlyError(file, new ImportOptions { Constants = frozen, Shapes = Shape("x", 1, 2, 1) });
        OnlyError(file, new ImportOptions { Constants = frozen, Shapes = Shape("x", 0, 2) });
        OnlyError(file, new ImportOptions { Constants = new Dictionary<string, OnnxTensor> { ["k"] = new("k", [1], [1], null) } });
        OnlyError(file, new ImportOptions { Constants = new Dictionary<string, OnnxTensor> { ["k"] = new("k", [2], null, [1, 2]) } });
    }

    private static Dictionary<string, int[]> Shape(string name, params int[] shape) => new() { [name] = shape };

    private static void Bounded(Action import)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        import();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocated);
    }
}

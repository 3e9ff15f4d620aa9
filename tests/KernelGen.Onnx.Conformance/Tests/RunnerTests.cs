using Google.Protobuf;
using KernelGen.Model;
using KernelGen.Onnx.Format;
using Xunit;

namespace KernelGen.Onnx.Conformance;

/// <summary>The runner itself, on a suite made for the purpose: it must see what is wrong.</summary>
public sealed class RunnerTests : IDisposable
{
    private readonly string suite = Directory.CreateTempSubdirectory("kernelgen-suite-").FullName;

    public void Dispose() => Directory.Delete(suite, recursive: true);

    [Fact]
    public async Task Every_outcome_is_told_from_the_others()
    {
        Write("right", "Relu", [Floats("x", -1, 2)], Floats("y", 0, 2));
        Write("off", "Relu", [Floats("x", -1, 2)], Floats("y", 0, 2.01f));
        Write("other_shape", "Relu", [Floats("x", -1, 2)], Floats("y", 0, 2, 0));
        Write("shape_as_input", "Reshape", [Floats("x", 1, 2, 3), Integers("shape", 3, 1)], Floats("y", [3, 1], 1, 2, 3));
        Write("unknown", "Unheard", [Floats("x", 1)], Floats("y", 1));

        var run = await ConformanceRun.Start(OperatorTest.All(suite), compile: true);

        var results = run.Results.ToDictionary(r => r.Test.Name, r => r);
        Assert.Equal(Outcome.Passed, results["test_right"].Outcome);
        Assert.Equal(Outcome.Wrong, results["test_off"].Outcome);
        Assert.Contains("'y'[1] of 2 is 2, not 2.01", results["test_off"].Message);
        Assert.Equal(Outcome.Wrong, results["test_other_shape"].Outcome);
        Assert.Equal(Outcome.PassedFrozen, results["test_shape_as_input"].Outcome);
        Assert.Equal((Outcome.Refused, "Unheard"), (results["test_unknown"].Outcome, results["test_unknown"].Operator));
        Assert.Equal([ConformanceRun.InterpreterName, .. EngineProcess.Widths], run.Errors.Keys);
        Assert.All(run.Errors.Values, e => Assert.Equal(5, e.Counts[0]));
        Assert.Contains("| all | 5 | 1 | 1 | 1 | 2 | 0 |", SupportTable.Totals(run.Results));
    }

    [Fact]
    public async Task A_test_without_data_has_not_passed()
    {
        Write("bare", "Relu", [Floats("x", -1, 2)], Floats("y", 0, 2));
        var folder = Assert.Single(Directory.GetDirectories(Path.Combine(suite, "made")));
        Directory.Move(Path.Combine(folder, "test_data_set_0"), Path.Combine(folder, "data"));

        var run = await ConformanceRun.Start(OperatorTest.All(suite), compile: false);

        Assert.False(Assert.Single(run.Results).HasPassed);
    }

    [Theory]
    [InlineData(1000, 1000.9f, true)]
    [InlineData(1000, 1001.1f, false)]
    [InlineData(0, 0.9e-7f, true)]
    [InlineData(0, 1.1e-7f, false)]
    [InlineData(float.NaN, float.NaN, true)]
    [InlineData(float.NaN, 0, false)]
    [InlineData(0, float.NaN, false)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity, true)]
    [InlineData(float.PositiveInfinity, float.MaxValue, false)]
    [InlineData(1, float.PositiveInfinity, false)]
    public void The_tolerance_is_the_standard_s(float expected, float actual, bool close)
    {
        var fault = Tolerance.Fault(new OnnxTensor("y", [1], [expected], null), ElementType.Float, new Shape(1), [actual]);
        Assert.Equal(close, fault is null);
    }

    [Fact]
    public void Integers_are_equal_and_bfloat16_is_allowed_one_unit()
    {
        Assert.Null(Tolerance.Fault(new OnnxTensor("y", [1], null, [3]), ElementType.Int64, new Shape(1), [3]));
        Assert.NotNull(Tolerance.Fault(new OnnxTensor("y", [1], null, [3]), ElementType.Int64, new Shape(1), [3.0001f]));
        Assert.Null(Tolerance.Fault(new OnnxTensor("y", [1], [1.0078125f], null), ElementType.BFloat16, new Shape(1), [1.005f]));
        Assert.NotNull(Tolerance.Fault(new OnnxTensor("y", [1], [1.0078125f], null), ElementType.Float, new Shape(1), [1.005f]));
    }

    [Fact]
    public void Distances_are_counted_by_their_size()
    {
        var histogram = new UlpHistogram();
        var far = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(1) + 7);
        histogram.Add([1, 1, 1, 1], [1, MathF.BitIncrement(1), far, 2]);
        Assert.Equal([1, 1, 0, 1], histogram.Counts.Take(4));
        Assert.Equal(1, histogram.Counts[^1]);
        Assert.Equal(["0", "1", "2–3", "4–7"], Enumerable.Range(0, 4).Select(UlpHistogram.Describe));
        Assert.Equal("≥ 1024", UlpHistogram.Describe(histogram.Counts.Count - 1));
    }

    private void Write(string name, string op, TensorProto[] inputs, TensorProto output)
    {
        var folder = Path.Combine(suite, "made", "test_" + name);
        var data = Path.Combine(folder, "test_data_set_0");
        Directory.CreateDirectory(data);
        var node = new NodeProto { OpType = op, Input = { inputs.Select(i => i.Name) }, Output = { output.Name } };
        var graph = new GraphProto { Name = name, Node = { node }, Input = { inputs.Select(Describe) }, Output = { Describe(output) } };
        var model = new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), model.ToByteArray());
        File.WriteAllBytes(Path.Combine(data, "output_0.pb"), output.ToByteArray());
        for (var i = 0; i < inputs.Length; i++)
        {
            File.WriteAllBytes(Path.Combine(data, $"input_{i}.pb"), inputs[i].ToByteArray());
        }
    }

    private static ValueInfoProto Describe(TensorProto tensor) => new()
    {
        Name = tensor.Name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = tensor.DataType,
                Shape = new TensorShapeProto { Dim = { tensor.Dims.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }) } },
            },
        },
    };

    private static TensorProto Floats(string name, params float[] values) => Floats(name, [values.Length], values);

    private static TensorProto Floats(string name, long[] shape, params float[] values) =>
        new() { Name = name, DataType = (int)ElementType.Float, Dims = { shape }, FloatData = { values } };

    private static TensorProto Integers(string name, params long[] values) =>
        new() { Name = name, DataType = (int)ElementType.Int64, Dims = { (long)values.Length }, Int64Data = { values } };
}

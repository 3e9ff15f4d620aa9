using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Descriptions as ONNX models: another runtime must compute the same from them, and so must we when they come back.</summary>
public class OnnxExporterTests
{
    /// <summary>Its e^x − 1, erf and logistic function have an absolute error, which shows where all of a tensor is close to zero.</summary>
    [Fact]
    public void Onnx_runtime_computes_what_the_reference_does() => AssertAllAgree(
        (description, inputs) =>
        {
            using var exported = new OnnxRuntimeNetwork(description, inputs);
            exported.Run();
            return exported.Outputs;
        },
        absolute: 1e-6);

    [Fact]
    public void The_importer_brings_back_what_computes_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("kernelgen-export-");
        try
        {
            AssertAllAgree((description, inputs) =>
            {
                var path = Path.Combine(folder.FullName, "model.onnx");
                using (var file = File.Create(path))
                {
                    OnnxExporter.Export(description, file);
                }

                var (imported, errors) = OnnxImporter.Import(path);
                Assert.Equal([], errors);
                return Interpreter.Run(NetworkGraph.Create(imported!), inputs);
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Names_of_inputs_layers_and_outputs_are_kept_and_new_ones_are_distinct()
    {
        var description = NetworkCase.Of("names", b =>
        {
            // A layer that has the name which the exporter would give the weights.
            var conv = b.Conv(b.Input(1, 4, 4), 2, Window.Square(3));
            return b.Relu(conv);
        }).Description;
        var clashing = description with
        {
            Layers = [description.Layers[0], new Layer("conv0/weights", Activation.Relu, ["conv0"])],
            Outputs = ["conv0/weights"],
        };

        var graph = Export(clashing).Graph;

        Assert.Equal("in0", Assert.Single(graph.Input).Name);
        Assert.Equal("conv0/weights", Assert.Single(graph.Output).Name);
        Assert.Equal(["conv0", "conv0/weights"], graph.Node.Select(n => n.Name));
        Assert.Equal(["conv0/weights_2", "conv0/bias"], graph.Initializer.Select(i => i.Name));
    }

    [Fact]
    public void Removed_maps_are_gone_and_other_removed_weights_are_zero()
    {
        var same = Window.Square(3, padding: 1);
        var pruned = NetworkCase.Of("pruned", b => b.Conv(b.Input(2, 5, 5), 3, same, taps: [new StridedTaps(0, 4), new FreeTaps([])])).Description;
        var conv = (Conv)pruned.Layers[0].Operator;
        var selected = pruned with
        {
            Layers = [pruned.Layers[0] with { Operator = conv with { Selection = new MapSelection(8, [1, 4, 7]) } }],
        };

        var weights = Export(selected).Graph.Initializer.Single(i => i.Name == "conv0/weights");

        Assert.Equal([3L, 2, 3, 3], weights.Dims);
        var values = new float[3 * 2 * 9];
        Buffer.BlockCopy(weights.RawData.ToByteArray(), 0, values, 0, sizeof(float) * values.Length);
        Assert.Equal(conv.Weights.ToDense(3, 2, 1, 9), values);
        Assert.Equal(9, values.Count(v => v != 0));
    }

    [Fact]
    public void Constants_are_initializers_and_not_inputs()
    {
        var description = NetworkCase.Of("constants", b =>
        {
            var x = b.Input(3, 5, 7);
            return b.Layer(new Binary(BinaryKind.Multiply), x, b.Layer(new Constant(new Shape(3, 1, 1), b.Data(3, 1))));
        }).Description;

        var graph = Export(description).Graph;

        Assert.Equal("in0", Assert.Single(graph.Input).Name);
        Assert.Equal("Mul", Assert.Single(graph.Node).OpType);
        var constant = Assert.Single(graph.Initializer);
        Assert.Equal("constant0", constant.Name);
        Assert.Equal([1L, 3, 1, 1], constant.Dims);
    }

    /// <summary>Three layers of a gigabyte each when dense, of which nothing is left.</summary>
    [Fact]
    public void A_model_that_no_file_can_hold_is_refused_before_anything_is_written()
    {
        const int Maps = 1 << 14;
        var empty = new ConvWeights(new FloatData([]), null, Enumerable.Repeat<TapPattern>(new FreeTaps([]), Maps).ToEquatableArray());
        var conv = new Conv(Maps, Window.Square(1), empty);
        var description = new NetworkDescription(
            "huge",
            [new NetworkInput("x", new Shape(Maps, 1, 1))],
            [new Layer("a", conv, ["x"]), new Layer("b", conv, ["a"]), new Layer("c", conv, ["b"])],
            ["c"]);
        using var output = new MemoryStream();

        var refused = Assert.Throws<NotSupportedException>(() => OnnxExporter.Export(description, output));

        Assert.Equal("The network 'huge' has 3072 MB of constants as dense tensors; an ONNX file can hold 1983 MB.", refused.Message);
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void A_broken_network_is_refused_before_anything_is_written()
    {
        var description = new NetworkDescription("broken", [new NetworkInput("x", new Shape(3))], [new Layer("a", new Flatten(), ["y"])], ["a"]);
        using var output = new MemoryStream();

        Assert.Throws<InvalidNetworkException>(() => OnnxExporter.Export(description, output));
        Assert.Equal(0, output.Length);
    }

    /// <param name="absolute">A difference that is always allowed.</param>
    private static void AssertAllAgree(Func<NetworkDescription, float[][], float[][]> run, double absolute = 0)
    {
        var failures = new List<string>();
        foreach (var (name, description) in NetworkCases.All)
        {
            try
            {
                var inputs = NetworkVerifier.RandomSamples(description, seed: 1, 1)[0];
                var expected = Interpreter.Run(NetworkGraph.Create(description), inputs);
                var actual = run(description, inputs);
                failures.AddRange(description.Outputs
                    .Select((o, k) => OutputComparison.Compare(o, expected[k], actual[k]))
                    .Where(c => !c.IsWithin(OutputComparison.DefaultTolerance) && !(c.MaxDifference <= absolute))
                    .Select(c => $"{name}: {c}"));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failures.Add($"{name}: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    private static ModelProto Export(NetworkDescription description)
    {
        using var file = new MemoryStream();
        OnnxExporter.Export(description, file);
        return ModelProto.Parser.ParseFrom(file.ToArray());
    }
}

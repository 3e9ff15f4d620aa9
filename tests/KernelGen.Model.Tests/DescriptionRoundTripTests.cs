using System.Diagnostics;
using System.Globalization;

namespace KernelGen.Model.Tests;

public class DescriptionRoundTripTests
{
    public static TheoryData<int, int, int> Sparsity()
    {
        var data = new TheoryData<int, int, int>();
        for (var mask = 0; mask < 2; mask++)
        {
            for (var taps = 0; taps < 5; taps++)
            {
                for (var selection = 0; selection < 2; selection++)
                {
                    data.Add(mask, taps, selection);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sparsity))]
    public void Every_combination_of_sparsity_survives(int mask, int taps, int selection)
    {
        TapPattern[] kinds = [TapPattern.Dense, new StridedTaps(2, 3), new FreeTaps([1, 8]), new FreeTaps([])];
        var patterns = taps == 0 ? [] : Enumerable.Range(0, 4).Select(i => kinds[(i + taps) % (taps == 4 ? 4 : taps)]).ToEquatableArray();
        var kernels = mask == 0 ? null : new KernelMask(4, 3, Enumerable.Range(0, 12).Select(i => i % 5 != 1).ToEquatableArray());
        var conv = new Conv(
            6,
            Window.Square(3),
            ConvWeights.FromDense(SampleNetworks.Data(6 * 2 * 9, 1).Span, 6, 4, 2, 9, kernels, patterns),
            selection == 0 ? null : SampleNetworks.Data(6, 2),
            2,
            selection == 0 ? null : new MapSelection(10, [0, 1, 2, 5, 8, 9]));
        AssertRoundTrip(SampleNetworks.One(conv, new Shape(4, 5, 5)));
    }

    [Fact]
    public void Every_operator_and_attribute_survives() => Assert.All(SampleNetworks.All, AssertRoundTrip);

    [Fact]
    public void The_samples_have_every_operator_and_kind()
    {
        var used = SampleNetworks.All.SelectMany(n => n.Layers).Select(l => l.Operator).ToList();
        Assert.Empty(typeof(Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operator))).Except(used.Select(op => op.GetType())));
        Assert.Empty(Enum.GetValues<ActivationKind>().Except(used.OfType<Activation>().Select(a => a.Kind)));
        Assert.Empty(Enum.GetValues<BinaryKind>().Except(used.OfType<Binary>().Select(b => b.Kind)));
        Assert.Empty(Enum.GetValues<ReduceKind>().Except(used.OfType<Reduce>().Select(r => r.Kind)));
    }

    [Fact]
    public void Parameters_that_a_kind_does_not_use_do_not_matter()
    {
        Assert.Equal(Activation.Relu, new Activation(ActivationKind.Relu, 3, 4, 5));
        Assert.Equal(new Pool(PoolKind.Max, Window.Square(2)), new Pool(PoolKind.Max, Window.Square(2), CountPadding: true));
    }

    [Theory]
    [InlineData("-", ",", ".")]
    [InlineData("\u2212", ",", "\u00A0")]
    [InlineData("\u061C-", "\u066B", "\u066C")]
    [InlineData("minus", "|", "1")]
    public void Culture_changes_nothing(string minus, string point, string group)
    {
        var expected = DescriptionWriter.Write(SampleNetworks.Everything());
        var errors = DescriptionReader.Read(expected.Replace("-0.5", "-0.5e99")).Errors;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = minus;
        culture.NumberFormat.NumberDecimalSeparator = point;
        culture.NumberFormat.NumberGroupSeparator = group;
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = culture;
        try
        {
            Assert.Equal(expected, DescriptionWriter.Write(SampleNetworks.Everything()));
            Assert.Equal(SampleNetworks.Everything(), DescriptionReader.Read(expected).Description);
            Assert.Equal(errors, DescriptionReader.Read(expected.Replace("-0.5", "-0.5e99")).Errors);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Canonical_text_reads_well() => Assert.Equal(
        """
        {
          "format": "kernelgen-network",
          "version": 1,
          "name": "one",
          "inputs": [
            {
              "name": "x0",
              "shape": [2, 4, 4]
            }
          ],
          "layers": [
            {
              "name": "y",
              "op": "conv",
              "inputs": ["x0"],
              "outputMaps": 1,
              "kernel": [2, 2],
              "stride": [2, 1],
              "padding": [1, 0, 0, 0],
              "selection": {
                "of": 3,
                "kept": [1]
              },
              "kernels": [
                "1",
                "0"
              ],
              "taps": [
                {"offset": 0, "stride": 2},
                "dense"
              ],
              "bias": "AACAPw==",
              "weights": "AAAAQAAAgL8="
            }
          ],
          "outputs": ["y"]
        }

        """.ReplaceLineEndings("\n"),
        DescriptionWriter.Write(SampleNetworks.One(
            new Conv(
                1,
                new Window(2, 2, 2, 1, 1, 1, 1, 0, 0, 0),
                new ConvWeights(
                    new FloatData([2, -1]),
                    new KernelMask(2, 1, [true, false]),
                    [new StridedTaps(0, 2), TapPattern.Dense]),
                new FloatData([1]),
                1,
                new MapSelection(3, [1])),
            new Shape(2, 4, 4))));

    [Fact]
    public void The_graph_gives_its_description_back()
    {
        var description = SampleNetworks.Everything();
        var graph = NetworkGraph.Create(description);
        Assert.Equal(description, graph.ToDescription(description.Labels, description.Provenance));
    }

    [Fact]
    public void A_fused_activation_becomes_a_layer_that_keeps_the_name()
    {
        var description = SampleNetworks.One(new Dense(1, new FloatData([1, 1])), new Shape(2));
        var graph = NetworkGraph.Create(description);
        var fused = graph.With(graph.Nodes.Select(n => n with { Activation = Activation.Relu }));
        var unfused = NetworkGraph.Create(fused.ToDescription());
        Assert.Equal(["y.linear", "y"], unfused.Nodes.Select(n => n.Name));
        Assert.Equal([0f], Interpreter.Run(fused, [[-3, 1]])[0]);
        Assert.Equal([0f], Interpreter.Run(unfused, [[-3, 1]])[0]);
    }

    [Fact]
    public void The_writer_refuses_what_no_reader_would_accept()
    {
        var wrong = SampleNetworks.One(new Dense(1, new FloatData([float.NaN, 1])), new Shape(2));
        var e = Assert.Throws<InvalidNetworkException>(() => DescriptionWriter.Write(wrong));
        Assert.Equal(ProblemId.Weights, Assert.Single(e.Problems).Id);
    }

    [Fact]
    public void A_million_weights_are_read_without_copying_the_text()
    {
        var text = DescriptionWriter.Write(SampleNetworks.One(new Dense(1000, SampleNetworks.Data(1_000_000, 1)), new Shape(1000)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        Assert.NotNull(DescriptionReader.Read(text).Description);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"took {clock.Elapsed}");

        // The bytes and the floats made of them, four million each; a copy of the text would be ten.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 8_000_000, 8_500_000);
    }

    private static void AssertRoundTrip(NetworkDescription description)
    {
        var text = DescriptionWriter.Write(description);
        var read = DescriptionReader.Read(text);
        Assert.Empty(read.Errors);
        Assert.Equal(description, read.Description);
        Assert.Equal(text, DescriptionWriter.Write(read.Description!));
    }
}

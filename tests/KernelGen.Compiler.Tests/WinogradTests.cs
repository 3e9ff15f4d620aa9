using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>3×3 convolutions by Winograd's algorithm, wherever it is possible.</summary>
public class WinogradTests
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    /// <summary>
    /// Maps smaller than a tile, of whole tiles, of one row or column more; cut into blocks of rows, and into blocks of a part of a
    /// row. Feature maps that fill lanes and that do not.
    /// </summary>
    private static readonly (int Height, int Width, int Sources, int Outputs)[] Sizes =
        [(1, 1, 3, 5), (2, 2, 16, 16), (3, 2, 5, 17), (3, 9, 16, 8), (4, 4, 33, 16), (5, 5, 8, 40), (8, 7, 24, 3), (10, 14, 7, 24), (30, 31, 20, 18), (6, 221, 4, 16)];

    public static TheoryData<string> Targets() => new(TargetNames.All);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Maps_of_any_size_agree_with_the_reference(string target)
    {
        var cases = Sizes.Select(s => NetworkCase.Of(FormattableString.Invariant($"Winograd of {s}"), b =>
        {
            var first = b.Relu(b.Conv(b.Input(2, s.Height, s.Width), s.Sources, Window.Square(1)));
            var second = b.Layer(new Activation(ActivationKind.LeakyRelu, 0.1f), b.Conv(first, s.Outputs, Same));
            return [b.Conv(second, 3, Same, bias: false), b.Conv(first, s.Outputs, Same, density: 0.3)];
        })).ToList();

        Assert.Empty(CaseRunner.Run(cases, Options(target), target));
        var tiles = cases.Select(c => NetworkCompiler.Compile(c.Description, Options(target)).Text).ToList();
        Assert.Contains(tiles, t => t.Contains("in tiles of 2 × 2 pixels", StringComparison.Ordinal));
        Assert.Contains(tiles, t => t.Contains("in tiles of 4 × 4 pixels", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Padding_of_any_side_agrees_with_the_reference(string target)
    {
        var paddings = new[] { (0, 0, 0, 0), (0, 1, 2, 3), (3, 0, 1, 0), (2, 2, 2, 2) };
        var network = NetworkCase.Of("Winograd with padding", b =>
        {
            var input = b.Relu(b.Conv(b.Input(1, 7, 6), 18, Same));
            return paddings.Select(p => b.Conv(
                input, 9, Same with { PadTop = p.Item1, PadLeft = p.Item2, PadBottom = p.Item3, PadRight = p.Item4 })).ToArray();
        });

        Assert.Empty(CaseRunner.Run([network], Options(target), target));
        Assert.Equal(1 + paddings.Length, NetworkCompiler.Plan(network.Description, Options(target)).Layers.Count(l => l.Schedule == "winograd"));
    }

    /// <summary>The other layouts, the sums and concatenations that such a convolution has for neighbours.</summary>
    [Fact]
    public void Networks_of_many_layers_agree_with_the_reference()
    {
        var options = Options(HostTarget.Name);
        var cases = GraphCases.All().Concat(BlockCases.All())
            .Where(c => NetworkCompiler.Plan(c.Description, options).Layers.Any(l => l.Schedule == "winograd"))
            .ToList();

        Assert.NotEmpty(cases);
        Assert.Empty(CaseRunner.Run(cases, options, HostTarget.Name));
    }

    /// <summary>The transforms lose precision that a plain sum does not; a chain of layers loses it once more in each.</summary>
    [Theory]
    [InlineData(64, 16, 1)]
    [InlineData(16, 12, 8)]
    public void Precision_is_ten_times_better_than_the_tolerance(int maps, int side, int layers)
    {
        var network = NetworkCase.Of(FormattableString.Invariant($"Winograd, {layers} layers of {maps} maps"), b =>
        {
            var x = b.Input(maps, side, side);
            for (var i = 0; i < layers; i++)
            {
                x = b.Conv(x, maps, Same);
            }

            return x;
        });
        var options = Options(TargetNames.Vector256);
        Assert.All(NetworkCompiler.Plan(network.Description, options).Layers, l => Assert.Equal("winograd", l.Schedule));
        var input = NetworkVerifier.RandomSamples(network.Description, seed: 3, 1)[0][0];
        var expected = network.Description.Layers.Select(l => (Conv)l.Operator)
            .Aggregate(input.Select(v => (double)v).ToArray(), (x, conv) => Exact(conv, x, side));

        using var compiled = CompiledNetwork.Load(network.Description, options);
        var actual = compiled.Run([input])[0];

        var worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() / expected.Max(Math.Abs);
        Assert.InRange(worst, 0, OutputComparison.DefaultTolerance / 10);
    }

    [Fact]
    public void A_dense_layer_of_many_maps_takes_it_by_itself_and_a_sparse_one_only_while_that_is_cheaper()
    {
        var network = NetworkCase.Of("dense and sparse", b =>
        {
            var input = b.Input(64, 16, 16);
            return [b.Conv(input, 64, Same), b.Conv(input, 64, Same, density: 0.9), b.Conv(input, 64, Same, taps: [new StridedTaps(0, 9)])];
        });

        var layers = NetworkCompiler.Plan(network.Description, new CompilerOptions { UnrollBudget = 0 }).Layers;

        Assert.Equal(["winograd", "winograd", "loop"], layers.Select(l => l.Schedule));
    }

    private static CompilerOptions Options(string target) => new() { Schedule = ScheduleChoice.Winograd, Targets = [target] };

    /// <summary>The convolution in double precision, of square maps with a border of one.</summary>
    private static double[] Exact(Conv conv, double[] x, int side)
    {
        var (sources, weights) = (x.Length / (side * side), conv.Weights.ToDense(conv.OutputMaps, x.Length / (side * side), 1, 9));
        var y = new double[conv.OutputMaps * side * side];
        Parallel.For(0, y.Length, i =>
        {
            var (o, row, column) = (i / (side * side), i / side % side, i % side);
            var sum = (double)(conv.Bias?[o] ?? 0);
            for (var k = 0; k < sources * 9; k++)
            {
                var (r, c) = (row + (k % 9 / 3) - 1, column + (k % 3) - 1);
                sum += r < 0 || c < 0 || r >= side || c >= side ? 0 : weights[(o * sources * 9) + k] * x[(((k / 9 * side) + r) * side) + c];
            }

            y[i] = sum;
        });
        return y;
    }
}

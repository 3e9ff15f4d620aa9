using System.Globalization;
using System.Text.RegularExpressions;
using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Convolutions as loops over lists of weights, whatever is missing.</summary>
public class SparseScheduleTests
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    private static readonly Window[] Windows =
    [
        Same, Window.Square(5, padding: 2), Window.Square(3, 2, 1), Window.Square(1), Window.Square(1, 2), new(7, 1, PadTop: 3, PadBottom: 3),
        new(3, 3, StrideY: 1, StrideX: 3, PadLeft: 2, PadBottom: 1), Window.Square(3, padding: 2, dilation: 2), Window.Square(2, stride: 3),
        new(4, 3, StrideX: 2, PadTop: 1, PadRight: 2, DilationX: 2), Window.Square(6, 2, 3),
    ];

    public static TheoryData<string> Targets() => new(TargetNames.All);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Lists_agree_with_the_reference(string target)
    {
        var failures = CaseRunner.Run(Cases(), new CompilerOptions { Schedule = ScheduleChoice.Sparse, Targets = [target] }, target);

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    [Fact]
    public void Text_does_not_grow_with_the_weights_and_targets_share_the_lists()
    {
        var (narrow, wide) = (Text(16), Text(48));

        Assert.Equal(Regex.Count(narrow, @" = F\("), Regex.Count(wide, @" = F\("));
        Assert.Single(Regex.Matches(wide, @"const int \w+_sparse_weights ="));
        Assert.Single(Regex.Matches(wide, @"const int \w+_sparse_places ="));

        static string Text(int maps) => NetworkCompiler.Compile(
            NetworkCase.Of("third of the kernels", b => b.Conv(b.Input(maps, 16, 16), maps, Same, density: 1 / 3.0)).Description,
            new CompilerOptions { Schedule = ScheduleChoice.Sparse }).Text;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Missing_kernels_are_time_saved_without_writing_out_the_others(int stride)
    {
        var (dense, third) = (Plan(1), Plan(1 / 3.0));

        Assert.Equal("sparse", third.Layers[0].Schedule);
        Assert.True(third.EstimatedCycles * 3 * 3 < dense.EstimatedCycles * 4);

        NetworkPlan Plan(double density) => NetworkCompiler.Compile(
            NetworkCase.Of("maps of 16 by 16", b => b.Conv(b.Input(64, 16 * stride, 16 * stride), 64, Window.Square(5, stride, 2), density: density)).Description,
            new CompilerOptions { UnrollBudget = 0, Targets = [TargetNames.Vector256] }).Plan;
    }

    [Theory]
    [InlineData(32, 48)]
    [InlineData(28, 32)]
    [InlineData(8, 16)]
    [InlineData(20, 21)]
    public void Rows_start_at_cache_lines_unless_much_would_be_gaps(int width, int pitch)
    {
        var text = Text(width, new CompilerOptions { Schedule = ScheduleChoice.Sparse });

        Assert.Equal(pitch, Number(text, @"\(row \* (\d+)\) \+ \(column"));
        if (pitch % 16 == 0)
        {
            // Where the first layer's results start in the workspace, and their maps in these.
            Assert.Equal(0, Number(text, @"_sparse_\w+\(.*ref Unsafe\.Add\(ref arena, (\d+)\)\);") % (width < 16 ? 8 : 16));
            Assert.Equal(0, Number(text, @"ref y, \(map \* (\d+)\)") % (width < 16 ? 8 : 16));
        }
    }

    /// <summary>A kernel that walks over whole maps computes the gaps between rows too.</summary>
    [Fact]
    public void Gaps_that_an_unrolled_neighbour_computes_stay_narrow()
    {
        var text = Text(32, new CompilerOptions { UnrollBudget = 100, Targets = [TargetNames.Vector512] });

        Assert.Matches("_unrolled_.*_sparse_", text.ReplaceLineEndings(" "));
        Assert.Equal(33, Number(text, @"\(row \* (\d+)\) \+ \(column"));
        Assert.Equal((33 * 34) + 1, Number(text, @"clear_borders_8_(\d+)_"));
    }

    private static string Text(int width, CompilerOptions options) => NetworkCompiler.Compile(
        NetworkCase.Of("two layers", b =>
        {
            var strides = new[] { new StridedTaps(0, 4), new StridedTaps(1, 4), new StridedTaps(0, 3) };
            return b.Conv(b.Conv(b.Input(3, 32, width), 8, Same, density: 0.8, taps: strides), 8, Same, density: 0.5);
        }).Description,
        options).Text;

    private static int Number(string text, string pattern) => int.Parse(Regex.Match(text, pattern).Groups[1].Value, CultureInfo.InvariantCulture);

    private static IEnumerable<NetworkCase> Cases()
    {
        // Tiles that divide the map and do not; every way to take a kernel apart; zeros around what a second convolution reads.
        foreach (var (height, width, density) in new[] { (32, 32, 0.3), (14, 19, 0.5), (5, 3, 1.0) })
        {
            yield return NetworkCase.Of(FormattableString.Invariant($"all windows over {height}x{width}, density {density}"), b =>
            {
                var x = b.Relu(b.Conv(b.Input(5, height, width), 4, Same, density: density));
                return Windows.Where(w => w.KernelHeight <= height && ((w.KernelWidth - 1) * w.DilationX) + 1 <= width).SelectMany(w => new[]
                {
                    Conv(b, b.Relu(b.Conv(x, 3, w, density: density)), 2, Same, density),
                    b.Conv(Conv(b, x, 3, w, density), 2, Window.Square(1, padding: 1), density: density),
                }).ToArray();
            });
        }

        yield return NetworkCase.Of("several blocks", b => Conv(b, b.Relu(b.Conv(b.Input(83, 9, 10), 41, Same, density: 0.3)), 5, Same, 0.2));
        yield return NetworkCase.Of("several blocks, groups, stride 2", b =>
            b.Relu(b.Conv(b.Relu(b.Conv(b.Input(96, 18, 20), 64, Window.Square(3, 2, 1), groups: 2, density: 0.3)), 8, Window.Square(5, 2, 2), density: 0.3)));
        yield return NetworkCase.Of("added to another tensor", b =>
        {
            var x = b.Relu(b.Conv(b.Input(48, 13, 11), 6, Window.Square(3, 2, 1), density: 0.4));
            return b.Relu(b.Layer(new Add(), x, b.Conv(b.Conv(x, 40, Same, density: 0.3), 6, Same, density: 0.3)));
        });
        yield return NetworkCase.Of("nothing is left", b => b.Conv(b.Input(3, 8, 8), 4, Same, density: 0));
        yield return NetworkCase.Of("every source map its own stride", b => b.Conv(
            b.Input(6, 16, 16), 20, Same, density: 0.6, taps: [new StridedTaps(0, 2), new StridedTaps(1, 3), new StridedTaps(2, 4)]));
        yield return NetworkCase.Of("depthwise", b => b.Conv(b.Input(6, 12, 12), 6, Same, groups: 6));
        yield return NetworkCase.Of("kernels too large for a list", b => b.Conv(b.Input(2, 14, 14), 3, Window.Square(9, padding: 4)));
    }

    /// <summary>A convolution of which any weight may be missing.</summary>
    private static string Conv(NetworkBuilder b, string from, int maps, Window window, double density)
    {
        var (sources, random) = (b.ShapeOf(from).Maps, new Random(3));
        var weights = b.Data(maps * sources * window.Area, 1).Span.ToArray().Select(w => random.NextDouble() < density ? w : 0).ToArray();
        return b.Layer(
            new Conv(maps, window, ConvWeights.FromDense(weights, maps, sources, 1, window.Area), b.Data(maps, 0.5)), from);
    }
}

using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Convolutions as loops over lists of weights, whatever is missing.</summary>
public class SparseScheduleTests
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    public static TheoryData<string> Targets() => new(TargetNames.All);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Lists_agree_with_the_reference(string target)
    {
        var failures = CaseRunner.Run(Cases(), new CompilerOptions { Schedule = ScheduleChoice.Sparse, Targets = [target] }, target);

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    private static IEnumerable<NetworkCase> Cases()
    {
        // Tiles that divide the map and do not; several blocks of source maps; every way to take a kernel apart.
        Window[] windows =
        [
            Same, Window.Square(5, padding: 2), Window.Square(3, 2, 1), Window.Square(1), Window.Square(1, 2), new(7, 1, PadTop: 3, PadBottom: 3),
            new(3, 3, StrideY: 1, StrideX: 3, PadLeft: 2, PadBottom: 1), Window.Square(3, padding: 2, dilation: 2), Window.Square(2, stride: 3),
            new(4, 3, PadTop: 1, PadRight: 2, DilationX: 2),
        ];
        foreach (var window in windows)
        {
            foreach (var (height, width, density) in new[] { (32, 32, 0.3), (14, 19, 0.5), (7, 9, 1.0) })
            {
                yield return NetworkCase.Of(FormattableString.Invariant($"{window} over {height}x{width}, {density} of the kernels"), b =>
                    b.Conv(b.Relu(b.Conv(b.Input(5, height, width), 3, window, density: density)), 4, Window.Square(1, padding: 1), density: density));
                yield return NetworkCase.Of(FormattableString.Invariant($"{window} over {height}x{width}, {density} of the weights"), b =>
                    Conv(b, Conv(b, b.Input(5, height, width), 3, window, density), 4, Same, density));
            }
        }

        yield return NetworkCase.Of("several blocks", b => Conv(b, b.Relu(b.Conv(b.Input(83, 9, 10), 41, Same, density: 0.3)), 5, Same, 0.2));
        yield return NetworkCase.Of("several blocks, groups, stride 2", b => b.Relu(b.Conv(b.Input(96, 9, 10), 8, Window.Square(3, 2, 1), groups: 2, density: 0.3)));
        yield return NetworkCase.Of("nothing is left", b => b.Conv(b.Input(3, 8, 8), 4, Same, density: 0));
        yield return NetworkCase.Of("every source map its own stride", b => b.Conv(
            b.Input(6, 16, 16), 20, Same, density: 0.6, taps: [new StridedTaps(0, 2), new StridedTaps(1, 3), new StridedTaps(2, 4)]));
        yield return NetworkCase.Of("depthwise", b => b.Conv(b.Input(6, 12, 12), 6, Same, groups: 6));
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

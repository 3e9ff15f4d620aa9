using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Convolutions of many groups, at numbers of maps that are and are not multiples of vectors, alone and in chains.</summary>
internal static class DepthwiseCases
{
    public static IEnumerable<NetworkCase> All() => Alone().Concat(Grouped()).Concat(Chained());

    private static IEnumerable<NetworkCase> Alone()
    {
        (int Maps, int Height, int Width, Window Window)[] sizes =
        [
            (17, 9, 11, Window.Square(3, padding: 1)), (64, 7, 9, Window.Square(3, padding: 1)), (33, 9, 9, Window.Square(3, 2, 1)),
            (64, 12, 12, Window.Square(3, 2, 1)), (17, 9, 13, Window.Square(5, padding: 2)), (32, 11, 11, Window.Square(5, 2, 2)),
            (17, 9, 9, Window.Square(3, padding: 2, dilation: 2)), (16, 1, 33, new Window(1, 5, PadLeft: 2, PadRight: 2)), (24, 17, 1, new Window(7, 1, 2, 1, PadTop: 3)),
            (17, 6, 7, new Window(3, 3, 2, 1, PadBottom: 1, PadRight: 1)), (17, 5, 7, Window.Square(1)), (20, 7, 5, new Window(7, 5)),
        ];
        foreach (var (maps, height, width, window) in sizes)
        {
            var text = FormattableString.Invariant(
                $"depthwise {window.KernelHeight}x{window.KernelWidth} stride {window.StrideY},{window.StrideX} dilation {window.DilationY} of {maps} maps {height}x{width}");
            yield return Of(text, b => b.Conv(b.Input(maps, height, width), maps, window, groups: maps));
        }
    }

    private static IEnumerable<NetworkCase> Grouped()
    {
        var same = Window.Square(3, padding: 1);
        yield return Of("depthwise multiplier 3 of 17 maps", b => b.Conv(b.Input(17, 7, 9), 51, same, groups: 17));
        yield return Of("depthwise multiplier 2 stride 2 of 32 maps", b => b.Conv(b.Input(32, 7, 9), 64, Window.Square(3, 2, 1), groups: 32, bias: false));
        yield return Of("conv 4 groups of 64 maps", b => b.Conv(b.Input(64, 5, 7), 32, same, groups: 4));
        yield return Of("conv 17 groups of two", b => b.Conv(b.Input(34, 5, 7), 34, same, groups: 17));
    }

    private static IEnumerable<NetworkCase> Chained()
    {
        yield return Of("depthwise then pointwise", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 9, 11), 17, Window.Square(3, 2, 1)));
            var deep = b.Relu(b.BatchNorm(b.Conv(x, 17, Window.Square(3, padding: 1), groups: 17, bias: false)));
            return [b.Relu(b.Conv(deep, 24, Window.Square(1))), deep];
        });
        yield return Of("depthwise of the input's reader and pooling", b =>
        {
            var x = b.Input(16, 8, 8);
            var deep = b.Layer(new Activation(ActivationKind.HardSwish), b.Conv(x, 16, Window.Square(5, padding: 2), groups: 16));
            return b.MaxPool(b.Layer(new Add(), x, deep));
        });
        yield return Of("depthwise after depthwise", b =>
        {
            var first = b.Layer(new Activation(ActivationKind.Relu6), b.Conv(b.Input(18, 9, 7), 18, Window.Square(3, padding: 1), groups: 18));
            return b.Layer(new Activation(ActivationKind.Sigmoid), b.Conv(first, 36, Window.Square(3, 2, 1), groups: 18));
        });
        yield return Of("depthwise masked and strided of 17 maps", b => b.Conv(
            b.Input(17, 9, 9), 17, Window.Square(3, padding: 1), groups: 17, density: 0.6, taps: [new StridedTaps(0, 2), TapPattern.Dense, new FreeTaps([4])]));
    }
}

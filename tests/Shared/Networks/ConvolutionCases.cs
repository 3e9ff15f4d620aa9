using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Convolutions alone and with what is fused into them: sizes, windows, groups and every kind of sparsity.</summary>
internal static class ConvolutionCases
{
    public static IEnumerable<NetworkCase> All() =>
        Sizes().Concat(Windows()).Concat(Groups()).Concat(Sparse()).Concat(Fused());

    private static IEnumerable<NetworkCase> Sizes()
    {
        (int From, int To, int Height, int Width)[] sizes =
        [
            (1, 1, 1, 1), (1, 3, 5, 7), (3, 16, 13, 17), (16, 20, 7, 5), (20, 3, 17, 13), (50, 16, 5, 5), (1, 1, 33, 33),
            (3, 50, 7, 33), (2, 5, 1, 1), (3, 4, 1, 9), (3, 4, 9, 1), (16, 16, 16, 16), (5, 7, 8, 8), (20, 50, 3, 3),
        ];
        foreach (var (from, to, height, width) in sizes)
        {
            yield return Of(
                FormattableString.Invariant($"conv 3x3 {from}to{to} {height}x{width}"),
                b => b.Conv(b.Input(from, height, width), to, Window.Square(3, padding: 1)));
        }

        yield return Of("conv 3x3 no bias", b => b.Conv(b.Input(3, 7, 13), 5, Window.Square(3, padding: 1), bias: false));
        yield return Of("conv valid 5x5 to one pixel", b => b.Conv(b.Input(16, 5, 5), 20, Window.Square(5)));
        yield return Of("conv 1x1 of one pixel", b => b.Conv(b.Input(50, 1, 1), 17, Window.Square(1)));
    }

    private static IEnumerable<NetworkCase> Windows()
    {
        (int Height, int Width)[] kernels = [(1, 1), (2, 2), (3, 3), (5, 5), (7, 7), (1, 7), (7, 1)];
        foreach (var (height, width) in kernels)
        {
            for (var stride = 1; stride <= 3; stride++)
            {
                var valid = new Window(height, width, stride, stride);
                var (y, x) = (height / 2, width / 2);
                var same = valid with { PadTop = y, PadLeft = x, PadBottom = y, PadRight = x };
                yield return Of($"{Describe(valid)} valid", b => b.Conv(b.Input(3, 13, 17), 5, valid));
                yield return Of($"{Describe(same)} same", b => b.Conv(b.Input(2, 13, 33), 3, same));
            }
        }

        Window[] unusual =
        [
            Window.Square(3, dilation: 2), Window.Square(3, padding: 2, dilation: 2), Window.Square(3, stride: 2, padding: 3, dilation: 3),
            Window.Square(2, padding: 1, dilation: 3), new(5, 3, DilationY: 2, DilationX: 1, PadTop: 4, PadBottom: 4, PadLeft: 1, PadRight: 1),
            new(3, 3, PadTop: 0, PadLeft: 1, PadBottom: 2, PadRight: 0), new(3, 3, PadTop: 2, PadRight: 1),
            new(3, 3, PadTop: 3, PadLeft: 3), new(3, 3, PadBottom: 4, PadRight: 4), new(1, 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
            new(3, 3, StrideY: 1, StrideX: 2, PadLeft: 1), new(3, 3, StrideY: 3, StrideX: 1, PadTop: 1), new(2, 3, StrideY: 2, StrideX: 3, PadRight: 1),
            new(4, 4, PadTop: 1, PadLeft: 1, PadBottom: 2, PadRight: 2), Window.Square(2, stride: 5),
        ];
        foreach (var window in unusual)
        {
            yield return Of(Describe(window), b => b.Conv(b.Input(3, 13, 17), 4, window));
        }
    }

    private static IEnumerable<NetworkCase> Groups()
    {
        var same = Window.Square(3, padding: 1);
        yield return Of("conv 2 groups", b => b.Conv(b.Input(6, 7, 13), 4, same, groups: 2));
        yield return Of("conv 4 groups wider", b => b.Conv(b.Input(4, 5, 17), 12, same, groups: 4));
        yield return Of("conv 2 groups 1x1", b => b.Conv(b.Input(16, 7, 7), 20, Window.Square(1), groups: 2));
        yield return Of("conv 2 groups masked strided", b => b.Conv(
            b.Input(6, 9, 9), 6, same, groups: 2, density: 0.5, taps: [new StridedTaps(0, 2), new StridedTaps(1, 3)]));
        yield return Of("depthwise 3x3", b => b.Conv(b.Input(16, 13, 13), 16, same, groups: 16));
        yield return Of("depthwise 3x3 stride 2", b => b.Conv(b.Input(5, 17, 33), 5, Window.Square(3, 2, 1), groups: 5));
        yield return Of("depthwise 5x5", b => b.Conv(b.Input(3, 13, 7), 3, Window.Square(5, padding: 2), groups: 3));
        yield return Of("depthwise multiplier 2", b => b.Conv(b.Input(3, 7, 7), 6, same, groups: 3));
        yield return Of("depthwise strided taps", b => b.Conv(
            b.Input(4, 9, 9), 4, same, groups: 4, taps: [new StridedTaps(0, 2), new StridedTaps(2, 4), new FreeTaps([]), TapPattern.Dense]));
        yield return Of("depthwise masked", b => b.Conv(b.Input(5, 9, 9), 5, same, groups: 5, density: 0.5));
    }

    private static IEnumerable<NetworkCase> Sparse()
    {
        var same = Window.Square(3, padding: 1);
        TapPattern[] strided = [new StridedTaps(0, 2), new StridedTaps(1, 3), new StridedTaps(2, 2), new StridedTaps(0, 4)];
        TapPattern[] free = [new FreeTaps([0, 4, 8]), new FreeTaps([]), new FreeTaps([1]), new FreeTaps([2, 3, 5, 7]), TapPattern.Dense];
        yield return Of("sparse mask", b => b.Conv(b.Input(5, 13, 13), 7, same, density: 0.5));
        yield return Of("sparse mask 5x5", b => b.Conv(b.Input(6, 14, 14), 16, Window.Square(5), density: 0.3));
        yield return Of("sparse nothing left", b => b.Conv(b.Input(3, 7, 7), 4, same, density: 0));
        yield return Of("sparse nothing left no bias", b => b.Conv(b.Input(3, 7, 7), 4, same, bias: false, density: 0));
        yield return Of("sparse strided", b => b.Conv(b.Input(6, 13, 13), 8, same, taps: strided));
        yield return Of("sparse strided one pattern", b => b.Conv(b.Input(16, 16, 16), 16, same, taps: [new StridedTaps(1, 3)]));
        yield return Of("sparse stride beyond the kernel", b => b.Conv(b.Input(3, 7, 7), 5, same, taps: [new StridedTaps(8, 40)]));
        yield return Of("sparse strided stride 2", b => b.Conv(b.Input(6, 13, 13), 8, Window.Square(3, 2, 1), taps: strided));
        yield return Of("sparse free", b => b.Conv(b.Input(7, 13, 13), 5, same, taps: free));
        yield return Of("sparse empty patterns", b => b.Conv(b.Input(3, 7, 7), 5, same, taps: [new FreeTaps([])]));
        yield return Of("sparse mask strided", b => b.Conv(b.Input(8, 9, 17), 12, same, density: 0.4, taps: strided));
        yield return Of("sparse mask free", b => b.Conv(b.Input(8, 9, 17), 12, same, density: 0.4, taps: free));
        yield return Of("sparse mixed patterns 5x5", b => b.Conv(
            b.Input(20, 12, 12), 16, Window.Square(5), density: 0.5, taps: [new StridedTaps(3, 5), new FreeTaps([24]), TapPattern.Dense, new StridedTaps(0, 2)]));
        yield return Of("sparse mask dilated", b => b.Conv(b.Input(4, 13, 13), 5, Window.Square(3, padding: 2, dilation: 2), density: 0.5, taps: strided));
        yield return Of("sparse source and target masked", b => MaskedRowAndColumn(b, same));
        yield return Of("sparse maps removed", b => b.Layer(WithSelection(b, same), "in0"));
        yield return Of("sparse 1x1 mask", b => b.Conv(b.Input(16, 9, 9), 20, Window.Square(1), density: 0.3));
        yield return Of("sparse chain with dead maps", b =>
        {
            var first = b.Relu(b.Conv(b.Input(3, 9, 9), 8, same, density: 0.2));
            return b.Conv(b.MaxPool(first), 5, same, density: 0.2);
        });
    }

    private static IEnumerable<NetworkCase> Fused()
    {
        var same = Window.Square(3, padding: 1);
        foreach (var activation in OperatorCases.Activations)
        {
            yield return Of($"conv then {OperatorCases.Describe(activation)}", b =>
                b.Layer(activation, b.Conv(b.Input(3, 7, 13), 5, same)));
        }

        yield return Of("conv norm relu", b => b.Relu(b.BatchNorm(b.Conv(b.Input(3, 7, 13), 5, same, bias: false))));
        yield return Of("conv masked norm relu", b => b.Relu(b.BatchNorm(b.Conv(b.Input(3, 7, 13), 5, same, density: 0.4))));
        yield return Of("norm then padded conv", b => b.Conv(b.BatchNorm(b.Input(3, 7, 13)), 5, same));
        yield return Of("relu then conv", b => b.Conv(b.Relu(b.Input(3, 7, 13)), 5, same));
        yield return Of("conv relu norm", b => b.BatchNorm(b.Relu(b.Conv(b.Input(3, 7, 13), 5, same))));
        yield return Of("conv relu pool", b => b.MaxPool(b.Relu(b.Conv(b.Input(3, 13, 17), 5, same))));
        yield return Of("conv relu overlapping pool", b => b.MaxPool(b.Relu(b.Conv(b.Input(3, 13, 17), 5, same)), 3, 2));
        yield return Of("conv pool relu", b => b.Relu(b.MaxPool(b.Conv(b.Input(3, 13, 17), 5, same))));
        yield return Of("conv two activations", b =>
            b.Layer(new Activation(ActivationKind.Sigmoid), b.Relu(b.Conv(b.Input(3, 7, 13), 5, same))));
    }

    private static string MaskedRowAndColumn(NetworkBuilder b, Window window)
    {
        var from = b.Input(5, 9, 9);
        var bits = Enumerable.Range(0, 5 * 6).Select(i => i / 6 != 2 && i % 6 != 3);
        return b.Conv(from, 6, window, 1, true, new KernelMask(5, 6, bits.ToEquatableArray()), null);
    }

    private static Conv WithSelection(NetworkBuilder b, Window window)
    {
        b.Input(3, 9, 9);
        var weights = ConvWeights.FromDense(b.Data(4 * 3 * 9, 0.3).Span, 4, 3, 1, 9);
        return new Conv(4, window, weights, b.Data(4, 0.5), Selection: new MapSelection(9, [1, 2, 5, 8]));
    }

    private static string Describe(Window w) => FormattableString.Invariant(
        $"conv {w.KernelHeight}x{w.KernelWidth} stride {w.StrideY},{w.StrideX} dilation {w.DilationY},{w.DilationX} padding {w.PadTop},{w.PadLeft},{w.PadBottom},{w.PadRight}");
}

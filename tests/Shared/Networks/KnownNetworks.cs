using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Networks of the literature with random weights, dense and pruned.</summary>
internal static class KnownNetworks
{
    private static readonly Window Same = Window.Square(3, padding: 1);
    private static readonly TapPattern[] Strided = [new StridedTaps(0, 3), new StridedTaps(1, 3), new StridedTaps(2, 4)];

    /// <summary>Small enough to be run by every engine at every width.</summary>
    public static IEnumerable<NetworkCase> All() =>
        [LeNet5(), LeNet205(), LeNet205(0.4, Strided), ResNet8(), ResNet8(0.5, Strided), CnnSmall(16), MobileBlock()];

    /// <summary>LeCun et al. 1998, with ReLU and max pooling.</summary>
    public static NetworkCase LeNet5() => Of("LeNet-5", b =>
    {
        var x = b.MaxPool(b.Relu(b.Conv(b.Input(1, 28, 28), 6, Window.Square(5, padding: 2))));
        x = b.MaxPool(b.Relu(b.Conv(x, 16, Window.Square(5))));
        x = b.Relu(b.Dense(b.Relu(b.Dense(x, 120)), 84));
        return b.Softmax(b.Dense(x, 10));
    });

    /// <summary>LeNet 20-50-500, Caffe's.</summary>
    public static NetworkCase LeNet205(double density = -1, TapPattern[]? taps = null) =>
        Of(taps is null ? "LeNet 20-50-500" : "LeNet 20-50-500 pruned", b =>
        {
            var x = b.MaxPool(b.Relu(b.Conv(b.Input(1, 28, 28), 20, Window.Square(5), density: density, taps: taps)));
            x = b.MaxPool(b.Relu(b.Conv(x, 50, Window.Square(5), density: density, taps: taps)));
            return b.Dense(b.Relu(b.Dense(x, 500)), 10);
        });

    /// <summary>MLPerf Tiny's ResNet-8.</summary>
    public static NetworkCase ResNet8(double density = -1, TapPattern[]? taps = null) =>
        Of(taps is null ? "ResNet-8" : "ResNet-8 pruned", b =>
        {
            string Conv(string from, int maps, int stride) =>
                b.BatchNorm(b.Conv(from, maps, Window.Square(3, stride, 1), bias: false, density: density, taps: taps));
            var x = b.Relu(b.BatchNorm(b.Conv(b.Input(3, 32, 32), 16, Same)));
            foreach (var (maps, stride) in new[] { (16, 1), (32, 2), (64, 2) })
            {
                var main = Conv(b.Relu(Conv(x, maps, stride)), maps, 1);
                var shortcut = stride == 1 ? x : b.Conv(x, maps, Window.Square(1, stride));
                x = b.Relu(b.Layer(new Add(), main, shortcut));
            }

            return b.Softmax(b.Dense(b.Layer(new GlobalPool(PoolKind.Average), x), 10));
        });

    /// <summary>2×128C3-MP-2×128C3-MP-2×256C3-256FC-10 of Anwar and Sung, 2016; <paramref name="maps"/> is 128 in the paper.</summary>
    public static NetworkCase CnnSmall(int maps) => Of(FormattableString.Invariant($"CNN_small of {maps} maps"), b =>
    {
        var x = b.Input(3, 32, 32);
        foreach (var (width, pooled) in new[] { (maps, true), (maps, true), (2 * maps, false) })
        {
            x = b.Relu(b.Conv(b.Relu(b.Conv(x, width, Same)), width, Same));
            x = pooled ? b.MaxPool(x, 3, 2) : x;
        }

        return b.Dense(b.Relu(b.Dense(x, 2 * maps)), 10);
    });

    private static NetworkCase MobileBlock() => Of("inverted residual", b =>
    {
        var relu6 = new Activation(ActivationKind.Relu6);
        var x = b.Layer(new Activation(ActivationKind.HardSwish), b.Conv(b.Input(3, 17, 17), 8, Window.Square(3, 2, 1)));
        var wide = b.Layer(relu6, b.BatchNorm(b.Conv(x, 24, Window.Square(1), bias: false)));
        var deep = b.Layer(relu6, b.BatchNorm(b.Conv(wide, 24, Same, groups: 24, bias: false)));
        return b.Layer(new Add(), x, b.BatchNorm(b.Conv(deep, 8, Window.Square(1), bias: false)));
    });
}

using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>The operators of plain networks but convolution, alone, at odd sizes.</summary>
internal static class OperatorCases
{
    private static readonly int[][] Shapes = [[1], [5], [33], [3, 7], [1, 5, 7], [3, 13, 17], [16, 1, 1], [20, 3, 5]];

    public static IReadOnlyList<Activation> Activations { get; } =
    [
        Activation.Relu,
        new(ActivationKind.Relu6),
        new(ActivationKind.LeakyRelu, Alpha: 0.1f),
        new(ActivationKind.LeakyRelu, Alpha: 1.5f),
        new(ActivationKind.LeakyRelu, Alpha: -0.5f),
        new(ActivationKind.Sigmoid),
        new(ActivationKind.HardSwish),
        new(ActivationKind.Clip, Minimum: -0.5f, Maximum: 0.25f),
        new(ActivationKind.Clip, Minimum: 0.25f, Maximum: 0.25f),
    ];

    public static IEnumerable<NetworkCase> All() =>
        Elementwise().Concat(Pools()).Concat(FullyConnected()).Concat(Joins()).Concat(Shaping()).Concat(Softmaxes());

    public static string Describe(Activation a) => FormattableString.Invariant(
        $"{a.Kind} {(a.Kind == ActivationKind.LeakyRelu ? a.Alpha : a.Minimum)}");

    private static IEnumerable<NetworkCase> Elementwise()
    {
        for (var i = 0; i < Activations.Count; i++)
        {
            var activation = Activations[i];
            var shape = Shapes[(i + 5) % Shapes.Length];
            yield return Of($"{Describe(activation)} alone", b => b.Layer(activation, b.Input(shape)));
        }

        foreach (var shape in Shapes)
        {
            var text = string.Join('x', shape);
            yield return Of($"Relu of {text}", b => b.Relu(b.Input(shape)));
            yield return Of($"BatchNorm of {text}", b => b.BatchNorm(b.Input(shape)));
        }

        yield return Of("Sigmoid of large values", b => b.Layer(new Activation(ActivationKind.Sigmoid), b.Scaled(b.Input(5, 7, 7), 60)));
        yield return Of("HardSwish of large values", b => b.Layer(new Activation(ActivationKind.HardSwish), b.Scaled(b.Input(5, 7, 7), 6)));
        yield return Of("Relu6 of large values", b => b.Layer(new Activation(ActivationKind.Relu6), b.Scaled(b.Input(5, 7, 7), 6)));
    }

    private static IEnumerable<NetworkCase> Pools()
    {
        Window[] windows =
        [
            Window.Square(2, 2), Window.Square(3, 2), Window.Square(3, 1, 1), Window.Square(3, 2, 1), Window.Square(5, 3, 2), Window.Square(1, 2),
            new(2, 3, 2, 1), new(3, 3, 2, 2, PadBottom: 1, PadRight: 1), new(3, 2, 1, 2, PadTop: 2, PadLeft: 1), new(1, 7, 1, 1, PadLeft: 3, PadRight: 3),
            new(3, 3, DilationY: 2, DilationX: 2), new(3, 3, 2, 2, 2, 2, 2, 2, 2, 2), new(13, 17),
        ];
        foreach (var window in windows)
        {
            var text = FormattableString.Invariant(
                $"{window.KernelHeight}x{window.KernelWidth} stride {window.StrideY},{window.StrideX} dilation {window.DilationY} padding {window.PadTop},{window.PadLeft},{window.PadBottom},{window.PadRight}");
            yield return Of($"max pool {text}", b => b.Layer(new Pool(PoolKind.Max, window), b.Input(3, 13, 17)));
            yield return Of($"average pool {text}", b => b.Layer(new Pool(PoolKind.Average, window), b.Input(3, 13, 17)));
            yield return Of($"average pool counting padding {text}", b =>
                b.Layer(new Pool(PoolKind.Average, window, CountPadding: true), b.Input(2, 13, 17)));
        }

        // Everything is negative: a padding of zeros would win.
        yield return Of("max pool of negative values", b =>
        {
            var negative = b.Layer(new Activation(ActivationKind.Clip, Minimum: -3, Maximum: -1), b.Input(3, 7, 7));
            return b.Layer(new Pool(PoolKind.Max, Window.Square(3, 2, 1)), negative);
        });
        yield return Of("max pool of many maps", b => b.MaxPool(b.Input(50, 8, 8)));
        foreach (var kind in new[] { PoolKind.Max, PoolKind.Average })
        {
            yield return Of($"global pool {kind}", b => b.Layer(new GlobalPool(kind), b.Input(20, 7, 5)));
            yield return Of($"global pool {kind} of a pixel", b => b.Layer(new GlobalPool(kind), b.Input(3, 1, 1)));
            yield return Of($"global pool {kind} large", b => b.Layer(new GlobalPool(kind), b.Input(3, 33, 17)));
        }
    }

    private static IEnumerable<NetworkCase> FullyConnected()
    {
        (int From, int To)[] sizes = [(1, 1), (5, 3), (17, 33), (33, 17), (400, 120), (50, 10), (7, 1), (1, 16)];
        foreach (var (from, to) in sizes)
        {
            yield return Of(FormattableString.Invariant($"dense {from} to {to}"), b => b.Dense(b.Input(from), to));
        }

        yield return Of("dense no bias", b => b.Dense(b.Input(13), 7, bias: false));
        yield return Of("dense of feature maps", b => b.Dense(b.Input(3, 5, 7), 10));
        yield return Of("dense of padded feature maps", b => b.Dense(b.Conv(b.Input(3, 5, 7), 4, Window.Square(3, padding: 1)), 10));
        yield return Of("dense half zero", b => b.Dense(b.Input(50), 20, density: 0.5));
        yield return Of("dense all zero", b => b.Dense(b.Input(20), 5, density: 0));
        yield return Of("dense relu dense softmax", b => b.Softmax(b.Dense(b.Relu(b.Dense(b.Input(30), 17)), 10)));
        yield return Of("dense norm relu", b => b.Relu(b.BatchNorm(b.Dense(b.Input(30), 17))));
        yield return Of("dense sigmoid", b => b.Layer(new Activation(ActivationKind.Sigmoid), b.Dense(b.Input(30), 17)));
    }

    private static IEnumerable<NetworkCase> Joins()
    {
        foreach (var shape in Shapes)
        {
            yield return Of($"add of {string.Join('x', shape)}", b => b.Layer(new Add(), b.Input(shape), b.Input(shape)));
        }

        yield return Of("add of three", b => b.Layer(new Add(), b.Input(3, 7, 5), b.Input(3, 7, 5), b.Input(3, 7, 5)));
        yield return Of("add to itself", b => Twice(b, new Add(), b.Relu(b.Input(3, 7, 5))));
        yield return Of("concat of maps", b => b.Layer(new Concat(), b.Input(3, 7, 5), b.Input(1, 7, 5)));
        yield return Of("concat of three", b => b.Layer(new Concat(), b.Input(3, 7, 5), b.Input(5, 7, 5), b.Input(2, 7, 5)));
        yield return Of("concat of vectors", b => b.Layer(new Concat(), b.Input(5), b.Input(7)));
        yield return Of("concat of matrices", b => b.Layer(new Concat(), b.Input(2, 5), b.Input(3, 5)));
        yield return Of("concat with itself", b => Twice(b, new Concat(), b.Relu(b.Input(3, 7, 5))));
    }

    private static IEnumerable<NetworkCase> Shaping()
    {
        yield return Of("flatten", b => b.Layer(new Flatten(), b.Input(3, 5, 7)));
        yield return Of("flatten of a vector", b => b.Layer(new Flatten(), b.Input(7)));
        yield return Of("reshape to maps", b => b.Layer(new Reshape(new Shape(2, 3, 5)), b.Input(30)));
        yield return Of("reshape of maps", b => b.Layer(new Reshape(new Shape(5, 3, 7)), b.Input(3, 5, 7)));
        yield return Of("reshape to a matrix", b => b.Layer(new Reshape(new Shape(6, 5)), b.Input(3, 2, 5)));
        yield return Of("reshape between convolutions", b =>
        {
            var first = b.Conv(b.Input(3, 6, 6), 4, Window.Square(3, padding: 1));
            return b.Conv(b.Layer(new Reshape(new Shape(2, 6, 12)), first), 3, Window.Square(3, padding: 1));
        });
        yield return Of("flatten of a convolution", b => b.Layer(new Flatten(), b.Conv(b.Input(3, 5, 7), 4, Window.Square(3, padding: 1))));
        yield return Of("norm after flatten", b => b.BatchNorm(b.Layer(new Flatten(), b.Conv(b.Input(3, 5, 5), 4, Window.Square(3)))));
    }

    private static IEnumerable<NetworkCase> Softmaxes()
    {
        yield return Of("softmax of a vector", b => b.Softmax(b.Input(10)));
        yield return Of("softmax of one", b => b.Softmax(b.Input(1)));
        yield return Of("softmax of 33", b => b.Softmax(b.Input(33)));
        yield return Of("softmax of large values", b => b.Softmax(b.Scaled(b.Input(17), 80)));
        for (var axis = 0; axis < 3; axis++)
        {
            var along = axis;
            yield return Of($"softmax along axis {axis}", b => b.Layer(new Softmax(along), b.Input(3, 5, 7)));
        }

        yield return Of("softmax of a matrix along axis 1", b => b.Layer(new Softmax(1), b.Input(5, 9)));
    }

    private static string Twice(NetworkBuilder b, Operator op, string tensor) => b.Layer(op, tensor, tensor);
}

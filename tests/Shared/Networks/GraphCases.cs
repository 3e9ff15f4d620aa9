using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Graphs that are no chain: joins, several inputs and outputs, tensors that are read late or never.</summary>
internal static class GraphCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    public static IEnumerable<NetworkCase> All() => Joined().Concat(Several()).Append(Annotated());

    private static IEnumerable<NetworkCase> Joined()
    {
        yield return Of("residual block", b => Residual(b, b.Input(5, 9, 9)));
        yield return Of("residual with projection", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 9, 9), 4, Same));
            var main = b.Conv(b.Relu(b.Conv(x, 6, Window.Square(3, 2, 1))), 6, Same);
            return b.Relu(b.Layer(new Add(), main, b.Conv(x, 6, Window.Square(1, 2))));
        });
        yield return Of("residual from the input", b =>
        {
            var x = b.Input(4, 7, 7);
            return b.Layer(new Add(), x, b.Conv(x, 4, Same));
        });
        yield return Of("add before the activation is read twice", b =>
        {
            var conv = b.Conv(b.Input(4, 7, 7), 4, Same);
            return b.Layer(new Add(), conv, b.Relu(conv), b.Conv(b.Relu(conv), 4, Same));
        });
        yield return Of("concat of branches", b =>
        {
            var x = b.Input(3, 9, 7);
            var wide = b.Relu(b.Conv(x, 5, Window.Square(5, padding: 2)));
            var narrow = b.Conv(x, 4, Window.Square(1));
            var pooled = b.Layer(new Pool(PoolKind.Max, Window.Square(3, 1, 1)), x);
            return b.Conv(b.Layer(new Concat(), wide, narrow, pooled, x), 6, Same);
        });
        yield return Of("concat then dense", b =>
        {
            var x = b.Input(2, 5, 5);
            return b.Dense(b.Layer(new Concat(), b.Conv(x, 3, Same), b.Relu(x)), 7);
        });
        yield return Of("branches of different padding", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 12, 12), 4, Same));
            var a = b.Conv(x, 3, Window.Square(7, padding: 3));
            var c = b.Conv(x, 3, new Window(3, 3, PadTop: 2, PadLeft: 2));
            return b.Layer(new Add(), a, c);
        });
        yield return Of("long lived tensor", b =>
        {
            var first = b.Relu(b.Conv(b.Input(3, 8, 8), 4, Same));
            var x = first;
            for (var i = 0; i < 4; i++)
            {
                x = b.Relu(b.Conv(x, 4, Same));
            }

            return b.Layer(new Add(), x, first);
        });
        yield return Of("dead layers", b =>
        {
            var x = b.Input(3, 7, 7);
            b.Relu(b.Conv(x, 5, Same));
            return b.Conv(x, 2, Same);
        });
    }

    private static IEnumerable<NetworkCase> Several()
    {
        yield return Of("two inputs", b => b.Layer(new Add(), b.Conv(b.Input(3, 7, 7), 4, Same), b.Conv(b.Input(2, 7, 7), 4, Same)));
        yield return Of("two inputs of different shape", b =>
            b.Layer(new Concat(), b.Layer(new Flatten(), b.Conv(b.Input(3, 5, 5), 2, Same)), b.Dense(b.Input(9), 6)));
        yield return Of("unused input", b =>
        {
            var x = b.Input(3, 5, 5);
            b.Input(7);
            return b.Relu(x);
        });
        yield return Of("two outputs", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 9, 9), 4, Same));
            return [b.Conv(x, 2, Same), b.Softmax(b.Dense(x, 5))];
        });
        yield return Of("output that is read later", b =>
        {
            var conv = b.Conv(b.Input(3, 9, 9), 4, Same);
            return [b.Conv(b.Relu(conv), 2, Same), conv];
        });
        yield return Of("output after and before its activation", b =>
        {
            var conv = b.Conv(b.Input(3, 9, 9), 4, Same);
            return [conv, b.Relu(conv)];
        });
        yield return Of("output flattened and not", b =>
        {
            var conv = b.Conv(b.Input(3, 5, 5), 4, Same);
            return [b.Layer(new Flatten(), conv), conv];
        });
        yield return Of("input as an output", b =>
        {
            var x = b.Input(3, 5, 7);
            return [x, b.Conv(x, 2, Same)];
        });
        yield return Of("two inputs two outputs", b =>
        {
            var (x, y) = (b.Input(3, 7, 7), b.Input(3, 7, 7));
            var sum = b.Relu(b.Layer(new Add(), x, y));
            return [b.Conv(sum, 4, Same), b.Layer(new GlobalPool(PoolKind.Average), sum)];
        });
    }

    /// <summary>With all that a description may say beside the layers.</summary>
    private static NetworkCase Annotated()
    {
        var plain = Of("labels and preprocessing", b => b.Softmax(b.Dense(b.Conv(b.Input(3, 5, 5), 4, Same, bias: false), 3))).Description;
        var preprocessing = new Preprocessing(new FloatData([1f / 255, 0.5f, -0.25f]), new FloatData([0, -1.5f, 1e-9f]));
        return new NetworkCase(plain.Name, plain with
        {
            Inputs = [plain.Inputs[0] with { Preprocessing = preprocessing }],
            Labels = ["T-shirt/top", "quoted \"boot\" \\ */ <b>", "Ünï & co 👢"],
            Provenance = new Provenance("fashion-mnist-subset", "test", 2000, 10.25, 11.1, 1, 42, "kernelgen 0.1.0"),
        });
    }

    private static string Residual(NetworkBuilder b, string x)
    {
        var maps = b.ShapeOf(x).Maps;
        var first = b.Relu(b.BatchNorm(b.Conv(x, maps, Same, bias: false)));
        return b.Relu(b.Layer(new Add(), b.BatchNorm(b.Conv(first, maps, Same, bias: false)), x));
    }
}

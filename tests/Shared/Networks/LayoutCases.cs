using KernelGen.Model;
using static KernelGen.Tests.Shared.NetworkCase;

namespace KernelGen.Tests.Shared;

/// <summary>Elements that change places between layers whose tensors lie in different orders, or that come from or go to the caller.</summary>
internal static class LayoutCases
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    /// <summary>Every movement of [4, 6, 8].</summary>
    private static readonly (string Name, Operator Op)[] Moves =
    [
        ("transpose 0 2 1", new Transpose([0, 2, 1])),
        ("transpose 1 2 0", new Transpose([1, 2, 0])),
        ("transpose 2 0 1", new Transpose([2, 0, 1])),
        ("slice of maps", new Slice([1, 0, 0], [1, 1, 1], [2, 6, 8])),
        ("slice backwards", new Slice([3, 5, 7], [-1, -2, -3], [4, 3, 3])),
        ("slice of every second", new Slice([0, 1, 0], [2, 2, 2], [2, 3, 4])),
        ("pad", new Pad([0, 1, 2], [0, 2, 1])),
        ("pad with a value", new Pad([1, 0, 1], [1, 1, 0], -1.5f)),
        ("gather of maps", new Gather(0, [3, 0, 1, 1, 2, 0, 3, 1, 2])),
        ("gather of columns", new Gather(2, [7, 0, 3, 3, 6, 1, 0, 5, 5])),
        ("gather of two stretches", new Gather(1, [3, 4, 5, 0, 1, 2])),
        ("gather of repeated rows", new Gather(1, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])),
        ("gather of repeated columns", new Gather(2, [7, 7, 7, 3, 3, 3, 4, 4, 4])),
        ("gather of one", new Gather(2, [5])),
        ("reshape of rows", new Reshape(new Shape(2, 12, 8))),
        ("reshape across rows", new Reshape(new Shape(3, 4, 16))),
        ("reshape at odd places", new Reshape(new Shape(6, 4, 8))),
        ("reshape to four axes", new Reshape(new Shape(2, 2, 6, 8))),
        ("reshape to eight axes", new Reshape(new Shape(2, 2, 3, 2, 1, 2, 2, 2))),
        ("expand", new Expand(new Shape(3, 4, 6, 8))),
        ("flatten", new Flatten()),
    ];

    public static IEnumerable<NetworkCase> All() => Alone().Concat(BetweenLayers()).Concat(ManyAxes()).Concat(Joins());

    private static IEnumerable<NetworkCase> Alone()
    {
        foreach (var (name, op) in Moves)
        {
            yield return Of($"{name} alone", b => b.Layer(op, b.Input(4, 6, 8)));
            yield return Of($"{name} between activations", b => b.Relu(b.Layer(op, b.Relu(b.Input(4, 6, 8)))));
            yield return Of($"{name} of the input", b => b.Relu(b.Layer(op, b.Input(4, 6, 8))));
        }
    }

    private static IEnumerable<NetworkCase> BetweenLayers()
    {
        foreach (var (name, op) in Moves)
        {
            yield return Of($"{name} between convolutions", b =>
            {
                var moved = b.Layer(op, b.Conv(b.Input(3, 6, 8), 4, Same));
                return b.ShapeOf(moved).Rank == 3 ? b.Conv(moved, 3, Same) : b.Dense(moved, 3);
            });
        }

        yield return Of("moved twice, sliced and joined between convolutions", b =>
        {
            var x = b.Relu(b.Conv(b.Input(3, 8, 8), 6, Same));
            var turned = b.Layer(new Transpose([0, 2, 1]), x);
            var low = b.Layer(new Slice([0, 0, 0], [1, 1, 1], [3, 8, 8]), turned);
            var high = b.Layer(new Slice([3, 0, 0], [1, 1, 1], [3, 8, 8]), x);
            return b.Conv(b.Layer(new Concat(), low, high, b.Conv(low, 2, Same)), 5, Same);
        });
        yield return Of("channel shuffle of unequal groups", b =>
        {
            var x = b.Layer(new Reshape(new Shape(2, 4, 5, 7)), b.Conv(b.Input(3, 5, 7), 8, Same));
            return b.Conv(b.Layer(new Reshape(new Shape(8, 5, 7)), b.Layer(new Transpose([1, 0, 2, 3]), x)), 4, Same);
        });
        yield return Of("depth to space", b =>
        {
            var x = b.Layer(new Reshape(new Shape(2, 2, 3, 5, 7)), b.Conv(b.Input(3, 5, 7), 12, Same));
            return b.Conv(b.Layer(new Reshape(new Shape(3, 10, 14)), b.Layer(new Transpose([2, 3, 0, 4, 1]), x)), 4, Same);
        });
        yield return Of("input moved and read", b =>
        {
            var x = b.Input(3, 5, 7);
            return b.Layer(new Concat(), b.Layer(new Slice([2, 0, 0], [-1, 1, 1], [3, 5, 7]), x), b.Conv(x, 2, Same));
        });
        yield return Of("input moved to two outputs", b =>
        {
            var x = b.Input(3, 5, 7);
            return [b.Layer(new Flatten(), x), b.Relu(b.Layer(new Transpose([2, 1, 0]), x)), x];
        });
    }

    private static IEnumerable<NetworkCase> ManyAxes()
    {
        yield return Of("transpose of five axes", b => b.Layer(new Transpose([4, 1, 3, 0, 2]), b.Input(2, 3, 4, 5, 6)));
        yield return Of("transpose of eight axes", b => b.Layer(new Transpose([7, 0, 6, 1, 5, 2, 4, 3]), b.Input(2, 3, 2, 2, 3, 2, 1, 2)));
        yield return Of("transpose of a matrix", b => b.Relu(b.Layer(new Transpose([1, 0]), b.Relu(b.Input(17, 5)))));
        yield return Of("slice of five axes", b => b.Layer(new Slice([1, 0, 3, 0, 2], [1, 2, -1, 1, 1], [1, 2, 3, 5, 3]), b.Input(2, 3, 4, 5, 6)));
        yield return Of("pad of four axes", b => b.Relu(b.Layer(new Pad([1, 0, 2, 1], [0, 1, 0, 2], 2), b.Input(2, 3, 4, 5))));
        yield return Of("pad of a vector", b => b.Relu(b.Layer(new Pad([2], [3], -1), b.Relu(b.Input(4)))));
        yield return Of("gather of six axes", b => b.Layer(new Gather(3, [1, 0, 0, 2, 1, 2, 2]), b.Input(2, 2, 2, 3, 2, 2)));
        yield return Of("gather of a vector", b => b.Layer(new Gather(0, [4, 0, 2, 2, 1, 4, 3, 0]), b.Relu(b.Input(5))));
        yield return Of("expand of inner axes", b => b.Layer(new Expand(new Shape(2, 3, 4, 5)), b.Input(3, 1, 5)));
        yield return Of("expand of a pixel", b => b.Relu(b.Layer(new Expand(new Shape(3, 4, 5)), b.Relu(b.Input(3, 1, 1)))));
        yield return Of("expand of a vector", b => b.Layer(new Expand(new Shape(2, 3, 7)), b.Relu(b.Input(7))));
    }

    private static IEnumerable<NetworkCase> Joins()
    {
        for (var axis = 0; axis < 3; axis++)
        {
            var along = axis;
            var shape = new[] { 4, 6, 8 };
            shape[along] = 3;
            yield return Of($"concat along axis {axis} of the input", b => b.Layer(new Concat(along), b.Input(4, 6, 8), b.Input(shape)));
            yield return Of($"concat along axis {axis} between convolutions", b =>
                b.Conv(b.Layer(new Concat(along), b.Conv(b.Input(3, 6, 8), 4, Same), b.Relu(b.Input(shape))), 3, Same));
        }

        yield return Of("concat of four axes", b => b.Layer(new Concat(2), b.Input(2, 3, 4, 5), b.Relu(b.Input(2, 3, 1, 5)), b.Input(2, 3, 2, 5)));
    }
}

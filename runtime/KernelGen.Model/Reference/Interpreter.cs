namespace KernelGen.Model;

/// <summary>
/// Runs a network one node at a time, by the definition of each operator. It is the oracle that every other engine is
/// compared with, so it is written to be obviously right and not to be fast: sums are accumulated in 64-bit floats and rounded
/// once.
/// </summary>
public static class Interpreter
{
    /// <summary>The network's outputs, in their order.</summary>
    /// <param name="inputs">One array per network input, in their order, each as long as its shape says (CHW).</param>
    /// <exception cref="ArgumentException">The number or a length of the inputs is wrong.</exception>
    public static float[][] Run(NetworkGraph graph, IReadOnlyList<float[]> inputs)
    {
        var tensors = RunAll(graph, inputs);
        return graph.Outputs.Select(o => tensors[o]).ToArray();
    }

    /// <summary>Every tensor by its name: the inputs and the result of every node.</summary>
    /// <param name="inputs">One array per network input, in their order, each as long as its shape says (CHW).</param>
    /// <exception cref="ArgumentException">The number or a length of the inputs is wrong.</exception>
    public static IReadOnlyDictionary<string, float[]> RunAll(NetworkGraph graph, IReadOnlyList<float[]> inputs)
    {
        if (inputs.Count != graph.Inputs.Count)
        {
            throw new ArgumentException($"The network takes {graph.Inputs.Count} inputs, but {inputs.Count} are given.", nameof(inputs));
        }

        var tensors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        for (var i = 0; i < inputs.Count; i++)
        {
            var input = graph.Inputs[i];
            if (inputs[i].Length != input.Shape.Length)
            {
                throw new ArgumentException(
                    $"The input '{input.Name}' ({input.Shape}) takes {input.Shape.Length} values, but {inputs[i].Length} are given.",
                    nameof(inputs));
            }

            tensors.Add(input.Name, inputs[i]);
        }

        foreach (var node in graph.Nodes)
        {
            var result = Apply(
                node.Operator,
                node.Inputs.Select(i => tensors[i]).ToArray(),
                node.Inputs.Select(graph.ShapeOf).ToArray(),
                graph.ShapeOf(node.Name));
            tensors.Add(node.Name, node.Activation is { } fused ? Map(result, fused) : result);
        }

        return tensors;
    }

    /// <summary>The result of one operator.</summary>
    /// <param name="inputs">As long as their shapes say.</param>
    /// <param name="to">The result's shape.</param>
    public static float[] Apply(Operator op, IReadOnlyList<float[]> inputs, IReadOnlyList<Shape> shapes, Shape to) => op switch
    {
        Conv conv => Convolve(conv, inputs[0], shapes[0], to),
        Dense dense => Multiply(dense, inputs[0]),
        BatchNorm norm => Normalise(norm, inputs[0], shapes[0]),
        Activation activation => Map(inputs[0], activation),
        Pool pool => PoolWindows(pool, inputs[0], shapes[0], to),
        GlobalPool pool => PoolWindows(WholeMap(pool, shapes[0]), inputs[0], shapes[0], to),
        Flatten or Reshape => (float[])inputs[0].Clone(),
        Softmax softmax => Exponentials(softmax.Axis, inputs[0], shapes[0]),
        _ => TensorOperators.Apply(op, inputs, shapes, to),
    };

    private static float[] Map(float[] x, Activation activation) => x.Select(v => Functions.Activate(activation, v)).ToArray();

    private static float[] Convolve(Conv conv, float[] x, Shape from, Shape to)
    {
        var w = conv.Window;
        var weights = conv.Weights.ToDense(to.Maps, from.Maps, conv.Groups, w.Area);
        var sources = from.Maps / conv.Groups;
        var targets = to.Maps / conv.Groups;
        var y = new float[to.Length];
        for (var pixel = 0; pixel < to.Height * to.Width; pixel++)
        {
            var taps = Inside(w, from, pixel / to.Width, pixel % to.Width);
            for (var o = 0; o < to.Maps; o++)
            {
                double sum = conv.Bias is null ? 0 : conv.Bias[o];
                for (var i = 0; i < sources; i++)
                {
                    var kernel = ((o * sources) + i) * w.Area;
                    var map = ((o / targets * sources) + i) * from.Height * from.Width;
                    foreach (var (tap, position) in taps)
                    {
                        sum += (double)weights[kernel + tap] * x[map + position];
                    }
                }

                y[(o * to.Height * to.Width) + pixel] = (float)sum;
            }
        }

        return y;
    }

    private static float[] Multiply(Dense dense, float[] x)
    {
        var y = new float[dense.Units];
        for (var o = 0; o < y.Length; o++)
        {
            double sum = dense.Bias is null ? 0 : dense.Bias[o];
            for (var i = 0; i < x.Length; i++)
            {
                sum += (double)dense.Weights[(o * x.Length) + i] * x[i];
            }

            y[o] = (float)sum;
        }

        return y;
    }

    private static float[] Normalise(BatchNorm norm, float[] x, Shape shape)
    {
        var perMap = x.Length / shape.Maps;
        return x
            .Select((v, i) => (v, map: i / perMap))
            .Select(e => (float)(((e.v - (double)norm.Mean[e.map])
                / Math.Sqrt(norm.Variance[e.map] + (double)norm.Epsilon)
                * norm.Scale[e.map]) + norm.Shift[e.map]))
            .ToArray();
    }

    private static Pool WholeMap(GlobalPool pool, Shape from) => new(pool.Kind, new Window(from.Height, from.Width));

    private static float[] PoolWindows(Pool pool, float[] x, Shape from, Shape to)
    {
        var y = new float[to.Length];
        for (var pixel = 0; pixel < to.Height * to.Width; pixel++)
        {
            var taps = Inside(pool.Window, from, pixel / to.Width, pixel % to.Width);
            for (var map = 0; map < to.Maps; map++)
            {
                var window = taps.Select(t => x[(map * from.Height * from.Width) + t.Position]);
                y[(map * to.Height * to.Width) + pixel] = pool.Kind == PoolKind.Max
                    ? window.Max()
                    : (float)(window.Sum(v => (double)v) / (pool.CountPadding ? pool.Window.Area : taps.Count));
            }
        }

        return y;
    }

    /// <summary>The taps of one window that lie inside the input, and their position in a map.</summary>
    private static List<(int Tap, int Position)> Inside(Window w, Shape from, int outputRow, int outputColumn)
    {
        var taps = new List<(int Tap, int Position)>();
        for (var tap = 0; tap < w.Area; tap++)
        {
            var row = (outputRow * w.StrideY) - w.PadTop + (tap / w.KernelWidth * w.DilationY);
            var column = (outputColumn * w.StrideX) - w.PadLeft + (tap % w.KernelWidth * w.DilationX);
            if (row >= 0 && row < from.Height && column >= 0 && column < from.Width)
            {
                taps.Add((tap, (row * from.Width) + column));
            }
        }

        return taps;
    }

    private static float[] Exponentials(int axis, float[] x, Shape shape)
    {
        var count = shape[axis];
        var inner = shape.Dimensions.Skip(axis + 1).Aggregate(1, (a, b) => a * b);
        var y = new float[x.Length];
        for (var line = 0; line < x.Length / count; line++)
        {
            var start = (line / inner * count * inner) + (line % inner);
            var along = Enumerable.Range(0, count).Select(k => start + (k * inner)).ToList();
            double maximum = along.Max(i => x[i]);
            var sum = along.Sum(i => Math.Exp(x[i] - maximum));
            foreach (var i in along)
            {
                y[i] = (float)(Math.Exp(x[i] - maximum) / sum);
            }
        }

        return y;
    }
}

using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>
/// Where the tensors are that steps read and write: in the workspace, in another order of maps there as well, in the caller's
/// span, or among the constants of the generated class.
/// </summary>
/// <param name="steps">Takes the steps that bring a tensor to where another step wants it.</param>
internal sealed class TensorPlaces(NetworkGraph graph, List<Step> steps)
{
    private readonly Dictionary<string, TensorBuffer> tensors = [];
    private readonly Dictionary<(string Name, MapOrder Order), TensorBuffer> converted = [];
    private readonly Dictionary<string, TensorView> inPlace = [];
    private readonly Dictionary<string, Constant> constants = [];
    private readonly List<TensorBuffer> buffers = [];

    /// <summary>Everything that needs room in the workspace.</summary>
    public IReadOnlyList<TensorBuffer> Buffers => buffers;

    /// <summary>An input that stays in the caller's span: it can be viewed only.</summary>
    public void StaysInPlace(string input, TensorView span) => inPlace.Add(input, span);

    public void Add(string name, Constant constant) => constants.Add(name, constant);

    public bool IsConstant(string name) => constants.ContainsKey(name);

    public void Add(TensorBuffer buffer) => buffers.Add(buffer);

    public TensorView View(string name) =>
        inPlace.TryGetValue(name, out var input) ? input : TensorView.Whole(Tensor(name), graph.ShapeOf(name));

    /// <summary>
    /// A tensor for a step that reads it element by element: of <paramref name="shape"/> or broadcast to it, its maps in this order
    /// where that is for the vectors' good. Constants stay where they are.
    /// </summary>
    public Operand Read(string name, Shape shape, MapOrder order)
    {
        var own = graph.ShapeOf(name);
        var meetsMaps = own.Rank == shape.Rank && own.Maps > 1;
        return constants.TryGetValue(name, out var constant)
            ? Operand.Constant(name, "values", own, constant.Values, meetsMaps ? order : MapOrder.Planar)
            : Operand.In(own == shape ? InOrder(name, order) : Tensor(name), own);
    }

    /// <summary>The tensor in the workspace. A constant is copied there when the first step needs it.</summary>
    public TensorBuffer Tensor(string name)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            tensor = NewTensor(name, MapOrder.Planar);
            steps.Add(new LoadStep(name, Read(name, graph.ShapeOf(name), MapOrder.Planar), tensor));
        }

        return tensor;
    }

    /// <summary>The tensor with its maps in this order, copied once if it is not.</summary>
    public TensorBuffer InOrder(string name, MapOrder order)
    {
        var tensor = Tensor(name);
        if (tensor.Order == order)
        {
            return tensor;
        }

        if (!converted.TryGetValue((name, order), out var copy))
        {
            copy = new TensorBuffer($"{name}.{order.ToString().ToLowerInvariant()}", graph.ShapeOf(name), order);
            buffers.Add(copy);
            converted.Add((name, order), copy);
            steps.Add(new CopyStep(name, View(name), TensorView.Whole(copy, graph.ShapeOf(name))));
        }

        return copy;
    }

    public TensorBuffer NewTensor(string name, MapOrder order)
    {
        var shape = graph.ShapeOf(name);
        var buffer = new TensorBuffer(name, shape, OrderOf(shape, order));
        buffers.Add(buffer);
        tensors.Add(name, buffer);
        return buffer;
    }

    /// <summary>A vector is one interleaved pixel: its elements side by side, padded to whole vectors. Beyond feature maps there are no pixels.</summary>
    public static MapOrder OrderOf(Shape shape, MapOrder order) => shape.Rank switch { 1 => MapOrder.Interleaved, > 3 => MapOrder.Planar, _ => order };

    /// <summary>Room for one step.</summary>
    public TensorBuffer NewScratch(string name, int length)
    {
        var buffer = new TensorBuffer(name, new Shape(length), MapOrder.Interleaved);
        buffers.Add(buffer);
        return buffer;
    }
}

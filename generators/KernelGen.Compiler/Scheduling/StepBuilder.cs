using KernelGen.Compiler.Passes;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Turns nodes into steps: gives every tensor an order of maps, and puts copies where two layers disagree.</summary>
internal sealed class StepBuilder(
    NetworkGraph graph, IReadOnlyDictionary<string, ConvTerms> convs, IReadOnlyDictionary<string, LayerSchedule> schedules)
{
    private readonly ILookup<string, Node> readers = graph.Readers();
    private readonly Dictionary<string, TensorBuffer> tensors = [];
    private readonly Dictionary<(string Name, MapOrder Order), TensorBuffer> converted = [];
    private readonly Dictionary<string, TensorView> inPlace = [];
    private readonly Dictionary<string, Constant> constants = [];
    private readonly List<Step> steps = [];
    private readonly List<TensorBuffer> buffers = [];

    public IReadOnlyList<Step> Steps => steps;

    public IReadOnlyList<TensorBuffer> Buffers => buffers;

    public void Build()
    {
        var deferred = OutputsThatOnlyMove();
        for (var i = 0; i < graph.Inputs.Count; i++)
        {
            var input = graph.Inputs[i];
            var whole = TensorView.Whole(null, input.Shape, i);
            if (IsReadInPlace(input.Name, deferred))
            {
                inPlace.Add(input.Name, whole);
                continue;
            }

            steps.Add(new CopyStep(input.Name, whole, TensorView.Whole(NewTensor(input.Name, MapOrder.Planar), input.Shape)));
        }

        foreach (var node in graph.Nodes.Where(n => !deferred.ContainsKey(n.Name)))
        {
            AddNode(node);
        }

        for (var i = 0; i < graph.Outputs.Count; i++)
        {
            var name = graph.Outputs[i];
            var span = TensorView.Whole(null, graph.ShapeOf(name), i);
            if (deferred.TryGetValue(name, out var node))
            {
                steps.AddRange(MoveBuilder.Steps(name, node.Operator, node.Inputs.Select(View).ToList(), span));
            }
            else
            {
                steps.Add(new CopyStep(name, View(name), span));
            }
        }
    }

    /// <summary>Outputs that are other tensors' elements in another order, and that no one else reads: written to the caller's span at once.</summary>
    private Dictionary<string, Node> OutputsThatOnlyMove() => graph.Nodes
        .Where(n => MoveBuilder.IsMove(n.Operator) && n.Activation is null && graph.Outputs.Count(o => o == n.Name) == 1 && !readers[n.Name].Any())
        .ToDictionary(n => n.Name);

    /// <summary>
    /// Whether an input is only moved elsewhere, and before anything is written to the caller, whose spans may overlap: then it
    /// needs no copy of its own.
    /// </summary>
    private bool IsReadInPlace(string input, Dictionary<string, Node> deferred) =>
        !graph.Outputs.Contains(input) && readers[input].All(r => MoveBuilder.IsMove(r.Operator) && !deferred.ContainsKey(r.Name));

    private void AddNode(Node node)
    {
        switch (node.Operator)
        {
            case Conv conv when schedules[node.Name].Unrolled:
                AddUnrolledConv(node, conv);
                break;
            case Conv conv:
                AddLoopConv(node, conv);
                break;
            case Dense dense:
                var input = Tensor(node.Inputs[0]);
                var line = NewScratch(node.Name + ".line", graph.ShapeOf(node.Inputs[0]).Length);
                steps.Add(new DenseStep(
                    node.Name, dense, input, line, NewTensor(node.Name, MapOrder.Interleaved), node.Activation, schedules[node.Name].Unrolled));
                break;
            case Pool pool:
                var from = Tensor(node.Inputs[0]);
                steps.Add(new PoolStep(node.Name, pool, from, NewTensor(node.Name, from.Order)));
                break;
            case GlobalPool pool:
                steps.Add(new GlobalPoolStep(node.Name, pool.Kind, Tensor(node.Inputs[0]), NewTensor(node.Name, MapOrder.Interleaved)));
                break;
            case Add or Binary or BatchNorm:
                AddElementwise(node, node.Activation);
                break;
            case Activation activation:
                AddElementwise(node, activation);
                break;
            case Constant constant:
                constants.Add(node.Name, constant);
                break;
            case Softmax softmax:
                var x = Tensor(node.Inputs[0]);
                steps.Add(new SoftmaxStep(node.Name, softmax.Axis, graph.ShapeOf(node.Name), x, NewTensor(node.Name, x.Order)));
                break;
            case Reduce reduce:
                AddReduce(node, reduce);
                break;
            case MatMul:
                AddProduct(node);
                break;
            case Resample resample when !MoveBuilder.IsMove(resample):
                var samples = Tensor(node.Inputs[0]);
                steps.Add(new ResampleStep(
                    node.Name, resample, graph.ShapeOf(node.Inputs[0]), graph.ShapeOf(node.Name), samples, NewTensor(node.Name, samples.Order)));
                break;
            case var op when MoveBuilder.IsMove(op):
                AddMove(node);
                break;
            default:
                throw new InvalidOperationException($"The compiler has no kernel for {node.Operator.GetType().Name}.");
        }
    }

    private void AddUnrolledConv(Node node, Conv conv)
    {
        var terms = convs[node.Name];
        var from = InOrder(node.Inputs[0], MapOrder.Planar);
        var to = NewTensor(node.Name, MapOrder.Planar);
        var window = conv.Window;
        if (window.StrideY == 1 && window.StrideX == 1)
        {
            from.RequirePadding(window);
        }
        else
        {
            // A window of stride s over a map is a window of stride 1 over each of the map's s × s phases.
            window = new Window(
                ((window.KernelHeight - 1) * window.DilationY / window.StrideY) + 1,
                ((window.KernelWidth - 1) * window.DilationX / window.StrideX) + 1);
            var phases = new TensorBuffer(
                node.Name + ".phases",
                new Shape(
                    terms.Input.Maps * conv.Window.StrideY * conv.Window.StrideX,
                    to.Height + window.KernelHeight - 1,
                    to.Width + window.KernelWidth - 1),
                MapOrder.Planar);
            buffers.Add(phases);
            steps.Add(new PhaseStep(node.Name, from, phases, conv.Window));
            from = phases;
        }

        Pitch.Unite(from.Pitch, to.Pitch);
        steps.Add(new UnrolledConvStep(node.Name, terms, window, from, to, node.Activation));
    }

    private void AddLoopConv(Node node, Conv conv)
    {
        var terms = convs[node.Name];
        var from = terms.HasNarrowGroups ? InOrder(node.Inputs[0], MapOrder.Interleaved) : Tensor(node.Inputs[0]);
        from.RequirePadding(conv.Window);
        steps.Add(new LoopConvStep(node.Name, terms, from, NewTensor(node.Name, MapOrder.Interleaved), node.Activation));
    }

    private void AddElementwise(Node node, Activation? activation)
    {
        var shape = graph.ShapeOf(node.Name);
        var like = node.Inputs.FirstOrDefault(i => !constants.ContainsKey(i) && graph.ShapeOf(i) == shape);
        var order = OrderOf(shape, like is null ? MapOrder.Planar : Tensor(like).Order);
        var from = node.Inputs.Select(i => Read(i, shape, order)).ToList();
        if (node.Operator is BatchNorm norm)
        {
            var perMap = new Shape(shape.Dimensions.Select((d, axis) => axis == 0 ? d : 1).ToArray());
            var (factors, summands) = Affine(norm);
            from.Add(Operand.Constant(node.Name, "factors", perMap, factors, order));
            from.Add(Operand.Constant(node.Name, "summands", perMap, summands, order));
        }

        steps.Add(new ElementwiseStep(node.Name, node.Operator, shape, from, NewTensor(node.Name, order), activation));
    }

    /// <summary>A batch norm as a factor and a summand per map.</summary>
    private static (FloatData Factors, FloatData Summands) Affine(BatchNorm norm)
    {
        var (factors, summands) = (new float[norm.Scale.Length], new float[norm.Scale.Length]);
        for (var m = 0; m < factors.Length; m++)
        {
            var scale = norm.Scale[m] / Math.Sqrt((double)norm.Variance[m] + norm.Epsilon);
            factors[m] = (float)scale;
            summands[m] = (float)(norm.Shift[m] - (norm.Mean[m] * scale));
        }

        return (new FloatData(factors), new FloatData(summands));
    }

    private void AddMove(Node node)
    {
        var from = node.Inputs.Select(View).ToList();

        // Whole maps stay in the order that they have; anything else is new.
        var order = node.Operator is Transpose or Reshape or Flatten ? MapOrder.Planar : from[0].Buffer?.Order ?? MapOrder.Planar;
        var to = TensorView.Whole(NewTensor(node.Name, order), graph.ShapeOf(node.Name));
        steps.AddRange(MoveBuilder.Steps(node.Name, node.Operator, from, to));
    }

    private void AddReduce(Node node, Reduce reduce)
    {
        var (from, shape) = (Tensor(node.Inputs[0]), graph.ShapeOf(node.Name));

        // One value per map is a pixel; without its maps an interleaved tensor would be nothing but padding.
        var isPixel = shape.Rank == 3 && shape.Height * shape.Width == 1;
        var order = isPixel || (from.Order == MapOrder.Interleaved && !reduce.Axes.Contains(0)) ? MapOrder.Interleaved : MapOrder.Planar;
        steps.Add(new ReduceStep(node.Name, reduce, graph.ShapeOf(node.Inputs[0]), from, NewTensor(node.Name, order)));
    }

    private void AddProduct(Node node)
    {
        var shape = graph.ShapeOf(node.Name);
        var (a, b) = (Factor(node.Inputs[0]), Factor(node.Inputs[1]));

        // Columns are read once per tile of rows, and rows of a wide matrix are pages apart.
        var isWorthIt = shape[shape.Rank - 2] >= 32 && shape.Width > MatMulStep.MostColumns;
        var panel = isWorthIt ? NewScratch(node.Name + ".panel", a.Shape.Width * MatMulStep.MostColumns) : null;
        steps.Add(new MatMulStep(node.Name, shape, a, b, NewTensor(node.Name, MapOrder.Planar), panel));

        Operand Factor(string name) => Read(name, graph.ShapeOf(name), MapOrder.Planar);
    }

    private TensorView View(string name) =>
        inPlace.TryGetValue(name, out var input) ? input : TensorView.Whole(Tensor(name), graph.ShapeOf(name));

    /// <summary>
    /// A tensor for a step that reads it element by element: of <paramref name="shape"/> or broadcast to it, its maps in this order
    /// where that is for the vectors' good. Constants stay where they are.
    /// </summary>
    private Operand Read(string name, Shape shape, MapOrder order)
    {
        var own = graph.ShapeOf(name);
        var meetsMaps = own.Rank == shape.Rank && own.Maps > 1;
        return constants.TryGetValue(name, out var constant)
            ? Operand.Constant(name, "values", own, constant.Values, meetsMaps ? order : MapOrder.Planar)
            : Operand.In(own == shape ? InOrder(name, order) : Tensor(name), own);
    }

    /// <summary>The tensor in the workspace. A constant is copied there when the first step needs it.</summary>
    private TensorBuffer Tensor(string name)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            tensor = NewTensor(name, MapOrder.Planar);
            steps.Add(new LoadStep(name, Read(name, graph.ShapeOf(name), MapOrder.Planar), tensor));
        }

        return tensor;
    }

    /// <summary>The tensor with its maps in this order, copied once if it is not.</summary>
    private TensorBuffer InOrder(string name, MapOrder order)
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

    private TensorBuffer NewTensor(string name, MapOrder order)
    {
        var shape = graph.ShapeOf(name);
        var buffer = new TensorBuffer(name, shape, OrderOf(shape, order));
        buffers.Add(buffer);
        tensors.Add(name, buffer);
        return buffer;
    }

    /// <summary>A vector is one interleaved pixel: its elements side by side, padded to whole vectors. Beyond feature maps there are no pixels.</summary>
    private static MapOrder OrderOf(Shape shape, MapOrder order) => shape.Rank switch { 1 => MapOrder.Interleaved, > 3 => MapOrder.Planar, _ => order };

    private TensorBuffer NewScratch(string name, int length)
    {
        var buffer = new TensorBuffer(name, new Shape(length), MapOrder.Interleaved);
        buffers.Add(buffer);
        return buffer;
    }
}

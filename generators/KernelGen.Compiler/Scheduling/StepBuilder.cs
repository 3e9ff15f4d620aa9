using KernelGen.Compiler.Passes;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Turns nodes into steps: gives every tensor an order of maps, and puts copies where two layers disagree.</summary>
internal sealed class StepBuilder
{
    private readonly NetworkGraph graph;
    private readonly IReadOnlyDictionary<string, ConvTerms> convs;
    private readonly IReadOnlyDictionary<string, LayerSchedule> schedules;
    private readonly FusedSums sums;
    private readonly ILookup<string, Node> readers;
    private readonly TensorPlaces tensors;
    private readonly List<Step> steps = [];

    public StepBuilder(
        NetworkGraph graph, IReadOnlyDictionary<string, ConvTerms> convs, IReadOnlyDictionary<string, LayerSchedule> schedules, FusedSums sums)
    {
        (this.graph, this.convs, this.schedules, this.sums) = (graph, convs, schedules, sums);
        readers = graph.Readers();
        tensors = new TensorPlaces(graph, steps);
    }

    public IReadOnlyList<Step> Steps => steps;

    public IReadOnlyList<TensorBuffer> Buffers => tensors.Buffers;

    public void Build()
    {
        var deferred = OutputsThatOnlyMove();
        for (var i = 0; i < graph.Inputs.Count; i++)
        {
            var input = graph.Inputs[i];
            var whole = TensorView.Whole(null, input.Shape, i);
            if (IsReadInPlace(input.Name, deferred))
            {
                tensors.StaysInPlace(input.Name, whole);
                continue;
            }

            steps.Add(new CopyStep(input.Name, whole, TensorView.Whole(tensors.NewTensor(input.Name, MapOrder.Planar), input.Shape)));
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
                steps.AddRange(MoveBuilder.Steps(name, node.Operator, node.Inputs.Select(tensors.View).ToList(), span));
            }
            else
            {
                steps.Add(new CopyStep(name, tensors.View(name), span));
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
            case Conv:
                if (!sums.IsFused(node.Name))
                {
                    AddConv(node, node, null);
                }

                break;
            case Add when sums.ConvOf(node.Name) is { } conv:
                AddConv(conv, node, FusedSums.Other(node, conv));
                break;
            case Dense dense:
                var input = tensors.Tensor(node.Inputs[0]);
                var line = tensors.NewScratch(node.Name + ".line", graph.ShapeOf(node.Inputs[0]).Length);
                steps.Add(new DenseStep(
                    node.Name, dense, input, line, tensors.NewTensor(node.Name, MapOrder.Interleaved), node.Activation, schedules[node.Name].Kind == ScheduleKind.Unrolled));
                break;
            case Pool pool:
                var from = tensors.Tensor(node.Inputs[0]);
                steps.Add(new PoolStep(node.Name, pool, from, tensors.NewTensor(node.Name, from.Order)));
                break;
            case GlobalPool pool:
                steps.Add(new GlobalPoolStep(node.Name, pool.Kind, tensors.Tensor(node.Inputs[0]), tensors.NewTensor(node.Name, MapOrder.Interleaved)));
                break;
            case Add or Binary or BatchNorm:
                AddElementwise(node, node.Activation);
                break;
            case Activation activation:
                AddElementwise(node, activation);
                break;
            case Constant constant:
                tensors.Add(node.Name, constant);
                break;
            case Softmax softmax:
                var x = tensors.Tensor(node.Inputs[0]);
                steps.Add(new SoftmaxStep(node.Name, softmax.Axis, graph.ShapeOf(node.Name), x, tensors.NewTensor(node.Name, x.Order)));
                break;
            case Reduce reduce:
                AddReduce(node, reduce);
                break;
            case MatMul:
                AddProduct(node);
                break;
            case Resample resample when !MoveBuilder.IsMove(resample):
                var samples = tensors.Tensor(node.Inputs[0]);
                steps.Add(new ResampleStep(
                    node.Name, resample, graph.ShapeOf(node.Inputs[0]), graph.ShapeOf(node.Name), samples, tensors.NewTensor(node.Name, samples.Order)));
                break;
            case var op when MoveBuilder.IsMove(op):
                AddMove(node);
                break;
            default:
                throw new InvalidOperationException($"The compiler has no kernel for {node.Operator.GetType().Name}.");
        }
    }

    /// <param name="result">The node whose tensor the convolution fills: itself, or the sum that it is fused with.</param>
    /// <param name="addend">What the sum adds.</param>
    private void AddConv(Node node, Node result, string? addend)
    {
        if (schedules[node.Name].Kind == ScheduleKind.Unrolled)
        {
            AddUnrolledConv(node, (Conv)node.Operator, result, addend);
        }
        else if (schedules[node.Name].Kind == ScheduleKind.Sparse)
        {
            AddSparseConv(node, result, addend);
        }
        else if (schedules[node.Name].Winograd is { } block)
        {
            AddWinogradConv(node, (Conv)node.Operator, block, result, addend);
        }
        else
        {
            AddLoopConv(node, (Conv)node.Operator, result, addend);
        }
    }

    private void AddUnrolledConv(Node node, Conv conv, Node result, string? addend)
    {
        var terms = convs[node.Name];
        var from = tensors.InOrder(node.Inputs[0], MapOrder.Planar);
        var added = addend is null ? null : tensors.InOrder(addend, MapOrder.Planar);
        var to = tensors.NewTensor(result.Name, MapOrder.Planar);
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
            tensors.Add(phases);
            steps.Add(new PhaseStep(node.Name, from, phases, conv.Window));
            from = phases;
        }

        Pitch.Unite(from.Pitch, to.Pitch);
        if (added is not null)
        {
            Pitch.Unite(added.Pitch, to.Pitch);
        }

        steps.Add(new UnrolledConvStep(node.Name, terms, window, from, added, to, result.Activation));
    }

    private void AddSparseConv(Node node, Node result, string? addend)
    {
        var terms = convs[node.Name];
        var from = tensors.InOrder(node.Inputs[0], MapOrder.Planar);
        var added = addend is null ? null : tensors.InOrder(addend, MapOrder.Planar);
        var to = tensors.NewTensor(result.Name, MapOrder.Planar);
        from.RequirePadding(terms.Conv.Window);
        from.Pitch.PreferAligned();
        added?.Pitch.PreferAligned();
        to.Pitch.PreferAligned();
        var packed = terms.Sparse.IsPacked ? tensors.NewScratch(node.Name + ".packed", SparseConvStep.PackedLength(terms.Sparse)) : null;
        steps.Add(new SparseConvStep(node.Name, terms, terms.Sparse, from, packed, added, to, result.Activation));
    }

    private void AddLoopConv(Node node, Conv conv, Node result, string? addend)
    {
        var terms = convs[node.Name];
        var from = terms.HasNarrowGroups ? tensors.InOrder(node.Inputs[0], MapOrder.Interleaved) : tensors.Tensor(node.Inputs[0]);
        var added = addend is null ? null : tensors.InOrder(addend, MapOrder.Interleaved);
        from.RequirePadding(conv.Window);
        steps.Add(new LoopConvStep(node.Name, terms, from, added, tensors.NewTensor(result.Name, MapOrder.Interleaved), result.Activation));
    }

    private void AddWinogradConv(Node node, Conv conv, WinogradBlock block, Node result, string? addend)
    {
        var terms = convs[node.Name];
        var from = tensors.InOrder(node.Inputs[0], MapOrder.Interleaved);
        from.RequirePadding(conv.Window);
        var room = tensors.NewScratch(
            node.Name + ".room", block.Tiles * (block.TileStride(terms.Input.Maps) + block.TileStride(terms.Output.Maps)));
        var added = addend is null ? null : tensors.InOrder(addend, MapOrder.Interleaved);
        steps.Add(new WinogradConvStep(node.Name, terms, block, from, added, room, tensors.NewTensor(result.Name, MapOrder.Interleaved), result.Activation));
    }

    private void AddElementwise(Node node, Activation? activation)
    {
        var shape = graph.ShapeOf(node.Name);
        var like = node.Inputs.FirstOrDefault(i => !tensors.IsConstant(i) && graph.ShapeOf(i) == shape);
        var order = TensorPlaces.OrderOf(shape, like is null ? MapOrder.Planar : tensors.Tensor(like).Order);
        var from = node.Inputs.Select(i => tensors.Read(i, shape, order)).ToList();
        if (node.Operator is BatchNorm norm)
        {
            var perMap = new Shape(shape.Dimensions.Select((d, axis) => axis == 0 ? d : 1).ToArray());
            var (factors, summands) = Affine(norm);
            from.Add(Operand.Constant(node.Name, "factors", perMap, factors, order));
            from.Add(Operand.Constant(node.Name, "summands", perMap, summands, order));
        }

        steps.Add(new ElementwiseStep(node.Name, node.Operator, shape, from, tensors.NewTensor(node.Name, order), activation));
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
        var from = node.Inputs.Select(tensors.View).ToList();

        // Whole maps stay in the order that they have; anything else is new.
        var order = node.Operator is Transpose or Reshape or Flatten ? MapOrder.Planar : from[0].Buffer?.Order ?? MapOrder.Planar;
        var to = TensorView.Whole(tensors.NewTensor(node.Name, order), graph.ShapeOf(node.Name));
        steps.AddRange(MoveBuilder.Steps(node.Name, node.Operator, from, to));
    }

    private void AddReduce(Node node, Reduce reduce)
    {
        var from = tensors.Tensor(node.Inputs[0]);
        var order = OrderOf(reduce, graph.ShapeOf(node.Name), from.Order);
        steps.Add(new ReduceStep(node.Name, reduce, graph.ShapeOf(node.Inputs[0]), from, tensors.NewTensor(node.Name, order)));
    }

    /// <summary>
    /// The order of what a reduction gives: one value per map is a pixel; without its maps an interleaved tensor would be nothing but padding.
    /// </summary>
    public static MapOrder OrderOf(Reduce reduce, Shape shape, MapOrder from) =>
        (shape.Rank == 3 && shape.Height * shape.Width == 1) || (from == MapOrder.Interleaved && !reduce.Axes.Contains(0))
            ? MapOrder.Interleaved
            : MapOrder.Planar;

    private void AddProduct(Node node)
    {
        var shape = graph.ShapeOf(node.Name);
        var (a, b) = (Factor(node.Inputs[0]), Factor(node.Inputs[1]));

        // Columns are read once per tile of rows, and rows of a wide matrix are pages apart.
        var isWorthIt = shape[shape.Rank - 2] >= 32 && shape.Width > MatMulStep.MostColumns;
        var panel = isWorthIt ? tensors.NewScratch(node.Name + ".panel", a.Shape.Width * MatMulStep.MostColumns) : null;
        steps.Add(new MatMulStep(node.Name, shape, a, b, tensors.NewTensor(node.Name, MapOrder.Planar), panel));

        Operand Factor(string name) => tensors.Read(name, graph.ShapeOf(name), MapOrder.Planar);
    }
}

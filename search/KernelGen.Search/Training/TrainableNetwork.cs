using System.Diagnostics.CodeAnalysis;
using KernelGen.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// A network in TorchSharp, built from its description: any network of one input and one output, whatever its operators.
/// The weights of its convolutions, fully connected layers and batch norms can be trained and masked; tensors that the
/// description holds as constants stay as they are. It can be written down again at any time. Not for several threads at once.
/// </summary>
public sealed class TrainableNetwork : IDisposable
{
    private const int RecalibrationBatch = 250;

    private double batchNormMomentum = 0.1;
    private readonly NetworkDescription description;
    private readonly NetworkGraph graph;
    private readonly Dictionary<string, LayerParameters> parameters = [];
    private readonly Dictionary<string, Tensor> constants = [];
    private readonly Dictionary<string, Tensor> weightMasks = [];
    private readonly Dictionary<string, Tensor> mapMasks = [];

    private TrainableNetwork(NetworkDescription description)
    {
        this.description = description;
        graph = NetworkGraph.Create(description);
        ScoresTensor = BeforeSoftmax(graph);
        foreach (var node in graph.Nodes)
        {
            if (node.Operator is Constant constant)
            {
                long[] shape = [1, .. TorchOperators.Lengths(constant.Shape)];
                constants.Add(node.Name, TorchRuntime.Copy(constant.Values.Span.ToArray(), shape).DetachFromDisposeScope());
            }
            else if (LayerParameters.Create(node.Operator, graph.ShapeOf(node.Inputs[0])) is { } own)
            {
                parameters.Add(node.Name, own);
            }
        }
    }

    /// <summary>Batch norm uses and learns the batch's statistics while training, else the running ones.</summary>
    public bool Training { get; set; }

    /// <summary>Of convolutions and fully connected layers, while the network is trained or scored.</summary>
    public Precision Precision { get; set; }

    /// <summary>The description that the network was made from: names, shapes, preprocessing (not the weights of now).</summary>
    public NetworkDescription Description => description;

    /// <summary>The verified graph of <see cref="Description"/>.</summary>
    public NetworkGraph Graph => graph;

    /// <summary>
    /// The tensor that holds one score (logit) per class: the output, or what a softmax at the very end reads. Cross-entropy is
    /// computed from it, as the logarithm of probabilities that were rounded already loses the small ones.
    /// </summary>
    public string ScoresTensor { get; }

    /// <summary>Everything that makes up the network's state, in a fixed order.</summary>
    internal IEnumerable<NetworkParameter> Parameters =>
        graph.Nodes.Where(n => parameters.ContainsKey(n.Name)).SelectMany(n => parameters[n.Name].All);

    /// <summary>Builds the network with the description's weights, pruned ones as zeros.</summary>
    /// <exception cref="InvalidNetworkException">The description breaks a rule of the model.</exception>
    /// <exception cref="NotSupportedException">It has several inputs or outputs.</exception>
    /// <exception cref="TorchRuntimeException">TorchSharp does not load.</exception>
    public static TrainableNetwork Create(NetworkDescription description)
    {
        TorchRuntime.Initialize();
        return description.Inputs.Count == 1 && description.Outputs.Count == 1
            ? new TrainableNetwork(description)
            : throw new NotSupportedException($"{description.Name} has {description.Inputs.Count} inputs and {description.Outputs.Count} outputs; only networks with one of each can be trained.");
    }

    /// <summary>The network's result for a batch.</summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    /// <returns>[count, …output shape]</returns>
    public Tensor Forward(Tensor images) => Run(images, graph.Outputs[0]);

    /// <summary>The scores of a batch: <see cref="ScoresTensor"/>.</summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    /// <returns>[count, classes]</returns>
    public Tensor Scores(Tensor images) => MixedPrecision.As(torch.float32, Run(images, ScoresTensor)).flatten(1);

    /// <summary>The result of every layer for a batch, and the batch itself, by name.</summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    public IReadOnlyDictionary<string, Tensor> ForwardAll(Tensor images)
    {
        TorchRuntime.Initialize();
        var tensors = new Dictionary<string, Tensor> { [graph.Inputs[0].Name] = images };
        foreach (var node in graph.Nodes)
        {
            tensors[node.Name] = Apply(node, [.. node.Inputs.Select(i => tensors[i])]);
        }

        return tensors;
    }

    /// <summary>The result of one layer.</summary>
    internal Tensor Apply(Node node, IReadOnlyList<Tensor> inputs)
    {
        if (Precision == Precision.Mixed)
        {
            inputs = MixedPrecision.Inputs(node.Operator, inputs);
        }

        // A constant is handed out as a view, so that whoever disposes of the result leaves the constant whole.
        var result = parameters.TryGetValue(node.Name, out var own) ? ApplyTrained(node.Name, node.Operator, own, inputs[0])
            : constants.TryGetValue(node.Name, out var constant) ? constant.alias()
            : TorchOperators.Apply(node.Operator, inputs, graph.ShapeOf(node.Name));
        return mapMasks.TryGetValue(node.Name, out var mask) ? result * mask : result;
    }

    /// <summary>The weights of a layer as they act, and what else it learnt; null if it has none.</summary>
    internal (LayerParameters Own, Tensor? Weight)? ParametersOf(string layer) =>
        parameters.TryGetValue(layer, out var own) ? (own, own.Weight is null ? null : MaskedWeight(layer, own)) : null;

    /// <summary>Whether a mask zeroes maps of a tensor.</summary>
    internal bool HasMapMask(string tensor) => mapMasks.ContainsKey(tensor);

    /// <summary>
    /// Sets the running statistics of every batch norm to those of these images, averaged over batches: what a pruned network
    /// needs before it is judged.
    /// </summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    public void RecalibrateBatchNorm(Tensor images)
    {
        using var noGradient = torch.no_grad();
        var (wasTraining, usual, batches) = (Training, batchNormMomentum, Math.Max(1, images.shape[0] / RecalibrationBatch));
        try
        {
            Training = true;
            for (var batch = 0L; batch < batches; batch++)
            {
                using var scope = torch.NewDisposeScope();
                var (start, end) = (images.shape[0] * batch / batches, images.shape[0] * (batch + 1) / batches);
                batchNormMomentum = 1.0 / (batch + 1);
                Run(images.narrow(0, start, end - start), graph.Outputs[0]);
            }
        }
        finally
        {
            (Training, batchNormMomentum) = (wasTraining, usual);
        }
    }

    /// <summary>
    /// Computes one batch layer by layer, without gradients: each layer is shown with its inputs before it is computed, so that its
    /// state can still be changed.
    /// </summary>
    /// <param name="images">[count, …input shape], preprocessed.</param>
    /// <param name="layer">May give the layer's result itself; null: the layer computes it.</param>
    /// <returns>[count, …output shape]</returns>
    internal Tensor Visit(Tensor images, Func<Node, IReadOnlyList<Tensor>, Tensor?> layer)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var inPlace = InPlace(graph.Outputs[0]);
        return Run(images, graph.Outputs[0], (node, inputs) => layer(node, inputs) ?? (inPlace.Contains(node.Name) ? inputs[0].relu_() : null))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Rectifiers that may overwrite what they read, if the network computes this tensor.</summary>
    internal IReadOnlySet<string> InPlace(string wanted) => TensorLifetimes.InPlace(graph, [wanted]).Where(n => !HasMapMask(n)).ToHashSet();

    /// <summary>
    /// Replaces all masks. Masked weights are zero in every result, and retraining does not bring them back; masked maps are
    /// zero after the layer that their tensor is named after.
    /// </summary>
    /// <exception cref="ArgumentException">A name is not that of a layer with weights, or of a tensor, or a length is wrong.</exception>
    public void SetMasks(NetworkMasks masks)
    {
        Clear(weightMasks);
        Clear(mapMasks);
        using var scope = torch.NewDisposeScope();
        foreach (var (name, mask) in masks.Weights)
        {
            var weight = parameters.GetValueOrDefault(name)?.Weight
                ?? throw new ArgumentException($"{name} is no convolution or fully connected layer of {description.Name}.");
            Require(name, mask.Length, weight.numel());
            weightMasks[name] = torch.tensor(mask, weight.shape).DetachFromDisposeScope();
        }

        foreach (var (name, mask) in masks.Maps)
        {
            if (!graph.Nodes.Any(n => n.Name == name))
            {
                throw new ArgumentException($"{description.Name} has no layer {name}.");
            }

            var shape = graph.ShapeOf(name);
            Require(name, mask.Length, shape.Maps);
            long[] axes = [shape.Maps, .. Enumerable.Repeat(1L, shape.Rank - 1)];
            mapMasks[name] = torch.tensor(mask, axes).DetachFromDisposeScope();
        }
    }

    /// <summary>The same layers with the weights of now: convolutions dense, masked weights zero, batch norm as layers of its own.</summary>
    public NetworkDescription ToDescription() =>
        description with { Layers = description.Layers.Select(l => l with { Operator = Current(l) }).ToEquatableArray() };

    public void Dispose()
    {
        foreach (var own in parameters.Values)
        {
            own.Dispose();
        }

        Clear(constants);
        Clear(weightMasks);
        Clear(mapMasks);
    }

    /// <summary>One tensor of a batch; all others are given back as soon as nothing reads them any more.</summary>
    private Tensor Run(Tensor images, string wanted, Func<Node, IReadOnlyList<Tensor>, Tensor?>? layer = null)
    {
        TorchRuntime.Initialize();
        var ending = TensorLifetimes.EndingAt(graph, [wanted]);
        var tensors = new Dictionary<string, Tensor> { [graph.Inputs[0].Name] = images };
        foreach (var node in graph.Nodes)
        {
            Tensor[] inputs = [.. node.Inputs.Select(i => tensors[i])];
            tensors[node.Name] = layer?.Invoke(node, inputs) ?? Apply(node, inputs);
            foreach (var name in ending[node.Name].Where(n => n == node.Name || !ReferenceEquals(tensors[n], tensors[node.Name])))
            {
                tensors[name].Dispose();
            }
        }

        return tensors[wanted];
    }

    private static string BeforeSoftmax(NetworkGraph graph)
    {
        var producers = graph.Nodes.ToDictionary(n => n.Name);
        var tensor = graph.Outputs[0];
        while (producers.TryGetValue(tensor, out var node))
        {
            if (node.Operator is Softmax softmax)
            {
                var shape = graph.ShapeOf(tensor);
                return shape[softmax.Axis] == shape.Length ? node.Inputs[0] : graph.Outputs[0];
            }

            if (node.Operator is not (Flatten or Reshape))
            {
                break;
            }

            tensor = node.Inputs[0];
        }

        return graph.Outputs[0];
    }

    private static void Clear(Dictionary<string, Tensor> tensors)
    {
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }

        tensors.Clear();
    }

    private static void Require(string name, long length, long expected)
    {
        if (length != expected)
        {
            throw new ArgumentException($"The mask of {name} has {length} elements; it needs {expected}.");
        }
    }

    private Tensor ApplyTrained(string name, Operator op, LayerParameters own, Tensor x)
    {
        switch (op)
        {
            case Conv conv:
                return TorchOperators.Convolve(x, conv.Window, Like(x, MaskedWeight(name, own)), Like(x, own.Bias), conv.Groups);
            case Dense:
                return F.linear(x.flatten(1), Like(x, MaskedWeight(name, own)), Like(x, own.Bias));
            case BatchNorm norm when Training:
                return BatchNormalization.Apply(x, own, batchNormMomentum, norm.Epsilon);
            case BatchNorm norm:
                return F.batch_norm(x, own.Mean!, own.Variance!, own.Scale!, own.Bias!, training: false, eps: norm.Epsilon);
            default:
                throw new NotSupportedException($"{op.GetType().Name} has no weights.");
        }
    }

    [return: NotNullIfNotNull(nameof(parameter))]
    private static Tensor? Like(Tensor x, Tensor? parameter) => parameter is null ? null : MixedPrecision.As(x.dtype, parameter);

    private Tensor MaskedWeight(string name, LayerParameters own) =>
        weightMasks.TryGetValue(name, out var mask) ? own.Weight! * mask : own.Weight!;

    private Operator Current(Layer layer)
    {
        if (!parameters.TryGetValue(layer.Name, out var own))
        {
            return layer.Operator;
        }

        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return layer.Operator switch
        {
            Conv conv => WithWeights(conv, Values(MaskedWeight(layer.Name, own)), own),
            Dense dense => dense with { Weights = new FloatData(Values(MaskedWeight(layer.Name, own))), Bias = Optional(own.Bias) },
            BatchNorm norm => norm with
            {
                Scale = new FloatData(Values(own.Scale!)),
                Shift = new FloatData(Values(own.Bias!)),
                Mean = new FloatData(Values(own.Mean!)),
                Variance = new FloatData(Values(own.Variance!)),
            },
            var other => other,
        };
    }

    private Conv WithWeights(Conv conv, float[] oihw, LayerParameters own)
    {
        var inputMaps = (int)own.Weight!.shape[1] * conv.Groups;
        return conv with
        {
            Weights = ConvWeights.FromDense(oihw, conv.OutputMaps, inputMaps, conv.Groups, conv.Window.Area),
            Bias = Optional(own.Bias),
        };
    }

    private static FloatData? Optional(Tensor? tensor) => tensor is null ? null : new FloatData(Values(tensor));

    private static float[] Values(Tensor tensor) => tensor.detach().data<float>().ToArray();
}

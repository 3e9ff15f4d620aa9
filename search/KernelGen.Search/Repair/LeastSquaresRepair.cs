using KernelGen.Model;
using KernelGen.Search.Pruning;
using KernelGen.Search.Training;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Repair;

/// <summary>
/// Gives the weights that a candidate has left new values without training: layer by layer, in the order of the network, those with
/// which the layer comes closest to the dense network's result, given what the layers before it, already repaired, feed it
/// (He, Zhang, Sun, 2017; Luo, Wu, Lin, 2017). Batch norms are measured anew on the way.
/// </summary>
/// <remarks>The dense network's side is computed once for all candidates.</remarks>
public sealed class LeastSquaresRepair : IDisposable
{
    private const int BatchSize = 100;

    /// <summary>Of the largest tensor: a candidate runs with all images at once, and takes the memory of a training step.</summary>
    private const int MostElements = 1 << 25;

    private readonly PruningSpace space;
    private readonly NetworkDescription dense;
    private readonly Tensor images;
    private readonly Dictionary<string, LayerSamples> samples = [];
    private readonly Dictionary<string, Tensor> wanted = [];
    private readonly HashSet<string> normalised;

    /// <param name="space">Made from a network of the same structure as <paramref name="dense"/>.</param>
    /// <param name="dense">The trained dense network, with its batch norms.</param>
    /// <param name="images">Preprocessed training images; of more than the effort and the memory allow, the first ones are used.</param>
    public LeastSquaresRepair(PruningSpace space, NetworkDescription dense, Tensor images, RepairEffort effort)
    {
        (this.space, this.dense) = (space, dense);
        using var network = TrainableNetwork.Create(dense);
        var graph = network.Graph;
        var largest = graph.Nodes.Max(n => graph.ShapeOf(n.Name).Length);
        var count = (int)Math.Min(Math.Min(images.shape[0], Math.Max(1, MostElements / largest)), effort.Images(SparsityCounts.Of(space, space.Full).MacsLeft));
        this.images = images.narrow(0, 0, count).DetachFromDisposeScope();
        normalised = [.. graph.Nodes.Where(n => n.Operator is BatchNorm).Select(n => n.Inputs[0])];
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            var node = graph.Nodes[i];
            if (node.Operator is Conv or Dense)
            {
                samples.Add(node.Name, new LayerSamples(i, node.Operator, graph.ShapeOf(node.Inputs[0]), graph.ShapeOf(node.Name), count, effort.SamplesPerWeight));
            }
        }

        Sample(network);
    }

    /// <summary>One candidate, compacted and repaired.</summary>
    public static NetworkDescription Apply(PruningSpace space, NetworkDescription dense, Genome genome, Tensor images)
    {
        using var repair = new LeastSquaresRepair(space, dense, images, RepairEffort.Whole);
        return repair.Apply(genome);
    }

    /// <summary>The candidate, compacted and repaired, its batch norms measured anew.</summary>
    public NetworkDescription Apply(Genome genome)
    {
        using var network = Network(Compaction.Apply(space, dense, genome), genome);
        return SparseTraining.Restore(network.ToDescription(), network.Description);
    }

    /// <summary>The compacted candidate in TorchSharp, repaired, its batch norms measured anew; the caller disposes of it.</summary>
    internal TrainableNetwork Network(NetworkDescription compacted, Genome genome)
    {
        var network = TrainableNetwork.Create(compacted);
        using var result = network.Visit(images, (node, inputs) =>
        {
            // Normalised by the variance over n here, stored as that over n − 1: of hundreds of images or more that is the same.
            if (node.Operator is BatchNorm norm && network.ParametersOf(node.Name)!.Value.Own is var own)
            {
                return BatchNormalization.Apply(inputs[0], own, momentum: 1, norm.Epsilon);
            }

            if (samples.TryGetValue(node.Name, out var sampled))
            {
                using var scope = torch.NewDisposeScope();
                var kept = Indices(space.Channels.Maps(node.Name), genome);
                Fit(network, node, sampled.Inputs(inputs[0]), wanted[node.Name].index_select(1, kept));
            }

            return null;
        });
        return network;
    }

    public void Dispose()
    {
        images.Dispose();
        foreach (var layer in samples.Keys)
        {
            samples[layer].Dispose();
            wanted[layer].Dispose();
        }
    }

    private static Tensor Indices(IReadOnlyList<UnitRef> maps, Genome genome) =>
        torch.tensor(Enumerable.Range(0, maps.Count).Where(m => genome.Keeps(maps[m])).Select(m => (long)m).ToArray());

    /// <summary>The dense network's results at the positions of each layer.</summary>
    private void Sample(TrainableNetwork network)
    {
        using var noGradient = torch.no_grad();
        using var all = torch.NewDisposeScope();
        var parts = samples.Keys.ToDictionary(l => l, _ => new List<Tensor>());
        for (var start = 0; start < (int)images.shape[0]; start += BatchSize)
        {
            using var scope = torch.NewDisposeScope();
            var tensors = network.ForwardAll(images.narrow(0, start, Math.Min(BatchSize, (int)images.shape[0] - start)));
            foreach (var (layer, sampled) in samples)
            {
                parts[layer].Add(sampled.Outputs(tensors[layer], start).MoveToOuterDisposeScope());
            }
        }

        foreach (var (layer, list) in parts)
        {
            wanted.Add(layer, torch.cat(list).DetachFromDisposeScope());
        }
    }

    /// <summary>New weights, and a new bias if there is one, for one layer.</summary>
    /// <param name="inputs">[samples, input maps, taps]</param>
    /// <param name="outputs">[samples, output maps]</param>
    private void Fit(TrainableNetwork network, Node node, Tensor inputs, Tensor outputs)
    {
        var own = network.ParametersOf(node.Name)!.Value.Own;
        var (weight, groups) = (own.Weight!, node.Operator is Conv conv ? conv.Groups : 1);
        var (perGroup, sources) = (outputs.shape[1] / groups, inputs.shape[1] / groups);

        // Whoever adds a constant afterwards, bias or batch norm, makes up for any difference of the means.
        var isCentred = own.Bias is not null || normalised.Contains(node.Name);
        for (var g = 0; g < groups; g++)
        {
            var x = inputs.narrow(1, g * sources, sources).flatten(1);
            var y = outputs.narrow(1, g * perGroup, perGroup);
            var (meanX, meanY) = (x.mean([0], keepdim: true), y.mean([0], keepdim: true));
            var old = weight.narrow(0, g * perGroup, perGroup);
            var reads = node.Operator is Conv sparse ? Reads(sparse, (int)inputs.shape[1], (int)(g * perGroup), (int)perGroup) : null;
            var fitted = isCentred
                ? RidgeRegression.Fit(x - meanX, y - meanY, old.flatten(1), reads)
                : RidgeRegression.Fit(x, y, old.flatten(1), reads);
            old.copy_(fitted.reshape(old.shape));
            own.Bias?.narrow(0, g * perGroup, perGroup).copy_((meanY - meanX.matmul(fitted.t())).flatten());
        }
    }

    /// <summary>What each output map of a group reads, as source × tap; null if that is everything.</summary>
    private static List<long[]>? Reads(Conv conv, int inputMaps, int first, int count)
    {
        if (conv.Weights.Kernels is null && conv.Weights.Taps.IsEmpty)
        {
            return null;
        }

        var row = inputMaps / conv.Groups * conv.Window.Area;
        var reads = conv.Weights.Indices(conv.OutputMaps, inputMaps, conv.Groups, conv.Window.Area).ToLookup(i => i / row, i => (long)(i % row));
        return [.. Enumerable.Range(first, count).Select(target => reads[target].Order().ToArray())];
    }
}

/// <summary>How much is computed for one candidate: less of it is faster and repairs worse.</summary>
/// <param name="SamplesPerWeight">Positions at which a layer is fitted, per weight of one of its outputs.</param>
/// <param name="DenseMacs">Multiply-adds of the dense network on all images that are used.</param>
public sealed record RepairEffort(int SamplesPerWeight, long DenseMacs)
{
    private const int FewestImages = 128;

    /// <summary>For networks that are kept: more samples hardly change the fit.</summary>
    public static RepairEffort Whole { get; } = new(10, long.MaxValue);

    /// <summary>
    /// For scores. On ResNet-8 the errors are two to five points higher, and the order of candidates is almost the same (rank correlation 0.99).
    /// </summary>
    public static RepairEffort Scoring { get; } = new(4, 4_000_000_000);

    /// <summary>How many images may be used.</summary>
    /// <param name="macs">Of the dense network on one image.</param>
    internal long Images(long macs) => Math.Max(FewestImages, DenseMacs / Math.Max(1, macs));
}

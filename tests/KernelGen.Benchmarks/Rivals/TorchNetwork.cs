using KernelGen.Compiler.Passes;
using KernelGen.Model;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Benchmarks.Rivals;

/// <summary>
/// A network in TorchSharp on one thread, without gradients: its operators called one after the other, batch norms folded into
/// the weights before.
/// </summary>
internal sealed class TorchNetwork : IDisposable
{
    private readonly TrainableNetwork network;
    private readonly torch.Tensor images;
    private readonly EquatableArray<string> outputs;

    private TorchNetwork(NetworkDescription description, TrainableNetwork network, float[] input)
    {
        this.network = network;
        outputs = description.Outputs;
        images = torch.tensor(input, [1, .. description.Inputs[0].Shape.Dimensions.Select(d => (long)d)]);
    }

    /// <returns>Null if the network has several inputs, or operators that this project does not train with.</returns>
    public static TorchNetwork? Create(NetworkDescription description, float[] input)
    {
        var folded = PassPipeline.Run(NetworkGraph.Create(description)).ToDescription();
        try
        {
            // All layers are computed whichever is the one output that can be trained for.
            var network = TrainableNetwork.Create(folded with { Outputs = [folded.Outputs[^1]] });
            torch.set_num_threads(1);
            return new TorchNetwork(folded, network, input);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    public void Run()
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        network.ForwardAll(images);
    }

    /// <summary>The network's outputs.</summary>
    public float[][] Compute()
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        var tensors = network.ForwardAll(images);
        return [.. outputs.Select(o => tensors[o].contiguous().data<float>().ToArray())];
    }

    public void Dispose()
    {
        images.Dispose();
        network.Dispose();
    }
}

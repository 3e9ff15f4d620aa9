using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// Stochastic gradient descent with Nesterov momentum and weight decay, in the form of Sutskever et al. (2013) that PyTorch uses.
/// Our own, so that its whole state is known and can be stored.
/// </summary>
internal sealed class NesterovOptimizer : IDisposable
{
    private readonly TrainableNetwork network;
    private readonly TrainingOptions options;
    private readonly List<NetworkParameter> trained;
    private readonly List<Tensor> momentum;

    public NesterovOptimizer(TrainableNetwork network, TrainingOptions options)
    {
        this.network = network;
        this.options = options;
        trained = [.. network.Parameters.Where(p => p.IsTrained)];
        momentum = [.. trained.Select(p => torch.zeros_like(p.Tensor, requires_grad: false).DetachFromDisposeScope())];
    }

    /// <summary>One step down the gradient of the loss.</summary>
    public void Step(Tensor loss, double learningRate)
    {
        var gradients = torch.autograd.grad([loss], [.. trained.Select(p => p.Tensor)]);
        using var noGradient = torch.no_grad();
        using var down = (-learningRate).ToScalar();
        var (decay, kept) = (TorchScalars.Constant(options.WeightDecay), TorchScalars.Constant(options.Momentum));
        for (var i = 0; i < trained.Count; i++)
        {
            var weight = trained[i].Tensor;
            var gradient = trained[i].Decays ? gradients[i].add(weight, alpha: decay) : gradients[i];
            momentum[i].mul_(kept).add_(gradient, alpha: TorchScalars.Constant(1));
            weight.add_(gradient.add(momentum[i], alpha: kept), alpha: down);
        }
    }

    /// <summary>The state of network and optimiser.</summary>
    public TrainingState Save(int epochs) => new(epochs, [.. State().Select(t => t.detach().data<float>().ToArray())]);

    /// <exception cref="InvalidDataException">The state is of another network.</exception>
    public void Restore(TrainingState state)
    {
        var tensors = State().ToList();
        if (state.Values.Count != tensors.Count || tensors.Where((t, i) => t.numel() != state.Values[i].Length).Any())
        {
            throw new InvalidDataException($"The training checkpoint is not one of {network.Description.Name}.");
        }

        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        for (var i = 0; i < tensors.Count; i++)
        {
            tensors[i].copy_(torch.tensor(state.Values[i], tensors[i].shape));
        }
    }

    public void Dispose() => momentum.ForEach(m => m.Dispose());

    private IEnumerable<Tensor> State() => network.Parameters.Select(p => p.Tensor).Concat(momentum);
}

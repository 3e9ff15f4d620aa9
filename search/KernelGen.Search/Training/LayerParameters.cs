using KernelGen.Model;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>One tensor of a network's state.</summary>
/// <param name="IsTrained">By gradient; otherwise a running statistic of batch norm.</param>
/// <param name="Decays">Weight decay applies: to weights, not to biases and batch norm.</param>
internal sealed record NetworkParameter(Tensor Tensor, bool IsTrained, bool Decays);

/// <summary>The state of one convolution, fully connected layer or batch norm.</summary>
internal sealed class LayerParameters : IDisposable
{
    private LayerParameters(IEnumerable<NetworkParameter> all) => All = [.. all];

    public IReadOnlyList<NetworkParameter> All { get; }

    /// <summary>[outputMaps, inputMaps / groups, kernel height, kernel width] or [units, n].</summary>
    public Tensor? Weight { get; private init; }

    /// <summary>Per map or unit; of batch norm, its shift.</summary>
    public Tensor? Bias { get; private init; }

    public Tensor? Scale { get; private init; }

    public Tensor? Mean { get; private init; }

    public Tensor? Variance { get; private init; }

    /// <summary>The state that the operator's weights give; null if it has none.</summary>
    /// <param name="input">The shape of the operator's input.</param>
    public static LayerParameters? Create(Operator op, Shape input)
    {
        using var scope = torch.NewDisposeScope();
        return op switch
        {
            Conv conv => Weighted(
                conv.Weights.ToDense(conv.OutputMaps, input.Maps, conv.Groups, conv.Window.Area),
                [conv.OutputMaps, input.Maps / conv.Groups, conv.Window.KernelHeight, conv.Window.KernelWidth],
                conv.Bias),
            Dense dense => Weighted(dense.Weights.Span.ToArray(), [dense.Units, input.Length], dense.Bias),
            BatchNorm norm => Normalising(norm),
            _ => null,
        };
    }

    public void Dispose()
    {
        foreach (var parameter in All)
        {
            parameter.Tensor.Dispose();
        }
    }

    private static LayerParameters Weighted(float[] values, long[] shape, FloatData? biases)
    {
        var weight = Trained(values, shape, decays: true);
        var bias = biases is null ? null : Trained(biases.Span.ToArray(), [biases.Length], decays: false);
        return new LayerParameters(bias is null ? [weight] : [weight, bias]) { Weight = weight.Tensor, Bias = bias?.Tensor };
    }

    private static LayerParameters Normalising(BatchNorm norm)
    {
        var scale = Trained(norm.Scale.Span.ToArray(), [norm.Scale.Length], decays: false);
        var shift = Trained(norm.Shift.Span.ToArray(), [norm.Shift.Length], decays: false);
        var mean = Statistic(norm.Mean);
        var variance = Statistic(norm.Variance);
        return new LayerParameters([scale, shift, mean, variance])
        {
            Scale = scale.Tensor,
            Bias = shift.Tensor,
            Mean = mean.Tensor,
            Variance = variance.Tensor,
        };
    }

    private static NetworkParameter Trained(float[] values, long[] shape, bool decays) =>
        new(TorchRuntime.Copy(values, shape).requires_grad_().DetachFromDisposeScope(), true, decays);

    private static NetworkParameter Statistic(FloatData data) =>
        new(TorchRuntime.Copy(data.Span.ToArray(), [data.Length]).DetachFromDisposeScope(), false, false);
}

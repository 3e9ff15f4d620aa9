using TorchSharp;
using static KernelGen.Search.Training.TorchScalars;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// Batch norm by the statistics of the batch itself (Ioffe, Szegedy, 2015). TorchSharp's own goes through maps that lie innermost in memory one
/// pixel at a time, in vectors of maps: without gradients, eleven maps take ten times as long as sixteen. Pruned networks have such numbers of
/// maps, so theirs are computed on rows of sixteen pixels; of bfloat16 what is applied to pixels is rounded to it, sums are not.
/// </summary>
internal static class BatchNormalization
{
    private const int Pixels = 16;

    /// <summary>Normalises a batch, and moves the running statistics towards its own.</summary>
    /// <param name="x">[count, maps, …]</param>
    /// <param name="momentum">How far the running statistics move: 1 replaces them.</param>
    /// <returns>The shape and type of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tensor x, LayerParameters own, double momentum, double epsilon) =>
        x.dim() == 4 && IsSlow(x.shape[1], x.dtype) && x.shape[0] * x.shape[2] * x.shape[3] % Pixels == 0
            ? InRows(x, own, momentum, epsilon)
            : F.batch_norm(x, own.Mean!, own.Variance!, own.Scale!, own.Bias!, training: true, momentum, epsilon);

    /// <summary>Numbers of maps for which the other way was measured to be the faster one.</summary>
    private static bool IsSlow(long maps, torch.ScalarType type) => maps < Pixels || (type == torch.float32 && maps % 8 != 0);

    private static Tensor InRows(Tensor x, LayerParameters own, double momentum, double epsilon)
    {
        using var scope = torch.NewDisposeScope();
        var (maps, count) = (x.shape[1], x.numel() / x.shape[1]);
        var rows = x.permute(0, 2, 3, 1).reshape(-1, Pixels * maps);
        var mean = Mean(rows);
        var centred = rows - PerPixel(mean);
        var variance = Mean(centred * centred);
        using (torch.no_grad())
        {
            Move(own.Mean!, mean, 1);
            Move(own.Variance!, variance, count / (count - 1.0));
        }

        var factor = own.Scale! * variance.Plus(Constant(epsilon)).rsqrt();
        var normalised = (centred * PerPixel(factor)).Plus(PerPixel(own.Bias!));
        return normalised.view(x.shape[0], x.shape[2], x.shape[3], maps).permute(0, 3, 1, 2).MoveToOuterDisposeScope();

        Tensor Mean(Tensor values)
        {
            using var share = (1.0 / count).ToScalar();
            return values.sum([0], type: torch.float32).view(Pixels, maps).sum([0]).mul(share);
        }

        Tensor PerPixel(Tensor values) => values.to(x.dtype).repeat(Pixels);

        void Move(Tensor running, Tensor now, double correction)
        {
            using var stay = (1 - momentum).ToScalar();
            using var go = (momentum * correction).ToScalar();
            running.mul_(stay).add_(now, alpha: go);
        }
    }
}

using KernelGen.Search.Training;
using TorchSharp;
using static KernelGen.Search.Training.TorchScalars;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Repair;

/// <summary>
/// Linear least squares in which each output has its own set of inputs, with a penalty on the distance from given weights
/// (Hoerl and Kennard, 1970), so that what the samples do not determine stays as it was trained.
/// </summary>
internal static class RidgeRegression
{
    /// <summary>
    /// Weight of the penalty, relative to the mean square of the inputs. Of 0.0001 to 3 this left the fewest errors on images that were not
    /// fitted, for LeNet (11.7 % of them against 15.6 with 0.0001, mean of 16 random candidates) as for ResNet-8 (42.0 against 43.3, of 6).
    /// </summary>
    private const double Penalty = 0.1;

    /// <summary>
    /// Steps of conjugate gradients at most, and the residual, relative to that of no change, that ends them. The errors of candidates of
    /// ResNet-8 and CNN_small that are of interest are those of the exact solution to a tenth of a point.
    /// </summary>
    private const int MostSteps = 40;

    private const double Tolerance = 0.01;

    /// <summary>Keeps outputs that read nothing, or are solved, from a division by zero.</summary>
    private const double Tiny = 1e-30;

    /// <summary>The weights W that minimise ‖Y − X·Wᵀ‖² + λ‖W − W₀‖² over the inputs that each output reads; nearly so if those differ between outputs.</summary>
    /// <param name="inputs">X: [samples, inputs]</param>
    /// <param name="outputs">Y: [samples, outputs]</param>
    /// <param name="weights">W₀: [outputs, inputs], zero where an output does not read an input.</param>
    /// <param name="reads">Per output, the inputs that it reads, ascending; null: every output reads all.</param>
    /// <returns>[outputs, inputs]</returns>
    public static Tensor Fit(Tensor inputs, Tensor outputs, Tensor weights, IReadOnlyList<long[]>? reads)
    {
        var residual = outputs - inputs.matmul(weights.t());
        var penalty = Penalty * (inputs * inputs).sum().item<float>() / inputs.shape[1];
        if (!(penalty > 0))
        {
            return weights.clone();
        }

        if (reads is null)
        {
            return weights.Plus(Change(inputs, residual, penalty).t());
        }

        if (reads.All(r => r.AsSpan().SequenceEqual(reads[0])))
        {
            var all = torch.tensor(reads[0]);
            return reads[0].Length == 0 ? weights.clone() : weights.index_add(1, all, Change(inputs.index_select(1, all), residual, penalty).t(), Constant(1));
        }

        var mask = Mask(reads, inputs.shape[1]);
        return weights.Plus(ConjugateGradients(inputs.t().matmul(inputs), inputs.t().matmul(residual) * mask, mask, penalty).t());
    }

    /// <summary>
    /// Approximates (A + λI)⁻¹·b for each column b of B and the rows and columns of A that it reads, for all of them at once (Hestenes and Stiefel, 1952): a
    /// factorization for each set of inputs would take as long as there are sets.
    /// </summary>
    /// <param name="a">[inputs, inputs], positive semidefinite.</param>
    /// <param name="b">[inputs, outputs], zero where the mask is.</param>
    /// <param name="mask">[inputs, outputs]: 1 where an output reads an input, 0 elsewhere.</param>
    private static Tensor ConjugateGradients(Tensor a, Tensor b, Tensor mask, double penalty)
    {
        using var lambda = penalty.ToScalar();
        var scale = a.diagonal().Plus(lambda).reciprocal().unsqueeze(1);
        var solution = torch.zeros_like(b);
        var residual = b.clone();
        var scaled = residual * scale;
        var direction = scaled.clone();
        var size = Products(residual, scaled);
        var enough = size.mul(Constant(Tolerance * Tolerance));
        for (var step = 0; step < MostSteps; step++)
        {
            using var scope = torch.NewDisposeScope();
            var change = (a.matmul(direction) * mask).add_(direction, alpha: lambda);
            var way = size / Products(direction, change).Plus(Constant(Tiny));
            solution.addcmul_(direction, way, Constant(1));
            residual.addcmul_(change, way, Constant(-1));
            scaled.copy_(residual * scale);
            var next = Products(residual, scaled);
            direction.mul_(next / size.Plus(Constant(Tiny))).add_(scaled, alpha: Constant(1));
            size.copy_(next);
            if (size.le(enough).all().item<bool>())
            {
                break;
            }
        }

        return solution;

        static Tensor Products(Tensor x, Tensor y) => (x * y).sum([0], keepdim: true);
    }

    private static Tensor Mask(IReadOnlyList<long[]> reads, long inputs)
    {
        var mask = new float[reads.Count * inputs];
        for (var output = 0; output < reads.Count; output++)
        {
            foreach (var input in reads[output])
            {
                mask[(output * inputs) + input] = 1;
            }
        }

        return torch.tensor(mask, [reads.Count, inputs]).t();
    }

    /// <summary>Of inputs that every output reads; in the space of the samples where there are fewer of them than inputs.</summary>
    private static Tensor Change(Tensor inputs, Tensor residual, double penalty) =>
        inputs.shape[1] <= inputs.shape[0]
            ? Solve(inputs.t().matmul(inputs), inputs.t().matmul(residual), penalty)
            : inputs.t().matmul(Solve(inputs.matmul(inputs.t()), residual, penalty));

    /// <summary>
    /// (A + λI)⁻¹·B for a positive semidefinite A. Single precision is enough: the penalty is a tenth of the mean diagonal element of the
    /// inputs' products, so that the condition is at most eleven times the number of inputs, whichever of the two spaces this is.
    /// </summary>
    private static Tensor Solve(Tensor a, Tensor b, double penalty)
    {
        using var added = penalty.ToScalar();
        var regular = a.clone();
        regular.diagonal().add_(added, alpha: Constant(1));
        return b.cholesky_solve(torch.linalg.cholesky(regular), false);
    }
}

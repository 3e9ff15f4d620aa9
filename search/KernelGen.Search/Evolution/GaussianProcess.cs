using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Regression by a Gaussian process (Rasmussen and Williams, 2006, algorithm 2.1; the mean only): a linear trend, and around it what inputs near
/// each other have in common.
/// </summary>
/// <remarks>For inputs between 0 and 1 and outputs of about that size; its few constants are not fitted.</remarks>
internal sealed class GaussianProcess
{
    /// <summary>Variance of what neither trend nor neighbours explain, besides what the caller knows of each output.</summary>
    private const double Noise = 0.003;

    /// <summary>The square of the characteristic length scale, per dimension.</summary>
    private const double SquaredLengthScale = 1.0 / 6;

    private readonly IReadOnlyList<double[]> inputs;
    private readonly double[] means;

    /// <summary>[inputs, outputs]</summary>
    private readonly double[,] weights;

    /// <param name="inputs">Of each observation; at least one.</param>
    /// <param name="outputs">As many, all of one length.</param>
    /// <param name="variances">As many: of the noise in an observation's outputs.</param>
    public GaussianProcess(IReadOnlyList<double[]> inputs, IReadOnlyList<double[]> outputs, IReadOnlyList<double> variances)
    {
        TorchRuntime.Initialize();
        this.inputs = inputs;
        means = [.. Enumerable.Range(0, outputs[0].Length).Select(o => outputs.Average(y => y[o]))];
        var covariance = new double[inputs.Count, inputs.Count];
        var deviations = new double[inputs.Count, means.Length];
        for (var i = 0; i < inputs.Count; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                covariance[i, j] = covariance[j, i] = Covariance(inputs[i], inputs[j]);
            }

            covariance[i, i] += Noise + variances[i];
            for (var o = 0; o < means.Length; o++)
            {
                deviations[i, o] = outputs[i][o] - means[o];
            }
        }

        using var scope = torch.NewDisposeScope();
        var solved = torch.tensor(deviations).cholesky_solve(torch.linalg.cholesky(torch.tensor(covariance)), false);
        weights = new double[inputs.Count, means.Length];
        Buffer.BlockCopy(solved.contiguous().data<double>().ToArray(), 0, weights, 0, weights.Length * sizeof(double));
    }

    /// <summary>The outputs that are to be expected.</summary>
    public double[] Predict(double[] input)
    {
        var outputs = means.ToArray();
        for (var i = 0; i < inputs.Count; i++)
        {
            var covariance = Covariance(inputs[i], input);
            for (var o = 0; o < outputs.Length; o++)
            {
                outputs[o] += weights[i, o] * covariance;
            }
        }

        return outputs;
    }

    private static double Covariance(double[] a, double[] b)
    {
        var (distance, product) = (0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            distance += (a[i] - b[i]) * (a[i] - b[i]);
            product += a[i] * b[i];
        }

        return Math.Exp(-distance / (2 * SquaredLengthScale * a.Length)) + product;
    }
}

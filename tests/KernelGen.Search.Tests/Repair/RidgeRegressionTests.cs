using KernelGen.Search.Repair;
using KernelGen.Search.Training;
using static TorchSharp.torch;

namespace KernelGen.Search.Tests.Repair;

public class RidgeRegressionTests
{
    public static TheoryData<int, long[][]> Cases => new()
    {
        { 200, [[0, 1, 2, 3, 4, 5, 6, 7], [], [3], [1, 4, 7], [0, 2, 4, 6]] },
        { 200, [[1, 4, 6], [1, 4, 6], [1, 4, 6]] },
        { 5, [[0, 1, 2, 3, 4, 5, 6, 7], [2, 3], [5]] },
        { 5, [[0, 2, 3, 4, 5, 6, 7], [0, 2, 3, 4, 5, 6, 7]] },
        { 50, [[], []] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_output_is_fitted_to_the_inputs_that_it_reads(int samples, long[][] reads)
    {
        TorchRuntime.Initialize();
        random.manual_seed(samples);
        using var scope = NewDisposeScope();

        // Inputs of very different scales that depend on each other, as maps are.
        var inputs = randn(samples, 8).matmul(randn(8, 8)) * logspace(-1, 1, 8);
        var (outputs, weights) = (randn(samples, reads.Length) * logspace(-2, 2, reads.Length), zeros(reads.Length, 8));
        for (var o = 0; o < reads.Length; o++)
        {
            weights[o].index_copy_(0, tensor(reads[o]), randn(reads[o].Length));
        }

        var fitted = RidgeRegression.Fit(inputs, outputs, weights, reads);

        var penalty = 0.1 * (inputs * inputs).sum().item<float>() / 8;
        for (var o = 0; o < reads.Length; o++)
        {
            var (output, first) = (outputs.select(1, o), weights[o]);
            var (before, after, least) = (Penalised(first), Penalised(fitted[o]), Penalised(Exact(inputs, output, first, reads[o], penalty)));
            Assert.True(after - least <= (0.001 * (before - least)) + (1e-5 * before), FormattableString.Invariant($"output {o}: from {before} to {after}, where {least} was possible"));
            Assert.Equal(reads[o].Length, fitted[o].ne(zeros_like(first)).sum().item<long>());

            double Penalised(Tensor w) => Square(output - inputs.matmul(w)) + (penalty * Square(w - first));
        }

        static double Square(Tensor x) => (x * x).sum().item<float>();
    }

    [Fact]
    public void Outputs_that_read_everything_are_solved_exactly()
    {
        TorchRuntime.Initialize();
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var (inputs, outputs, weights) = (randn(60, 8), randn(60, 3), randn(3, 8));

        var fitted = RidgeRegression.Fit(inputs, outputs, weights, null);

        var penalty = 0.1 * (inputs * inputs).sum().item<float>() / 8;
        for (var o = 0; o < 3; o++)
        {
            var exact = Exact(inputs, outputs.select(1, o), weights[o], [0, 1, 2, 3, 4, 5, 6, 7], penalty);
            Assert.True(fitted[o].allclose(exact, 1e-3, 1e-4));
        }
    }

    /// <summary>By the normal equations, in double precision.</summary>
    private static Tensor Exact(Tensor inputs, Tensor output, Tensor weights, long[] read, double penalty)
    {
        if (read.Length == 0)
        {
            return weights;
        }

        var columns = tensor(read);
        var x = inputs.index_select(1, columns).to(float64);
        var residual = (output - inputs.matmul(weights)).to(float64);
        var regular = x.t().matmul(x).Plus(eye(read.Length, dtype: float64).mul(TorchScalars.Constant(penalty)));
        var change = linalg.solve(regular, x.t().matmul(residual).unsqueeze(1)).squeeze(1).to(float32);
        return weights.index_add(0, columns, change, TorchScalars.Constant(1));
    }
}

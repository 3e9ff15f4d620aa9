using KernelGen.Search.Evolution;

namespace KernelGen.Search.Tests.Evolution;

public class GaussianProcessTests
{
    [Fact]
    public void One_observation_is_expected_everywhere()
    {
        var process = new GaussianProcess([[0.3, 0.6]], [[0.5, -2]], [0]);
        Assert.Equal([0.5, -2], process.Predict([0.9, 0.1]));
    }

    /// <summary>Worked by hand: the inputs (0) and (1) have variances 1 and 2, of which 1 is the trend's, and the covariance exp(−3).</summary>
    [Fact]
    public void Between_two_observations_both_count()
    {
        var process = new GaussianProcess([[0.0], [1.0]], [[0], [2]], [0, 0]);
        const double noise = 0.003;
        var beside = Math.Exp(-3);
        double[,] a = { { 1 + noise, beside }, { beside, 2 + noise } };
        var determinant = (a[0, 0] * a[1, 1]) - (beside * beside);
        double[] weights = [((a[1, 1] * -1) - beside) / determinant, (a[0, 0] + beside) / determinant];
        var near = Math.Exp(-0.75);
        Assert.Equal(1 + (weights[0] * near) + (weights[1] * (near + 0.5)), process.Predict([0.5])[0], 12);
    }

    [Fact]
    public void A_smooth_function_is_learnt()
    {
        double[][] inputs = [.. Enumerable.Range(0, 120).Select(i => Point("learnt", i))];
        var process = new GaussianProcess(inputs, [.. inputs.Select(x => new[] { Smooth(x) })], new double[120]);
        for (var i = 0; i < 50; i++)
        {
            var other = Point("asked", i);
            Assert.Equal(Smooth(other), process.Predict(other)[0], 0.02);
        }

        static double[] Point(string name, int index)
        {
            var random = new KeyedRandom(1, name, 0, index);
            return [random.NextDouble(), random.NextDouble(), random.NextDouble()];
        }

        static double Smooth(double[] x) => (0.3 * x[0] * x[0]) + (0.5 * x[1] * x[2]) + (0.2 * x[2]);
    }

    [Fact]
    public void Inputs_seen_twice_with_different_outputs_give_the_mean()
    {
        var process = new GaussianProcess([[0.5], [0.5], [0.0]], [[1.0], [2.0], [0.0]], [0, 0, 0]);
        Assert.Equal(1.5, process.Predict([0.5])[0], 0.01);
    }

    [Fact]
    public void Of_two_outputs_the_less_noisy_one_counts_more()
    {
        var process = new GaussianProcess([[0.5], [0.5], [0.0]], [[1.0], [2.0], [0.0]], [0, 1, 0]);
        Assert.Equal(1, process.Predict([0.5])[0], 0.05);
    }
}

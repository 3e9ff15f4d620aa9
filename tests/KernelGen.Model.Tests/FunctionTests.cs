namespace KernelGen.Model.Tests;

/// <summary>Elementwise functions against known values, at their bends and where arithmetic is hard.</summary>
public class FunctionTests
{
    private const float Infinity = float.PositiveInfinity;

    [Theory]
    [InlineData(ActivationKind.Elu, new[] { -0.6321206f * 0.5f, 0, 2 })]
    [InlineData(ActivationKind.Selu, new[] { -0.6321206f * 0.5f * 3, 0, 6 })]
    [InlineData(ActivationKind.HardSigmoid, new[] { 1f, 1, 1 })]
    [InlineData(ActivationKind.Tanh, new[] { -0.76159416f, 0, 0.9640276f })]
    [InlineData(ActivationKind.Softplus, new[] { 0.31326169f, 0.69314718f, 2.126928f })]
    [InlineData(ActivationKind.Softsign, new[] { -0.5f, 0, 2 / 3f })]
    [InlineData(ActivationKind.Gelu, new[] { -0.15865525f, 0, 1.9544997f })]
    [InlineData(ActivationKind.GeluTanh, new[] { -0.15880801f, 0, 1.9545977f })]
    [InlineData(ActivationKind.Mish, new[] { -0.30340146f, 0, 1.9439590f })]
    [InlineData(ActivationKind.Swish, new[] { -0.37754067f, 0, 1.4621172f })]
    [InlineData(ActivationKind.ThresholdedRelu, new[] { 0f, 0, 2 })]
    [InlineData(ActivationKind.Exp, new[] { 0.36787944f, 1, 7.3890561f })]
    [InlineData(ActivationKind.Log, new[] { float.NaN, -Infinity, 0.69314718f })]
    [InlineData(ActivationKind.Sqrt, new[] { float.NaN, 0, 1.4142135f })]
    [InlineData(ActivationKind.Abs, new[] { 1f, 0, 2 })]
    [InlineData(ActivationKind.Neg, new[] { 1f, -0f, -2 })]
    [InlineData(ActivationKind.Reciprocal, new[] { -1f, Infinity, 0.5f })]
    [InlineData(ActivationKind.Erf, new[] { -0.84270079f, 0, 0.99532227f })]
    [InlineData(ActivationKind.Floor, new[] { -1f, 0, 2 })]
    [InlineData(ActivationKind.Ceil, new[] { -1f, 0, 2 })]
    [InlineData(ActivationKind.Round, new[] { -1f, 0, 2 })]
    [InlineData(ActivationKind.Sign, new[] { -1f, 0, 1 })]
    [InlineData(ActivationKind.Sin, new[] { -0.84147098f, 0, 0.90929743f })]
    [InlineData(ActivationKind.Cos, new[] { 0.54030231f, 1, -0.41614684f })]
    public void Values_at_minus_one_zero_and_two(ActivationKind kind, float[] expected)
    {
        float[] x = [-1, 0, 2];
        for (var i = 0; i < x.Length; i++)
        {
            AssertClose(expected[i], Functions.Activate(new Activation(kind, Alpha: 0.5f, Beta: 3), x[i]));
        }
    }

    [Theory]
    [InlineData(ActivationKind.HardSigmoid, -7, 0)]
    [InlineData(ActivationKind.HardSigmoid, -5, 0.5f)]
    [InlineData(ActivationKind.ThresholdedRelu, 0.5f, 0)]
    [InlineData(ActivationKind.ThresholdedRelu, 0.5000001f, 0.5000001f)]
    [InlineData(ActivationKind.Floor, -0.5f, -1)]
    [InlineData(ActivationKind.Ceil, -0.5f, -0f)]
    [InlineData(ActivationKind.Floor, 1e30f, 1e30f)]
    [InlineData(ActivationKind.Round, 0.5f, 0)]
    [InlineData(ActivationKind.Round, 1.5f, 2)]
    [InlineData(ActivationKind.Round, -2.5f, -2)]
    [InlineData(ActivationKind.Round, 8388609, 8388609)]
    [InlineData(ActivationKind.Sign, float.NaN, float.NaN)]
    [InlineData(ActivationKind.Tanh, -200, -1)]
    [InlineData(ActivationKind.Softplus, 200, 200)]
    [InlineData(ActivationKind.Mish, 200, 200)]
    [InlineData(ActivationKind.Swish, -1e6f, -0f)]
    [InlineData(ActivationKind.Exp, 200, Infinity)]
    [InlineData(ActivationKind.Exp, -200, 0)]
    [InlineData(ActivationKind.Elu, -Infinity, -0.5f)]
    [InlineData(ActivationKind.Sigmoid, Infinity, 1)]
    public void Values_at_bends_and_far_out(ActivationKind kind, float x, float expected) =>
        AssertClose(expected, Functions.Activate(new Activation(kind, Alpha: 0.5f, Beta: 3), x));

    /// <summary>There e^x − 1, ln(1 + x) and 1 − erf(x) lose every digit if they are computed as written.</summary>
    [Theory]
    [InlineData(ActivationKind.Elu, -1e-8f, -1e-8f)]
    [InlineData(ActivationKind.Selu, -1e-8f, -3e-8f)]
    [InlineData(ActivationKind.Softplus, -40, 4.248354e-18f)]
    [InlineData(ActivationKind.Mish, -40, -1.6993417e-16f)]
    [InlineData(ActivationKind.Erf, 1e-12f, 1.1283792e-12f)]
    [InlineData(ActivationKind.Gelu, -10, -7.619853e-23f)]
    [InlineData(ActivationKind.Tanh, 1e-8f, 1e-8f)]
    public void No_digits_are_lost(ActivationKind kind, float x, float expected) =>
        AssertClose(expected, Functions.Activate(new Activation(kind, Alpha: 1, Beta: 3), x));

    /// <summary>Abramowitz and Stegun, table 7.1.</summary>
    [Theory]
    [InlineData(0.02, 0.0225645747)]
    [InlineData(0.1, 0.1124629160)]
    [InlineData(0.5, 0.5204998778)]
    [InlineData(1, 0.8427007929)]
    [InlineData(1.5, 0.9661051465)]
    [InlineData(1.9, 0.9927904292)]
    [InlineData(2, 0.9953222650)]
    public void The_error_function_is_the_table_s(double x, double expected)
    {
        var (plus, minus) = (Functions.Activate(new Activation(ActivationKind.Erf), (float)x), Functions.Activate(new Activation(ActivationKind.Erf), -(float)x));
        Assert.Equal(expected, plus, 6e-8);
        Assert.Equal(-plus, minus);
    }

    [Fact]
    public void The_error_function_rises_across_its_formulas_and_ends_at_one()
    {
        var erf = new Activation(ActivationKind.Erf);
        var before = -1f;
        for (var x = -6f; x <= 6; x += 1 / 1024f)
        {
            var value = Functions.Activate(erf, x);
            Assert.InRange(value, before, 1f);
            before = value;
        }

        Assert.Equal(0, Functions.Activate(erf, 0));
        Assert.Equal(1, Functions.Activate(erf, Infinity));
        Assert.Equal(-1, Functions.Activate(erf, -Infinity));
        Assert.Equal(float.Epsilon, Functions.Activate(erf, float.Epsilon));
        Assert.True(float.IsNaN(Functions.Activate(erf, float.NaN)));
    }

    /// <summary>x·Φ(x), with Φ from tables of the normal distribution.</summary>
    [Theory]
    [InlineData(-5, -5 * 2.8665157e-7)]
    [InlineData(-3.5, -3.5 * 2.3262908e-4)]
    [InlineData(-4.5, -4.5 * 3.3976731e-6)]
    [InlineData(5, 4.9999986)]
    public void Gelu_has_the_normal_distribution_s_tails(float x, double expected) =>
        AssertClose((float)expected, Functions.Activate(new Activation(ActivationKind.Gelu), x));

    [Theory]
    [InlineData(BinaryKind.Minimum, 2, 3, 2)]
    [InlineData(BinaryKind.Maximum, 2, 3, 3)]
    [InlineData(BinaryKind.Prelu, 0, 5, 0)]
    [InlineData(BinaryKind.Prelu, 3, 5, 3)]
    [InlineData(BinaryKind.Power, -2, 3, -8)]
    [InlineData(BinaryKind.Power, -2, 0.5f, float.NaN)]
    [InlineData(BinaryKind.Power, 0, 0, 1)]
    [InlineData(BinaryKind.Divide, 1, 3, 1 / 3f)]
    [InlineData(BinaryKind.Subtract, 16777216, 0.5f, 16777216)]
    public void Pairs(BinaryKind kind, float a, float b, float expected) => AssertClose(expected, Functions.Combine(kind, a, b));

    private static void AssertClose(float expected, float actual)
    {
        if (float.IsFinite(expected))
        {
            Assert.Equal(expected, actual, Math.Abs(expected) * 2e-7f);
        }
        else
        {
            Assert.Equal(expected, actual);
        }
    }
}

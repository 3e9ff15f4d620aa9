using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>The elementwise functions at every width, value by value: small arguments, large ones, infinities.</summary>
public class ActivationTests
{
    /// <summary>What may be lost where e^x is beyond the largest float.</summary>
    private const float Nothing = 1e-37f;

    /// <summary>Functions of a rounded exponent: e^(x + δ) is wrong by δ of its value.</summary>
    private static readonly ActivationKind[] RoundedExponent = [ActivationKind.GeluTanh, ActivationKind.Swish];

    private static readonly Activation[] Functions =
    [
        .. Enum.GetValues<ActivationKind>().Select(k => new Activation(k, Alpha: 0.75f, Minimum: -1.5f, Maximum: 2.5f, Beta: 1.25f)),
        new(ActivationKind.Swish, Alpha: 1), new(ActivationKind.Swish, Alpha: -1.5f), new(ActivationKind.Swish, Alpha: 0),
        new(ActivationKind.Elu, Alpha: 1), new(ActivationKind.HardSigmoid, Alpha: 0.25f, Beta: 0.5f), new(ActivationKind.ThresholdedRelu, Alpha: -1),
    ];

    public static TheoryData<string> Targets() => new(TargetNames.All);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Functions_are_within_a_millionth_of_their_value_at_every_size(string target)
    {
        float[] values = [.. Values(), float.PositiveInfinity, float.NegativeInfinity];
        var actual = Run(values, target);

        var failures = new List<string>();
        for (var f = 0; f < Functions.Length; f++)
        {
            var tolerance = RoundedExponent.Contains(Functions[f].Kind) ? 1e-5 : 1e-6;
            for (var i = 0; i < values.Length; i++)
            {
                var (y, expected) = (actual[f][i], Model.Functions.Activate(Functions[f], values[i]));
                if (!y.Equals(expected) && !(Math.Abs((double)y - expected) <= (tolerance * Math.Abs((double)expected)) + Nothing))
                {
                    failures.Add(FormattableString.Invariant($"{Functions[f]} of {values[i]:g9} is {y:g9}, not {expected:g9}"));
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures.Take(40)));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Not_a_number_stays_one_where_the_function_says_so(string target)
    {
        var actual = Run([float.NaN, 1], target);

        var expected = Functions.Select(f => float.IsNaN(Model.Functions.Activate(f, float.NaN)));
        Assert.Equal(expected, actual.Select(a => float.IsNaN(a[0])));
    }

    private static float[][] Run(float[] values, string target)
    {
        var builder = new NetworkBuilder("functions");
        var input = builder.Input(values.Length);
        var description = builder.Build(Functions.Select(f => builder.Layer(f, input)).ToArray());
        using var network = CompiledNetwork.Load(description, new CompilerOptions { Targets = [target] });
        return network.Run([values]);
    }

    private static IEnumerable<float> Values()
    {
        yield return 0;
        for (var x = -30.0; x < 30; x += 1.0 / 128)
        {
            yield return (float)x;
        }

        for (var exponent = -36.0; exponent < 30; exponent += 0.25)
        {
            yield return (float)Math.Pow(10, exponent);
            yield return -(float)Math.Pow(10, exponent);
        }
    }
}

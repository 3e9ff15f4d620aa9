using KernelGen.Tests.Shared;

namespace KernelGen.Runtime.Tests;

public class NetworkVerifierTests
{
    [Theory]
    [InlineData("LeNet-5")]
    [InlineData("residual with projection")]
    [InlineData("two inputs two outputs")]
    public void Every_layer_of_the_generated_code_agrees_with_the_reference(string name)
    {
        var description = NetworkCases.Named(name).Description;

        var report = NetworkVerifier.VerifyLayers(description, NetworkVerifier.RandomSamples(description, 5, 2));

        Assert.Equal(description.Layers.Select(l => l.Name).Order(), report.Tensors.Select(t => t.Name).Order());
        Assert.Equal(2, report.Samples);
        Assert.True(report.IsWithin(OutputComparison.DefaultTolerance), report.ToString());
    }

    [Fact]
    public void Random_samples_depend_on_the_seed_alone()
    {
        var description = NetworkCases.Named("two inputs of different shape").Description;

        var samples = NetworkVerifier.RandomSamples(description, 5, 2);

        Assert.Equal(samples, NetworkVerifier.RandomSamples(description, 5, 2));
        Assert.NotEqual(samples, NetworkVerifier.RandomSamples(description, 6, 2));
        Assert.Equal([75, 9], samples[1].Select(i => i.Length));
        Assert.InRange(samples[0][0].Average(), -0.5f, 0.5f);
    }
}

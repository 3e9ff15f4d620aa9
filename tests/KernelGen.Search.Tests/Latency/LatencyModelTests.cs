using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Search.Latency;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Latency;

public class LatencyModelTests
{
    [Fact]
    public void One_sample_gives_its_time_per_cycle() =>
        Assert.Equal(1.0, Predict(Layer("conv1", "loop", 2000), Sample("conv1", "loop", 1000, 500)), 9);

    [Fact]
    public void Between_samples_the_time_per_cycle_is_their_geometric_mean()
    {
        var samples = new[] { Sample("conv1", "loop", 1000, 200), Sample("conv1", "loop", 4000, 3200) };

        Assert.Equal(0.8, Predict(Layer("conv1", "loop", 2000), samples), 9);
    }

    [Fact]
    public void Nearer_samples_weigh_more()
    {
        var samples = new[] { Sample("conv1", "loop", 1000, 200), Sample("conv1", "loop", 4000, 3200) };

        // Weights are 1 / (distance + 0.05), distances are logarithms of ratios of cycles.
        double near = 1 / 0.05, far = 1 / (Math.Log(4) + 0.05);
        var expected = Math.Exp(((near * Math.Log(0.2)) + (far * Math.Log(0.8))) / (near + far));
        Assert.Equal(expected, Predict(Layer("conv1", "loop", 1000), samples), 9);
    }

    [Fact]
    public void Only_the_four_nearest_samples_count()
    {
        var near = Enumerable.Repeat(Sample("conv1", "loop", 1000, 500), 4);

        Assert.Equal(0.5, Predict(Layer("conv1", "loop", 1000), [Sample("conv1", "loop", 9000, 90), .. near]), 9);
    }

    [Fact]
    public void Samples_of_the_same_layer_come_before_those_of_the_same_schedule_and_these_before_all()
    {
        var samples = new[]
        {
            Sample("conv1", "loop", 1000, 100), Sample("conv2", "unrolled", 1000, 200), Sample("conv3", "sparse", 1000, 400),
        };

        Assert.Equal(0.1, Predict(Layer("conv1", "loop", 1000), samples), 9);
        Assert.Equal(0.2, Predict(Layer("conv1", "unrolled", 1000), samples), 9);
        Assert.Equal(0.2, Predict(Layer("conv1", "winograd", 1000), samples), 9);
    }

    [Fact]
    public void A_layer_that_another_computes_takes_no_time() =>
        Assert.Equal(0, Predict(Layer("add", "fused", 0), Sample("conv1", "loop", 1000, 500)));

    [Fact]
    public void A_network_is_the_sum_of_its_layers_and_the_overhead()
    {
        var network = SmallNetworks.Create("residual");
        var plan = NetworkCompiler.Plan(network, new CompilerOptions { Targets = [TargetNames.Vector256] });
        var model = Model([Sample("any", "any", 1000, 250)]);

        Assert.Equal(plan.Layers, model.Layers(network).Select(l => l.Layer));
        Assert.Equal(Overhead + (plan.EstimatedCycles / 4000.0), model.Microseconds(network), 9);
        Assert.Equal(model.Microseconds(network), Model([Sample("any", "any", 1000, 250)]).Microseconds(network));
    }

    private const double Overhead = 0.25;

    internal static LatencySample Sample(string layer, string schedule, long cycles, double nanoseconds) =>
        new(layer, "conv 3×3", "8×8×8", 576, 288, "kernels", schedule, cycles, nanoseconds);

    internal static LatencyTable Table(params LatencySample[] samples) => new(
        new LatencyOrigin("a processor", TargetNames.Vector256, "abc", "0123456789abcdef"),
        Overhead,
        samples.ToEquatableArray(),
        new TimeModelCheck(samples.Length, 6, 1.5, 3.25));

    private static LatencyModel Model(LatencySample[] samples) => new(Table(samples));

    private static LayerPlan Layer(string name, string schedule, long cycles) =>
        new(name, "conv 3×3", new Shape(8, 8, 8), 0, 0, 0, 0, "", schedule, "", cycles);

    private static double Predict(LayerPlan layer, params LatencySample[] samples) => Model(samples).Microseconds(layer);
}

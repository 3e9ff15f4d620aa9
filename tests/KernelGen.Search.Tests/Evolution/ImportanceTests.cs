using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Pruning;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Evolution;

public class ImportanceTests
{
    public static TheoryData<string> Networks => new(SmallNetworks.Names);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Taylor_is_the_slope_of_the_loss_towards_removal(string name)
    {
        var dense = SmallNetworks.Create(name);
        var space = PruningSpace.Create(dense);
        using var images = RandomImages.For(dense, 4);
        var importance = Importance.Taylor(space, dense, images);

        for (var g = 0; g < space.Channels.Groups.Count; g++)
        {
            var units = Enumerable.Range(0, space.Channels.Groups[g].Units).Select(u => new UnitRef(g, u)).ToList();
            var slopes = units.Select(unit => Slope(factor => ScaleReads(space, dense, unit, factor), images)).ToList();
            Assert.All(units.Zip(slopes), u => Assert.Equal(u.Second / slopes.Sum(), importance.Unit(u.First), 0.02));
        }

        for (var c = 0; c < space.Convs.Count; c++)
        {
            var site = space.Convs[c];
            var target = site.Targets.Count - 1;
            var kernel = site.TapIndex(target, 0) / site.Area;
            Near(
                importance.Kernel(c, kernel),
                Slope(factor => ScaleConv(dense, site, (to, from, _) => to == target && from == site.SourceMap(target, 0) ? factor : 1), images));
            Near(
                importance.Tap(site, c, kernel, site.Area - 1),
                Slope(factor => ScaleConv(dense, site, (to, from, tap) => to == target && from == site.SourceMap(target, 0) && tap == site.Area - 1 ? factor : 1), images));
        }

        static void Near(double importance, double slope) => Assert.Equal(slope, importance, 1e-3 + (0.02 * slope));
    }

    [Fact]
    public void Magnitude_is_relative_to_the_layer()
    {
        var dense = SmallNetworks.Create("lenet");
        var space = PruningSpace.Create(dense);
        var scaled = PruningSpace.Create(ScaleConv(dense, space.Convs[1], (_, _, _) => 10));
        var louder = PruningSpace.Create(ScaleConv(dense, space.Convs[0], (to, _, _) => to == 2 ? 10 : 1));

        Assert.Equal(Units(Importance.Magnitude(space), space), Units(Importance.Magnitude(scaled), space), (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, a));
        var units = Units(Importance.Magnitude(louder), space).Take(space.Channels.Groups[0].Units).ToList();
        Assert.Equal(units.Max(), units[2]);
        Assert.Equal(1, units.Average(), 1e-6);
    }

    [Fact]
    public void Kernels_count_as_much_as_their_taps_by_magnitude()
    {
        var dense = SmallNetworks.Create("grouped");
        var space = PruningSpace.Create(dense);
        var importance = Importance.Magnitude(space);
        var site = space.Convs[1];

        var taps = Enumerable.Range(0, site.Area).Sum(t => importance.Tap(site, 1, 5, t));

        Assert.Equal(taps, importance.Kernel(1, 5), 1e-9);
        Assert.Equal(1, Enumerable.Range(0, (int)site.Weights / site.Area).Average(k => importance.Kernel(1, k)) / site.Area, 1e-6);
    }

    private static IEnumerable<double> Units(Importance importance, PruningSpace space) =>
        space.Channels.Groups.SelectMany((group, g) => Enumerable.Range(0, group.Units).Select(u => importance.Unit(new UnitRef(g, u))));

    /// <summary>How fast the loss changes with a factor on the weights in question, at 1.</summary>
    private static double Slope(Func<float, NetworkDescription> scaled, ImageTensors images)
    {
        const float step = 0.02f;
        double Loss(float factor)
        {
            using var network = TrainableNetwork.Create(scaled(factor));
            return Evaluator.Evaluate(network, images).Loss;
        }

        return Math.Abs(Loss(1 + step) - Loss(1 - step)) / (2 * step);
    }

    private static NetworkDescription ScaleReads(PruningSpace space, NetworkDescription network, UnitRef unit, float factor)
    {
        foreach (var site in space.Convs)
        {
            network = ScaleConv(network, site, (_, from, _) => site.Sources[from] == unit ? factor : 1);
        }

        foreach (var site in space.Denses)
        {
            var row = site.Sources.Count * site.ElementsPerSource;
            network = Replace(network, site.Layer, op => (Dense)op with
            {
                Weights = new FloatData(((Dense)op).Weights.Span.ToArray()
                    .Select((w, k) => site.Sources[k % row / site.ElementsPerSource] == unit ? w * factor : w).ToArray()),
            });
        }

        return network;
    }

    private static NetworkDescription ScaleConv(NetworkDescription network, ConvSite site, Func<int, int, int, float> factor) =>
        Replace(network, site.Layer, op =>
        {
            var conv = (Conv)op;
            var weights = conv.Weights.ToDense(site.Targets.Count, site.Sources.Count, site.Groups, site.Area);
            var row = site.SourcesPerGroup * site.Area;
            for (var k = 0; k < weights.Length; k++)
            {
                weights[k] *= factor(k / row, site.SourceMap(k / row, k % row), k % site.Area);
            }

            return conv with { Weights = ConvWeights.FromDense(weights, site.Targets.Count, site.Sources.Count, site.Groups, site.Area) };
        });

    private static NetworkDescription Replace(NetworkDescription network, string layer, Func<Operator, Operator> change) =>
        network with { Layers = network.Layers.Select(l => l.Name == layer ? l with { Operator = change(l.Operator) } : l).ToEquatableArray() };
}

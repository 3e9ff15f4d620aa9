using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Pruning;

namespace KernelGen.Benchmarks.Networks;

/// <summary>
/// Prunes to each granularity of Anwar, Hwang and Sung (2017) without looking at the weights, which is all that a time needs: about
/// two thirds of what is pruned go, always the same. The first convolution stays as it is, as in the paper.
/// </summary>
internal static class RandomPruning
{
    private const int Seed = 1;
    private const int Lanes = 16;

    /// <summary>Share of maps that are left: 83 of 128 and 166 of 256, as in arXiv 1610.09639. Of the weights between two such layers 42% are left.</summary>
    private const double MapsLeft = 0.648;

    private const int OneIn = 3;

    /// <summary>The network at every granularity.</summary>
    public static IEnumerable<(string Granularity, NetworkDescription Pruned)> All(NetworkDescription dense) =>
    [
        ("maps, full lanes", Maps(dense, n => Math.Min(n, Math.Max(Lanes, Lanes * (int)Math.Round(MapsLeft * n / Lanes))))),
        ("maps, any number", Maps(dense, n => (int)Math.Round(MapsLeft * n))),
        ("kernels", Convolutions(dense, Kernels)),
        ("strided", Convolutions(dense, Strided)),
        ("random weights", Convolutions(dense, Weights)),
    ];

    private static NetworkDescription Maps(NetworkDescription dense, Func<int, int> left)
    {
        var space = PruningSpace.Create(dense);
        var random = new DeterministicRandom(Seed);
        var units = space.Channels.Groups
            .Select((group, index) => Subset(group.Units, space.Convs[0].Targets.Any(t => t.Group == index) ? group.Units : left(group.Units), random))
            .ToEquatableArray();
        return Compaction.Apply(space, dense, space.Full with { Units = units });
    }

    private static EquatableArray<bool> Subset(int count, int left, DeterministicRandom random)
    {
        var kept = new bool[count];
        for (var remaining = left; remaining > 0;)
        {
            var unit = random.Next(count);
            remaining -= kept[unit] ? 0 : 1;
            kept[unit] = true;
        }

        return kept.ToEquatableArray();
    }

    private static NetworkDescription Convolutions(NetworkDescription dense, Func<Conv, int, DeterministicRandom, Conv> prune)
    {
        var graph = NetworkGraph.Create(dense);
        var first = graph.Nodes.First(n => n.Operator is Conv).Name;
        var layers = dense.Layers.Select((layer, index) => layer.Operator is Conv conv && layer.Name != first
            ? layer with { Operator = prune(conv, graph.ShapeOf(layer.Inputs[0]).Maps, new DeterministicRandom(Seed, index)) }
            : layer);
        return dense with { Layers = layers.ToEquatableArray() };
    }

    private static Conv Kernels(Conv conv, int sources, DeterministicRandom random)
    {
        var targets = conv.OutputMaps / conv.Groups;
        var bits = Enumerable.Range(0, sources * targets).Select(_ => random.Next(OneIn) == 0).ToEquatableArray();
        return WithWeights(conv, sources, w => w, new KernelMask(sources, targets, bits), []);
    }

    /// <summary>One offset and stride per source map. A 1×1 kernel has but one tap, which stays.</summary>
    private static Conv Strided(Conv conv, int sources, DeterministicRandom random) =>
        conv.Window.Area == 1
            ? conv
            : WithWeights(conv, sources, w => w, null, Enumerable.Range(0, sources).Select(_ => (TapPattern)new StridedTaps(random.Next(OneIn), OneIn)).ToEquatableArray());

    private static Conv Weights(Conv conv, int sources, DeterministicRandom random) =>
        WithWeights(conv, sources, w => random.Next(OneIn) == 0 ? w : 0, null, []);

    private static Conv WithWeights(Conv conv, int sources, Func<float, float> change, KernelMask? kernels, EquatableArray<TapPattern> taps)
    {
        var weights = Array.ConvertAll(conv.Weights.ToDense(conv.OutputMaps, sources, conv.Groups, conv.Window.Area), w => change(w));
        return conv with { Weights = ConvWeights.FromDense(weights, conv.OutputMaps, sources, conv.Groups, conv.Window.Area, kernels, taps) };
    }
}

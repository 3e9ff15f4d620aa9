using KernelGen.Model;
using KernelGen.Search.Networks;

namespace KernelGen.Benchmarks.Networks;

/// <summary>The networks of this project, dense and pruned to each granularity, with random weights.</summary>
internal static class OwnNetworks
{
    private const int Seed = 1;

    private static readonly EquatableArray<string> Classes = Enumerable.Range(0, 10).Select(c => FormattableString.Invariant($"class {c}")).ToEquatableArray();

    public static IEnumerable<BenchmarkNetwork> All() => NetworkCatalog.Names.SelectMany(Family);

    private static IEnumerable<BenchmarkNetwork> Family(string name)
    {
        var input = name.StartsWith("lenet", StringComparison.Ordinal) ? new Shape(1, 28, 28) : new Shape(3, 32, 32);
        var dense = NetworkCatalog.Create(name, input, Classes, Seed);
        return RandomPruning.All(dense)
            .Select(p => new BenchmarkNetwork($"{name}: {p.Granularity}", p.Pruned, Pruned: new PrunedFrom(p.Granularity, dense)))
            .Prepend(new BenchmarkNetwork(name, dense));
    }
}

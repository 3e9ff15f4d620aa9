using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Latency;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Data;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Latency;

public class LatencyTableTests
{
    private static readonly LatencyTable Known = LatencyModelTests.Table(
        LatencyModelTests.Sample("conv1", "loop", 1000, 200.1), LatencyModelTests.Sample("fc", "loop", 77, 1.0 / 3));

    private static readonly LatencyEffort Quick = new(
        2,
        2,
        TimeSpan.Zero,
        1,
        new TimingOptions { WarmUp = TimeSpan.FromMilliseconds(2), Batch = TimeSpan.FromMilliseconds(1), Rounds = 2 });

    private readonly List<string> messages = [];

    [Fact]
    public void A_table_is_read_as_it_was_written()
    {
        Assert.Equal(Known, LatencyTable.Read(Known.Write(), "table.json"));
        Assert.Equal(Known.Write(), LatencyTable.Read(Known.Write(), "table.json").Write());
    }

    [Theory]
    [InlineData("\"kernelgen-latency\"", "\"something\"")]
    [InlineData("\"version\": 1", "\"version\": 2")]
    [InlineData("\"cycles\": 77", "\"cycles\": 0")]
    [InlineData("\"nanoseconds\": 200.1", "\"nanoseconds\": -1")]
    [InlineData("\"target\": \"256\"", "\"target\": \"255\"")]
    [InlineData("\"network\": \"0123456789abcdef\",", "")]
    [InlineData("\"layer\": \"conv1\"", "\"layer\": null")]
    [InlineData("]", "")]
    public void A_damaged_table_is_refused(string good, string bad)
    {
        var text = Known.Write();
        Assert.Contains(good, text, StringComparison.Ordinal);

        var refused = Assert.Throws<PruneException>(() => LatencyTable.Read(text.Replace(good, bad, StringComparison.Ordinal), "table.json"));

        Assert.Contains("table.json", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no latency table that can be read", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_of_the_users_stays_and_is_to_be_deleted_by_them()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "table.json");
        File.WriteAllText(file, Known.Write()[..100]);

        var refused = Assert.Throws<PruneException>(() => LoadOrMeasure(SmallNetworks.Create("lenet"), file));

        Assert.Contains("Delete it", refused.Message, StringComparison.Ordinal);
        Assert.Equal(100, File.ReadAllText(file).Length);
    }

    [Fact]
    public void A_table_of_another_network_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "table.json");
        File.WriteAllText(file, Known.Write());

        var refused = Assert.Throws<PruneException>(() => LoadOrMeasure(SmallNetworks.Create("lenet"), file));

        Assert.Contains("another network", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Known.Write(), File.ReadAllText(file));
    }

    [Fact]
    public void A_table_of_another_machine_or_compiler_is_used_and_told()
    {
        using var directory = new TemporaryDirectory();
        var (file, dense) = (Path.Combine(directory.Path, "table.json"), SmallNetworks.Create("lenet"));
        var elsewhere = Known with { Origin = Known.Origin with { Network = LatencyOrigin.Here(dense).Network } };
        File.WriteAllText(file, elsewhere.Write());

        Assert.Equal(elsewhere, LoadOrMeasure(dense, file));

        Assert.Contains(messages, m => m.Contains("a processor", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.Contains("another build", StringComparison.Ordinal));
    }

    [Fact]
    public void A_measured_table_has_every_layer_and_is_read_the_next_time()
    {
        using var directory = new TemporaryDirectory();
        var (file, dense) = (Path.Combine(directory.Path, "sub", "table.json"), SmallNetworks.Create("lenet"));

        var measured = LoadOrMeasure(dense, file, Candidates(dense));

        Assert.Equal(LatencyOrigin.Here(dense), measured.Origin);
        Assert.All(
            dense.Layers.Where(l => l.Operator is Conv or Dense),
            l => Assert.Equal(1 + Quick.MostNetworks, measured.Samples.Count(s => s.Layer == l.Name)));
        Assert.Equal((measured.Samples.Count, 1), (measured.Check.Samples, measured.Check.Networks));
        Assert.Equal(measured.Write(), File.ReadAllText(file));
        Assert.Equal(measured, LoadOrMeasure(dense, file));
    }

    [Fact]
    public void Cancellation_leaves_no_file()
    {
        using var directory = new TemporaryDirectory();
        using var cancelled = new CancellationTokenSource();
        var (file, dense) = (Path.Combine(directory.Path, "table.json"), SmallNetworks.Create("lenet"));
        var candidates = Candidates(dense);

        Assert.ThrowsAny<OperationCanceledException>(() => LatencyTable.LoadOrMeasure(
            dense,
            i =>
            {
                cancelled.Cancel();
                return candidates(i);
            },
            file,
            Quick,
            (_, _) => { },
            cancelled.Token));

        Assert.Empty(Directory.GetFiles(directory.Path));
    }

    [Fact]
    public void The_origin_tells_structures_apart_but_not_weights()
    {
        var network = LatencyOrigin.Here(SmallNetworks.Create("lenet")).Network;

        Assert.Equal(network, LatencyOrigin.Here(SmallNetworks.Create("lenet", seed: 2)).Network);
        Assert.NotEqual(network, LatencyOrigin.Here(SmallNetworks.Create(SmallNetworks.Wide)).Network);
        Assert.NotEqual(network, LatencyOrigin.Here(SmallNetworks.Create("residual")).Network);
        var lenet = SmallNetworks.Create("lenet");
        var gelu = lenet with { Layers = [.. lenet.Layers.Select(l => l.Operator is Activation ? l with { Operator = new Activation(ActivationKind.Gelu) } : l)] };
        Assert.NotEqual(network, LatencyOrigin.Here(gelu).Network);
    }

    private static Func<int, NetworkDescription> Candidates(NetworkDescription dense)
    {
        var space = PruningSpace.Create(dense);
        return i => Compaction.Apply(space, dense, GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, i)));
    }

    private LatencyTable LoadOrMeasure(NetworkDescription dense, string file, Func<int, NetworkDescription>? candidate = null) =>
        LatencyTable.LoadOrMeasure(
            dense, candidate ?? (_ => throw new InvalidOperationException("The table is there.")), file, Quick, (_, m) => messages.Add(m), default);
}

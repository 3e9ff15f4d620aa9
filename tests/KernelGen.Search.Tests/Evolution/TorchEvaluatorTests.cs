using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Repair;
using KernelGen.Search.Tests.Pruning;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Evolution;

public class TorchEvaluatorTests
{
    private const double Time = 12;

    public static TheoryData<string> Networks => new(SmallNetworks.Names);

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_score_is_that_of_the_repaired_network(string name)
    {
        var dense = SmallNetworks.Create(name);
        var space = PruningSpace.Create(dense);
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, 3));
        using var calibration = RandomImages.For(dense, 600);
        using var search = RandomImages.For(dense, 730, seed: 2);
        using var evaluator = new TorchEvaluator(space, dense, calibration.Images, search, new TimeBy(_ => Time), Precision.Single);

        var score = evaluator.Evaluate(genome);

        using var repair = new LeastSquaresRepair(space, dense, calibration.Images, RepairEffort.Scoring);
        using var network = TrainableNetwork.Create(repair.Apply(genome));
        var expected = Evaluator.Evaluate(network, search);
        Assert.Equal(expected.ErrorPercent, score.Error, 0.3);
        Assert.Equal(Distance(dense, network, search), score.Loss, 1e-4);
        Assert.Equal((Time, 730), (score.Microseconds, score.Images));
        Assert.Equal(score, evaluator.Evaluate(genome));

        using var coarse = new TorchEvaluator(space, dense, calibration.Images, search, new TimeBy(_ => Time), Precision.Mixed);
        var rounded = coarse.Evaluate(genome);
        Assert.NotEqual(score.Loss, rounded.Loss);
        Assert.Equal(score.Loss, rounded.Loss, 0.01 * score.Loss);
        Assert.Equal(score.Error, rounded.Error, 3.0);
        Assert.Equal(rounded, coarse.Evaluate(genome));
    }

    [Fact]
    public void The_loss_asks_for_the_dense_networks_scores_whatever_the_labels_say()
    {
        var dense = SmallNetworks.Create("lenet");
        var space = PruningSpace.Create(dense);
        var genome = GenomeSettling.Settle(space, SmallNetworks.RandomGenome(space, 3));
        using var calibration = RandomImages.For(dense, 100);
        using var search = RandomImages.For(dense, 200, seed: 2);
        using var evaluator = new TorchEvaluator(space, dense, calibration.Images, search, new TimeBy(_ => Time), Precision.Single);
        var (full, pruned) = (evaluator.Evaluate(space.Full), evaluator.Evaluate(genome));

        search.Labels.zero_();
        var relabelled = evaluator.Evaluate(genome);

        Assert.NotEqual(pruned.Error, relabelled.Error);
        Assert.Equal(pruned.Loss, relabelled.Loss);
        Assert.True(full.Loss < pruned.Loss);
    }

    [Fact]
    public void An_evaluation_ends_when_the_score_so_far_is_refused_and_has_that_score()
    {
        var dense = SmallNetworks.Create("residual");
        var space = PruningSpace.Create(dense);
        using var calibration = RandomImages.For(dense, 50);
        using var search = RandomImages.For(dense, 3 * TorchEvaluator.ImagesPerPart, seed: 2);
        using var evaluator = new TorchEvaluator(space, dense, calibration.Images, search, new TimeBy(_ => Time), Precision.Single);
        var asked = new List<Score>();

        var stopped = evaluator.Evaluate(space.Full, score =>
        {
            asked.Add(score);
            return asked.Count < 2;
        });

        Assert.Equal([TorchEvaluator.ImagesPerPart, 2 * TorchEvaluator.ImagesPerPart], asked.Select(s => s.Images));
        Assert.Equal(asked[^1], stopped);
        Assert.Equal(evaluator.Evaluate(space.Full), evaluator.Evaluate(space.Full, _ => true));
    }

    [Fact]
    public void Statistics_of_several_batches_are_the_average_of_theirs()
    {
        var dense = SmallNetworks.Create("residual");
        using var images = RandomImages.For(dense, 500);
        using var whole = TrainableNetwork.Create(dense);
        using var half = TrainableNetwork.Create(dense);
        whole.RecalibrateBatchNorm(images.Images);
        half.RecalibrateBatchNorm(images.Images.narrow(0, 0, 250));
        var first = Means(half);
        half.RecalibrateBatchNorm(images.Images.narrow(0, 250, 250));
        var second = Means(half);

        Assert.All(Means(whole).Zip(first.Zip(second, (a, b) => (a + b) / 2)), m => Assert.Equal(m.Second, m.First, 1e-5f));
    }

    /// <summary>Mean cross-entropy of the candidate's probabilities against the dense network's.</summary>
    private static double Distance(NetworkDescription dense, TrainableNetwork candidate, ImageTensors images)
    {
        using var network = TrainableNetwork.Create(dense);
        var (wanted, got) = (Probabilities(network), Probabilities(candidate));
        return -wanted.Zip(got).Sum(p => p.First * Math.Log(p.Second)) / images.Count;

        List<double> Probabilities(TrainableNetwork of)
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            return [.. of.Scores(images.Images).softmax(1).contiguous().data<float>().ToArray().Select(p => (double)p)];
        }
    }

    /// <summary>The running means of the first batch norm.</summary>
    private static float[] Means(TrainableNetwork network) =>
        network.ToDescription().Layers.Select(l => l.Operator).OfType<BatchNorm>().First().Mean.Span.ToArray();
}

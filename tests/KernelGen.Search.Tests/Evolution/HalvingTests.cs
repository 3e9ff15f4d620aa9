using KernelGen.Model;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class HalvingTests
{
    private const double DenseError = 10;
    private const double FirstRemainder = 0.3;

    [Fact]
    public void The_fastest_candidate_within_each_tolerance_is_found_with_few_retrainings()
    {
        var stages = new Stages(remainder: 0.25);
        var chosen = new Halving(stages, 4, FirstRemainder).Run(Front(16), [0.5, 1, 2]);

        // Candidate i of 16 loses 16 − i points after brief fine-tuning and a quarter of that after retraining.
        Assert.Equal([0.5, 1, 2], chosen.Select(n => n.SelectLoss));
        Assert.Equal([0.5, 1, 2], chosen.Select(n => n.Tolerance));
        Assert.InRange(stages.Retrained.Count, 3, 7);
        Assert.Equal(stages.Retrained.Count, stages.Retrained.Distinct().Count());
        Assert.InRange(stages.FineTuned.Count, Halving.MostBrief, Halving.MostBrief + (2 * stages.Retrained.Count));
    }

    [Fact]
    public void Where_none_comes_within_the_tolerance_the_least_wrong_one_is_the_result()
    {
        var chosen = new Halving(new Stages(remainder: 1), 4, FirstRemainder).Run(Front(16), [0.5]);
        Assert.Equal(1, Assert.Single(chosen).SelectLoss);
    }

    /// <summary>The first loses 0.9 points, as expected, and each faster one is then expected to lose more than one.</summary>
    [Fact]
    public void Retrainings_that_are_left_go_to_faster_candidates_though_none_is_expected_to_keep_the_tolerance()
    {
        var stages = new Stages(remainder: 0.3, surprises: new() { [12] = 0.6, [11] = 1.5 });
        var chosen = new Halving(stages, 4, FirstRemainder).Run(Front(16), [1]);

        Assert.Equal([13, 12, 11], stages.Retrained);
        Assert.Equal(0.6, Assert.Single(chosen).SelectLoss);
    }

    /// <summary>Candidate i of 16 loses 16 − i points after brief fine-tuning; the first, as 0.3 of them should be left, is 13, which loses 2.4.</summary>
    [Fact]
    public void After_one_over_the_tolerance_the_next_is_the_fastest_that_should_keep_it_by_what_that_one_lost()
    {
        var stages = new Stages(remainder: 0.8);
        var chosen = new Halving(stages, 2, FirstRemainder).Run(Front(16), [1]);

        Assert.Equal([13, 15], stages.Retrained);
        Assert.Equal(0.8, Assert.Single(chosen).SelectLoss);
    }

    /// <summary>Candidate 8 should lose two points, is retrained for that tolerance, and loses nothing.</summary>
    [Fact]
    public void A_network_retrained_for_a_larger_tolerance_is_taken_for_a_smaller_one_that_it_keeps()
    {
        var stages = new Stages(remainder: 0.25, surprises: new() { [8] = 0 });
        var chosen = new Halving(stages, 2, FirstRemainder).Run(Front(16), [0.5, 2]);

        Assert.Equal([8, 8], chosen.Select(n => (int)Math.Round(n.EstimatedMicroseconds / 10) - 1));
        Assert.True(stages.Retrained.IndexOf(8) >= 2, "It was retrained for the smaller tolerance already.");
    }

    /// <summary>Candidate i of 16 loses 16 − i points after repair, and 0.3 of that after fine-tuning, whether it is fine-tuned or expected to.</summary>
    [Fact]
    public void What_fine_tuning_leaves_of_some_losses_is_expected_of_the_others()
    {
        var stages = new Stages(remainder: 0.08) { BriefRemainder = 0.3 };
        new Halving(stages, 1, FirstRemainder).Run(Front(16), [1]);
        Assert.Equal([5], stages.Retrained);
    }

    /// <summary>13 is expected to lose 3 points after fine-tuning, and 0.3 of them after retraining, but loses 9.</summary>
    [Fact]
    public void One_that_loses_more_after_fine_tuning_than_was_expected_is_not_retrained()
    {
        var stages = new Stages(remainder: 0.3) { BriefSurprises = { [13] = 9 } };
        new Halving(stages, 1, FirstRemainder).Run(Front(16), [1]);
        Assert.Contains(13, stages.FineTuned);
        Assert.Equal([14], stages.Retrained);
    }

    /// <summary>13, of 3.3 points allowed after fine-tuning, seems to lose 2, but the slower 14 seems to lose 5: together they lose 3.5.</summary>
    [Fact]
    public void One_that_is_lucky_after_fine_tuning_is_judged_with_those_of_alike_times()
    {
        var stages = new Stages(remainder: 0.3) { BriefSurprises = { [13] = 2, [14] = 5 } };
        new Halving(stages, 1, FirstRemainder).Run(Front(16), [1]);
        Assert.Equal([15], stages.Retrained);
    }

    /// <summary>The slowest, 15, ends better than dense: that says nothing of the others, which are expected to lose what they lost, as 0, 5 and 10 do.</summary>
    [Fact]
    public void A_loss_below_none_is_not_expected_of_others()
    {
        var stages = new Stages(remainder: 1) { BriefSurprises = { [15] = -3 } };
        new Halving(stages, 1, FirstRemainder).Run(Front(16), [0.01]);
        Assert.Equal([15], stages.Retrained);
        Assert.InRange(stages.FineTuned.Count, Halving.MostBrief, Halving.MostBrief + 3);
    }

    /// <summary>All but 15 lose twice as much after fine-tuning as their neighbours made expect.</summary>
    [Fact]
    public void However_often_expectations_fail_none_is_retrained_for_them_that_was_not_fine_tuned()
    {
        var stages = new Stages(remainder: 0.3);
        for (var i = 7; i < 15; i++)
        {
            stages.BriefSurprises[i] = 20;
        }

        new Halving(stages, 1, FirstRemainder).Run(Front(16), [1]);
        Assert.All(stages.Retrained, index => Assert.Contains(index, stages.FineTuned));
        Assert.Equal([15], stages.Retrained);
    }

    /// <summary>All are within 4% of each other's time, and lose as much as was expected.</summary>
    [Fact]
    public void Of_many_of_alike_times_only_the_nearest_are_fine_tuned()
    {
        var front = Enumerable.Range(0, 32).Select(i => new Particle(new Genome([], []), new Score(DenseError + ((32 - i) * 2), 1, 800 + i, 1000)));
        var stages = new Stages(remainder: 0.3);
        new Halving(stages, 1, FirstRemainder).Run(front.ToEquatableArray(), [1]);

        Assert.Equal([29], stages.Retrained);
        Assert.Equal((2 * Halving.MostBrief) + 1, stages.FineTuned.Count);
        Assert.All([27, 28, 29, 30], i => Assert.Contains(i, stages.FineTuned));
    }

    /// <summary>Fine-tuning loses ten points of each, and retraining five; 14 of 16 has lost two after repair.</summary>
    [Fact]
    public void One_that_keeps_the_tolerance_after_repair_alone_is_taken_if_none_that_was_retrained_is_as_fast()
    {
        var stages = new Stages(remainder: 1, surprises: Enumerable.Range(0, 16).ToDictionary(i => i, _ => 5.0));
        Enumerable.Range(0, 16).ToList().ForEach(i => stages.BriefSurprises[i] = 10);
        var chosen = Assert.Single(new Halving(stages, 1, FirstRemainder).Run(Front(16), [2]));

        Assert.Single(stages.Retrained);
        Assert.Equal((150.0, 2.0, "repaired"), (chosen.EstimatedMicroseconds, chosen.SelectLoss, chosen.Description.Name));
    }

    [Fact]
    public void Of_a_long_front_no_more_than_so_many_are_repaired()
    {
        var stages = new Stages(remainder: 0.25);
        var halving = new Halving(stages, 4, FirstRemainder);
        halving.Run(Front(100), [1]);
        Assert.Equal(Halving.MostFinalists, stages.Repaired);
        Assert.Equal(Halving.MostFinalists, halving.Repaired.Count);
        Assert.Equal(new FrontPoint(100, 10), halving.Repaired[0]);
    }

    /// <summary>A thousand candidates of almost the same time, one slower, and two faster.</summary>
    [Fact]
    public void Candidates_are_repaired_where_there_is_room_between_their_times()
    {
        double[] times = [1, 10, .. Enumerable.Range(0, 1000).Select(i => 100 + (i * 0.001)), 1000];
        var front = times.Select((t, i) => new Particle(new Genome([], []), new Score(DenseError + (times.Length - i), 1, t, 1000)));

        var halving = new Halving(new Stages(remainder: 0.25), 4, FirstRemainder);
        halving.Run(front.ToEquatableArray(), [1]);

        Assert.Equal(Halving.MostFinalists, halving.Repaired.Count);
        Assert.Equal([1, 10, 1000], halving.Repaired.Select(p => p.Microseconds).Where(t => t is < 100 or > 101));
        Assert.True(halving.Repaired.Zip(halving.Repaired.Skip(1)).All(p => p.Second.Microseconds - p.First.Microseconds > 0.02));
    }

    [Fact]
    public void One_candidate_is_enough() =>
        Assert.Single(new Halving(new Stages(remainder: 0.25), 4, FirstRemainder).Run(Front(1), [1]));

    private static EquatableArray<Particle> Front(int count) => Enumerable.Range(0, count)
        .Select(i => new Particle(new Genome([], []), new Score(DenseError + ((count - i) * 2), 1, 10 * (i + 1), 1000)))
        .ToEquatableArray();

    /// <summary>Candidates lose half of the points that their scores do.</summary>
    /// <param name="remainder">The part of the loss that is left after retraining.</param>
    /// <param name="surprises">What is left of others, by index.</param>
    private sealed class Stages(double remainder, Dictionary<int, double>? surprises = null) : IHalvingStages
    {
        public int Repaired { get; private set; }

        public List<int> FineTuned { get; } = [];

        /// <summary>The part of the loss that is left after brief fine-tuning.</summary>
        public double BriefRemainder { get; init; } = 1;

        public Dictionary<int, double> BriefSurprises { get; } = [];

        public List<int> Retrained { get; } = [];

        public double RepairedLoss(Particle candidate, int index)
        {
            Repaired++;
            return Points(candidate);
        }

        public NetworkDescription Repair(Particle candidate, int index) => new("repaired", [], [], []);

        public double BriefLoss(Particle candidate, int index)
        {
            FineTuned.Add(index);
            return BriefSurprises.GetValueOrDefault(index, BriefRemainder * Points(candidate));
        }

        public Retrained Retrain(Particle candidate, int index)
        {
            Retrained.Add(index);
            var loss = surprises?.GetValueOrDefault(index, Points(candidate) * remainder) ?? (Points(candidate) * remainder);
            return new Retrained(new NetworkDescription("retrained", [], [], []), loss);
        }

        private static double Points(Particle candidate) => (candidate.Score.Error - DenseError) / 2;
    }
}

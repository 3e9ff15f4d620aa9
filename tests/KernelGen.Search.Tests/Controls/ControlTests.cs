using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Evolution;
using KernelGen.Search.Tests.Pruning;

namespace KernelGen.Search.Tests.Controls;

public class ControlTests
{
    private const int Evaluations = 100;
    private const double ErrorLimit = 10;

    private readonly SyntheticSearch search = new();

    public static TheoryData<string> Methods => new(ControlNames.All.Where(ControlNames.IsSearch));

    [Theory]
    [MemberData(nameof(Methods))]
    public void Candidates_are_settled_different_and_no_more_than_allowed(string name)
    {
        var candidates = Candidates(name, Granularities.All);

        Assert.InRange(candidates.Count, 30, Evaluations);
        Assert.All(candidates, g => Assert.Equal(g, GenomeSettling.Settle(search.Space, g)));
        Assert.Equal(candidates.Count, candidates.Distinct().Count());
        Assert.DoesNotContain(search.Space.Full, candidates);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Candidates_range_from_little_pruned_to_much(string name)
    {
        var rates = Candidates(name, Granularities.All).Select(Rate).ToList();
        Assert.InRange(rates.Max(), 0.7, 1);
        Assert.InRange(rates.Min(), 0, 0.15);
        Assert.True(rates.Count(r => r is > 0.2 and < 0.7) > rates.Count / 5);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_same_run_gives_the_same_front_of_all_within_the_limit(string name)
    {
        var all = new List<Particle>();
        var state = ControlRun.Of(Create(name, Granularities.All), search, all.AddRange);

        Assert.Equal(state, ControlRun.Of(Create(name, Granularities.All), search));
        Assert.Equal(ParetoFront.Of(all.Where(IsWithin)), state.Front);
        Assert.Equal(all.Count, state.Evaluations);
        Assert.Equal(all.Select(p => p.Score), state.History.SelectMany(g => g.Scores));
    }

    /// <summary>Those that misclassify most are said to lose least: they are the fastest, too, and would beat all others.</summary>
    [Fact]
    public void Candidates_over_the_limit_do_not_keep_others_from_the_front()
    {
        var all = new List<Particle>();
        var state = ControlRun.Of(Create(ControlNames.Uniform, Granularities.All), new Misled(search), all.AddRange);

        var within = all.Where(IsWithin).ToList();
        Assert.InRange(within.Count, 2, all.Count - 2);
        Assert.Equal(ParetoFront.Of(within), state.Front);
    }

    [Theory]
    [InlineData(ControlNames.Uniform, Granularities.Maps)]
    [InlineData(ControlNames.Uniform, Granularities.Kernels)]
    [InlineData(ControlNames.Uniform, Granularities.Strides)]
    [InlineData(ControlNames.Magnitude, Granularities.Maps)]
    [InlineData(ControlNames.Magnitude, Granularities.Kernels)]
    [InlineData(ControlNames.Taylor, Granularities.Strides)]
    [InlineData(ControlNames.Taylor, Granularities.Maps | Granularities.Strides)]
    [InlineData(ControlNames.DynamicProgramming, Granularities.Maps)]
    [InlineData(ControlNames.DynamicProgramming, Granularities.Kernels)]
    [InlineData(ControlNames.DynamicProgramming, Granularities.Kernels | Granularities.Strides)]
    public void Only_the_granularities_asked_for_are_pruned(string name, Granularities granularities)
    {
        var (space, full) = (search.Space, search.Space.Full);
        var candidates = Candidates(name, granularities);
        Assert.NotEmpty(candidates);
        Assert.All(candidates, genome =>
        {
            // A map whose last kernel goes, goes with it.
            var counts = SparsityCounts.Of(space, genome).Removed;
            Assert.True(granularities.HasFlag(Granularities.Maps) || granularities.HasFlag(Granularities.Kernels) || counts.Map == 0);
            Assert.True(granularities.HasFlag(Granularities.Kernels) || genome.Convs.Zip(full.Convs).All(c => c.First.Kernels == c.Second.Kernels));
            Assert.True(granularities.HasFlag(Granularities.Strides) || counts.Stride == 0);
        });
    }

    /// <summary>Where there are so many: of three narrow groups there are no hundred different widths.</summary>
    [Theory]
    [InlineData(ControlNames.Magnitude)]
    [InlineData(ControlNames.Taylor)]
    [InlineData(ControlNames.Random)]
    public void As_many_candidates_are_scored_as_may_be(string name) =>
        Assert.Equal(Evaluations, Candidates(name, Granularities.All).Count);

    /// <summary>The same importance in each group, but for a factor: none is emptied before the others.</summary>
    [Fact]
    public void One_shot_ranks_units_by_what_they_are_among_those_of_their_group()
    {
        var groups = search.Space.Channels.Groups;
        var units = groups.Select((g, i) => Enumerable.Range(0, g.Units).Select(u => (i == 1 ? 0.1 : 1) * (u + 1.0)).ToArray()).ToList();
        double[][] PerConv(Func<ConvSite, long> count) => [.. search.Space.Convs.Select(c => new double[count(c)])];
        var method = new OneShot("scaled", search.Space, new Importance([.. units], PerConv(c => c.Weights / c.Area), PerConv(c => c.Weights)), LayerCosts.Uniform(search.Space), Granularities.Maps, 20);

        Assert.Contains(All(method), g => g.Units.All(u => u.Count(kept => kept) is var kept && kept < u.Count && kept > u.Count / 4));
    }

    [Fact]
    public void Uniform_widths_keep_the_same_share_of_each_group()
    {
        Assert.All(Candidates(ControlNames.Uniform, Granularities.Maps), genome =>
        {
            // Of 12, 24 and 40 units, each share rounded.
            var shares = genome.Units.Select(u => (Low: (u.Count(k => k) - 0.5) / u.Count, High: (u.Count(k => k) + 0.5) / u.Count)).ToList();
            Assert.True(shares.Max(s => s.Low) <= shares.Min(s => s.High));
        });
    }

    [Fact]
    public void One_shot_removes_what_matters_least_first()
    {
        var space = PruningSpace.Create(SmallNetworks.WithoutOddMaps(SmallNetworks.Create(SmallNetworks.Wide)));
        var method = new OneShot("guided", space, Importance.Magnitude(space), LayerCosts.Uniform(space), Granularities.Maps, 20);

        var candidates = All(method);

        Assert.All(candidates, g => Assert.True(g.Units[0].Where((kept, u) => u % 2 == 0 && !kept).Count() == 0 || !g.Units[0].Where((_, u) => u % 2 == 1).Contains(true)));
        Assert.Contains(candidates, g => g.Units[0].Count(k => k) == 6);
    }

    [Fact]
    public void Names_are_read_in_any_order_and_unknown_ones_refused()
    {
        Assert.Equal(ControlNames.All, ControlNames.Parse("all"));
        Assert.Empty(ControlNames.Parse("none"));
        Assert.Equal([ControlNames.Uniform, ControlNames.Scratch], ControlNames.Parse("scratch, uniform,scratch"));
        var error = Assert.Throws<FormatException>(() => ControlNames.Parse("uniform,luck"));
        Assert.Contains("'luck'", error.Message);
        Assert.Contains("dynamic-programming", error.Message);
    }

    private sealed class Misled(SyntheticSearch search) : ICandidateEvaluator
    {
        public Score Evaluate(Genome genome, Func<Score, bool>? goesOn = null) => With(search.Evaluate(genome));

        private static Score With(Score score) => score with { Loss = 1 / score.Error };
    }

    private bool IsWithin(Particle particle) => particle.Score.Error <= search.Baseline.Error + ErrorLimit;

    private double Rate(Genome genome) =>
        SparsityCounts.Of(search.Space, genome).MacsLeft / (double)SparsityCounts.Of(search.Space, search.Space.Full).MacsLeft;

    private List<Genome> Candidates(string name, Granularities granularities) => All(Create(name, granularities));

    private List<Genome> All(ISearchMethod method)
    {
        var all = new List<Genome>();
        ControlRun.Of(method, search, particles => all.AddRange(particles.Select(p => p.Genome)));
        return all;
    }

    private ISearchMethod Create(string name, Granularities granularities)
    {
        var factory = new ControlFactory(
            search.Space,
            search.Importance,
            search.Importance,
            search.Variation,
            LayerCosts.Uniform(search.Space),
            granularities,
            search.Baseline,
            ErrorLimit,
            1,
            Evaluations);
        return factory.Create(name);
    }
}

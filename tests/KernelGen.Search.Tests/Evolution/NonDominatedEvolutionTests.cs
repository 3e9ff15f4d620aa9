using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class NonDominatedEvolutionTests
{
    private static readonly SearchOptions Options = new(Seed: 3, Population: 8, Evaluations: 200, ErrorLimit: 6);

    [Fact]
    public void A_search_resumed_after_any_generation_ends_in_the_same_state()
    {
        var search = new SyntheticSearch();
        var saved = new List<string>();
        var state = search.Run(Evolution(search), SearchState.Start, 3, s => saved.Add(SearchCheckpoint.Write(s)));
        var text = SearchCheckpoint.Write(state);
        Assert.All(saved, s => Assert.Equal(text, SearchCheckpoint.Write(search.Run(Evolution(search), SearchCheckpoint.Read(s), 3))));
    }

    [Fact]
    public void Its_front_beats_that_of_random_search_with_as_many_evaluations()
    {
        var search = new SyntheticSearch();
        var evolved = search.Run(Evolution(search), SearchState.Start, 10);
        var random = new List<Particle>();
        for (var p = 0; random.Count < evolved.Evaluations; p++)
        {
            var own = new KeyedRandom(1, "random", 0, p);
            var genome = search.Variation.Random(0.02 * Math.Pow(40, own.NextDouble()), Granularities.All, own);
            random.Add(new Particle(genome, search.Evaluate(genome)));
        }

        Assert.True(Volume(evolved.Front) > Volume(random));

        double Volume(IEnumerable<Particle> particles) => Hypervolume.Of(
            particles.Select(p => (p.Score.Error - search.Baseline.Error, p.Score.Microseconds)), search.Baseline.Microseconds, Options.ErrorLimit);
    }

    [Fact]
    public void What_was_learnt_from_candidates_makes_better_children()
    {
        var search = new SyntheticSearch();
        var evolution = Evolution(search);
        var state = search.Run(evolution, SearchState.Start, 4);
        var unknowing = state with { Observations = [search.Surrogate.Observe(new Particle(search.Space.Full, search.Baseline))] };

        // At the same time: a child's loss over that of the front at its time, or at the nearest shorter one.
        Assert.True(Excess(evolution.Propose(state)) < 0.8 * Excess(evolution.Propose(unknowing)));

        double Excess(IEnumerable<Genome> genomes) => genomes.Select(g => search.Evaluate(g)).Average(
            s => s.Loss - state.Front.Where(p => p.Score.Microseconds <= s.Microseconds).Select(p => p.Score.Loss).DefaultIfEmpty(state.Front[0].Score.Loss).Min());
    }

    [Fact]
    public void The_same_state_proposes_the_same()
    {
        var search = new SyntheticSearch();
        var state = search.Run(Evolution(search), SearchState.Start, 3);
        Assert.Equal(Evolution(search).Propose(state), Evolution(search).Propose(state));
    }

    [Fact]
    public void Every_candidate_is_settled_and_new_in_its_generation()
    {
        var search = new SyntheticSearch();
        var evolution = Evolution(search);
        search.Run(evolution, SearchState.Start, 4, state =>
        {
            var proposed = evolution.Propose(state);
            Assert.NotEmpty(proposed);
            Assert.Equal(proposed.Count, proposed.Distinct().Count());
            Assert.All(proposed, g => Assert.Equal(g, GenomeSettling.Settle(search.Space, g)));
        });
    }

    [Fact]
    public void A_search_by_maps_alone_leaves_kernels_and_taps_whole()
    {
        var search = new SyntheticSearch(Granularities.Maps);
        var options = Options with { Granularities = new GranularitySchedule(Granularities.Maps, IsStaged: false) };
        var state = search.Run(Evolution(search, options), SearchState.Start, 4);
        Assert.NotEmpty(state.Front);
        Assert.All(state.Front, p =>
        {
            var removed = SparsityCounts.Of(search.Space, p.Genome).Removed;
            Assert.Equal((0, 0), (removed.Kernel, removed.Stride));
            Assert.True(removed.Map > 0);
        });
    }

    [Theory]
    [InlineData(0.0, Granularities.Maps)]
    [InlineData(0.34, Granularities.Kernels)]
    [InlineData(0.67, Granularities.Strides)]
    [InlineData(1.0, Granularities.Strides)]
    public void The_staged_order_is_the_papers(double progress, Granularities expected) =>
        Assert.Equal(expected, new GranularitySchedule(Granularities.All, IsStaged: true).At(progress));

    private static NonDominatedEvolution Evolution(SyntheticSearch search, SearchOptions? options = null)
    {
        options ??= Options;
        var seeds = DynamicProgramming.Singles(search.Space, search.Importance, options.Granularities.Allowed, 40);
        return new NonDominatedEvolution(search.Space, search.Variation, search.Regrowth, search.Surrogate, search.Baseline, options, seeds);
    }
}

using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class ParticleFilterTests
{
    private const int Generations = 8;

    private static readonly SearchOptions Options = new(Seed: 3, Population: 12, Evaluations: 12 * Generations, ErrorLimit: 4);

    [Fact]
    public void A_search_resumed_after_any_generation_ends_in_the_same_state()
    {
        var search = new SyntheticSearch();
        var saved = new List<string>();
        var state = search.Run(Filter(search), SearchState.Start, 4, s => saved.Add(SearchCheckpoint.Write(s)));
        var text = SearchCheckpoint.Write(state);
        Assert.All(saved, s => Assert.Equal(text, SearchCheckpoint.Write(search.Run(Filter(search), SearchCheckpoint.Read(s), 4))));
    }

    [Fact]
    public void A_state_survives_its_text()
    {
        var search = new SyntheticSearch();
        var state = search.Run(Filter(search), SearchState.Start, 3);
        Assert.Equal(state, SearchCheckpoint.Read(SearchCheckpoint.Write(state)));
    }

    [Fact]
    public void The_front_holds_survivors_only_and_gets_faster()
    {
        var search = new SyntheticSearch();
        var first = search.Run(Filter(search), SearchState.Start, 2);
        var last = search.Run(Filter(search), first, Generations);
        Assert.All(last.Front, p => Assert.True(p.Score.Error <= search.Baseline.Error + Options.ErrorLimit));
        Assert.True(last.Front[0].Score.Microseconds < first.Front[0].Score.Microseconds);
        Assert.Equal(last.Front.OrderBy(p => p.Score.Microseconds), last.Front);
        Assert.Equal(last.Front.OrderByDescending(p => p.Score.Loss), last.Front);
    }

    [Fact]
    public void The_pruning_rate_rises_while_particles_survive_and_not_when_they_do_not()
    {
        var search = new SyntheticSearch();
        var lenient = search.Run(Filter(search, Options with { ErrorLimit = 1000 }), SearchState.Start, 3);
        Assert.Equal(Options.FirstRate * Math.Pow(Options.Pressure, 3), lenient.Rate, 9);

        var refused = search.Run(Filter(search, Options with { ErrorLimit = -1 }), SearchState.Start, 3);
        Assert.Equal(Options.FirstRate, refused.Rate);
        Assert.Empty(refused.Front);
    }

    [Fact]
    public void The_front_prunes_at_each_granularity()
    {
        var search = new SyntheticSearch();
        var state = search.Run(Filter(search), SearchState.Start, 5);
        Assert.NotEmpty(state.Front);
        Assert.All(state.Front, p =>
        {
            var counts = SparsityCounts.Of(search.Space, p.Genome);
            Assert.All([counts.Removed.Map, counts.Removed.Kernel, counts.Removed.Stride], removed => Assert.True(removed >= 0.05 * counts.ConvWeights));
        });
    }

    private static ParticleFilter Filter(SyntheticSearch search, SearchOptions? options = null) =>
        new(search.Variation, search.Baseline, options ?? Options);
}

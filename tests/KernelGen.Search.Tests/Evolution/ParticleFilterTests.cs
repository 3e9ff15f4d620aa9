using KernelGen.Search.Controls;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;
using KernelGen.Search.Tests.Controls;

namespace KernelGen.Search.Tests.Evolution;

public class ParticleFilterTests
{
    private static readonly SearchOptions Options = new(Seed: 3, Population: 12, Generations: 8, Tolerance: 4, MinimumShare: 0.05);

    [Fact]
    public void A_search_resumed_after_any_generation_ends_in_the_same_state()
    {
        const int Generations = 4;
        var state = SearchState.Start(Options);
        var saved = new List<string>();
        for (var generation = 0; generation < Generations; generation++)
        {
            saved.Add(SearchCheckpoint.Write(state));
            state = Run(state, generation + 1);
        }

        var text = SearchCheckpoint.Write(state);
        Assert.All(saved, s => Assert.Equal(text, SearchCheckpoint.Write(Run(SearchCheckpoint.Read(s), Generations))));
    }

    [Fact]
    public void A_state_survives_its_text()
    {
        var state = Run(SearchState.Start(Options), 3);
        Assert.Equal(state, SearchCheckpoint.Read(SearchCheckpoint.Write(state)));
    }

    [Fact]
    public void The_front_holds_survivors_only_and_gets_faster()
    {
        var evaluator = new SyntheticEvaluator();
        var first = Run(SearchState.Start(Options), 2);
        var last = Run(first, Options.Generations);
        Assert.All(last.Front, p => Assert.True(p.Score.Error <= evaluator.Baseline.Error + Options.Tolerance));
        Assert.True(last.Front[0].Score.Microseconds < first.Front[0].Score.Microseconds);
        Assert.Equal(last.Front.OrderBy(p => p.Score.Microseconds), last.Front);
        Assert.Equal(last.Front.OrderByDescending(p => p.Score.Error), last.Front);
    }

    [Fact]
    public void The_pruning_rate_rises_while_particles_survive_and_not_when_they_do_not()
    {
        var lenient = Run(SearchState.Start(Options with { Tolerance = 1000 }), 3, Options with { Tolerance = 1000 });
        Assert.Equal(Options.FirstRate * Math.Pow(Options.Pressure, 3), lenient.Rate, 9);

        var strict = Options with { Tolerance = -1 };
        var refused = Run(SearchState.Start(strict), 3, strict);
        Assert.Equal(strict.FirstRate, refused.Rate);
        Assert.Empty(refused.Front);
        Assert.Equal(36, refused.Evaluations);
    }

    [Fact]
    public void The_front_prunes_at_each_granularity()
    {
        var evaluator = new SyntheticEvaluator();
        var state = Run(SearchState.Start(Options), 5);
        Assert.NotEmpty(state.Front);
        Assert.All(state.Front, p => Assert.True(SparsityCounts.Of(evaluator.Space, p.Genome).SmallestShare >= 0.05));
    }

    [Fact]
    public void Evolution_beats_random_search_with_as_many_evaluations()
    {
        const int Generations = 14;
        var evaluator = new SyntheticEvaluator();
        var evolved = Run(SearchState.Start(Options), Generations);
        var random = ControlRun.Of(new RandomSearch(evaluator.Variation, Options.Seed, evolved.Evaluations), evaluator);

        Assert.Equal(evolved.Evaluations, evaluator.Evaluations);
        var limit = evaluator.Baseline.Error + Options.Tolerance;
        Assert.All(random.Front.Where(p => p.Score.Error <= limit), p => Assert.True(p.Score.Microseconds > evolved.Front[0].Score.Microseconds));
    }

    [Fact]
    public void A_cancelled_generation_can_be_done_again()
    {
        var evaluator = new SyntheticEvaluator();
        var filter = new ParticleFilter(evaluator.Variation, evaluator, evaluator.Baseline, Options);
        var start = Run(SearchState.Start(Options), 2);
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => filter.Next(start, done => Cancel(done, cancel), cancel.Token));

        Assert.True(evaluator.Evaluations < Options.Population);
        Assert.Equal(filter.Next(start, _ => { }, CancellationToken.None), filter.Next(start, _ => { }, CancellationToken.None));
    }

    private static void Cancel(int done, CancellationTokenSource cancel)
    {
        if (done == 5)
        {
            cancel.Cancel();
        }
    }

    private static SearchState Run(SearchState state, int generations, SearchOptions? options = null)
    {
        var evaluator = new SyntheticEvaluator();
        var filter = new ParticleFilter(evaluator.Variation, evaluator, evaluator.Baseline, options ?? Options);
        while (state.Generation < generations)
        {
            state = filter.Next(state, _ => { }, CancellationToken.None);
        }

        return state;
    }
}

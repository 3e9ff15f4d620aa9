using System.Text.RegularExpressions;
using KernelGen.Compiler;
using KernelGen.Tests.Shared;

namespace KernelGen.Runtime.Tests;

public class LayerTimerTests
{
    private static readonly CompilerOptions Plain = new() { Targets = [HostTarget.Name] };
    private static readonly CompilerOptions Clocked = Plain with { TimesLayers = true };

    private static readonly TimingOptions Quick = new()
    {
        WarmUp = TimeSpan.FromMilliseconds(5),
        Batch = TimeSpan.FromMilliseconds(1),
        Rounds = 3,
    };

    [Fact]
    public void Every_layer_of_the_plan_has_its_time()
    {
        var description = NetworkCases.Named("residual block").Description;

        var times = LayerTimer.Measure(description, Plain, Quick);

        Assert.Equal(NetworkCompiler.Plan(description, Plain).Layers, times.Layers.Select(t => t.Layer));
        Assert.All(times.Layers.Where(t => t.Layer.MacsLeft > 0), t => Assert.True(t.Microseconds > 0, t.Layer.Name));
        Assert.All(times.Layers.Where(t => t.Layer.Schedule == "fused"), t => Assert.Equal(0, t.Microseconds));
        Assert.Equal(times.Layers.Sum(t => t.Microseconds), times.Sum);
        Assert.True(times.Whole > 0);
    }

    [Theory]
    [InlineData("residual block")]
    [InlineData("residual with projection")]
    [InlineData("two inputs two outputs")]
    public void The_clock_changes_no_result(string name)
    {
        var description = NetworkCases.Named(name).Description;
        using var plain = CompiledNetwork.Load(description, Plain);
        using var clocked = CompiledNetwork.Load(description, Clocked);

        foreach (var sample in NetworkVerifier.RandomSamples(description, 1, 3))
        {
            Assert.Equal(plain.Run(sample), clocked.Run(sample));
        }
    }

    [Theory]
    [InlineData(ScheduleChoice.Unrolled)]
    [InlineData(ScheduleChoice.Loop)]
    public void Copies_are_the_time_of_the_layer_that_reads_them(ScheduleChoice schedule)
    {
        var description = NetworkCases.Named("residual block").Description;

        var source = NetworkCompiler.Compile(description, Clocked with { Schedule = schedule });

        var laps = Regex.Matches(source.Text, @"LayerClock\.Lap\((\d+)\);").Select(m => int.Parse(m.Groups[1].Value)).ToList();
        Assert.Equal(
            Enumerable.Range(0, source.Plan.Layers.Count).Where(i => source.Plan.Layers[i].Schedule != "fused"),
            laps);
    }

    [Fact]
    public void Networks_without_a_clock_are_timed_as_a_whole()
    {
        var description = NetworkCases.Named("two inputs two outputs").Description;
        using var plain = CompiledNetwork.Load(description, Plain);
        using var clocked = CompiledNetwork.Load(description, Clocked);

        var times = LayerTimer.Measure([plain, clocked], Quick);

        Assert.Empty(times[0].Layers);
        Assert.Equal(clocked.Source.Plan.Layers.Count, times[1].Layers.Count);
        Assert.All(times, t => Assert.True(t.Whole > 0));
        Assert.DoesNotContain("LayerClock", plain.Source.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_ends_it()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => LayerTimer.Measure(NetworkCases.Named("residual block").Description, Plain, Quick, cancelled.Token));
    }
}

using KernelGen.Tests.Shared;

namespace KernelGen.Runtime.Tests;

public class InferenceTimerTests
{
    private static readonly TimingOptions Quick = new()
    {
        WarmUp = TimeSpan.FromMilliseconds(20),
        Batch = TimeSpan.FromMilliseconds(1),
        Rounds = 9,
    };

    [Fact]
    public void Every_contender_is_timed_in_every_round()
    {
        var report = InferenceTimer.Measure([new("few", () => Work(200)), new("many", () => Work(20_000))], Quick);

        Assert.Equal(["few", "many"], report.Times.Select(t => t.Name));
        Assert.All(report.Times, t => Assert.Equal(Quick.Rounds, t.Microseconds.Count));
        Assert.All(report.Times, t => Assert.InRange(t.Median, t.Minimum, t.Microseconds.Max()));
    }

    [Fact]
    public void Networks_are_timed()
    {
        var description = NetworkCases.Named("two inputs two outputs").Description;
        using var network = CompiledNetwork.Load(description);
        var inference = TimedInference.Of("net", network, NetworkVerifier.RandomSamples(description, 1, 1)[0]);

        var report = InferenceTimer.Measure([inference], Quick);

        Assert.True(report.Times[0].Minimum > 0);
        Assert.Equal(1, report.Ratio(0, 0));
    }

    [Fact]
    public void Cancellation_ends_it()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Throws<OperationCanceledException>(() => InferenceTimer.Measure([new("x", () => Work(1))], Quick, cancelled.Token));
    }

    [SkippableFact]
    public void The_thread_is_kept_on_one_core_and_then_freed()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Threads are pinned on Linux only.");

        // On a thread of its own: the mask must not leak into the test runner's pool.
        (int Core, int Running, int Again) seen = default;
        var thread = new Thread(() =>
        {
            using (var pinning = CorePinning.PinCurrentThread())
            {
                seen.Core = pinning.Core;
                seen.Running = Thread.GetCurrentProcessorId();
            }

            using var again = CorePinning.PinCurrentThread();
            seen.Again = again.Core;
        });
        thread.Start();
        thread.Join();

        Assert.True(seen.Core >= 0);
        Assert.Equal(seen.Core, seen.Running);
        Assert.Equal(seen.Core, seen.Again);
    }

    [Fact]
    public void Inferences_with_threads_of_their_own_are_timed_on_any_core() =>
        Assert.Equal(-1, InferenceTimer.Measure([new("x", () => Work(1))], Quick with { OnOneCore = false }).Core);

    private static void Work(int steps)
    {
        var x = 1.0;
        for (var i = 0; i < steps; i++)
        {
            x = Math.Sqrt(x + i);
        }

        GC.KeepAlive(x);
    }
}

using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Machine;

/// <summary>
/// How this project times: many short batches, of which the shortest counts. On a machine that does other work too most batches are
/// disturbed, so a median tells of the neighbours; short batches find a quiet moment.
/// </summary>
internal static class Timing
{
    /// <summary>For a single layer, of which there are many.</summary>
    public static TimingOptions Layer { get; } =
        new() { WarmUp = TimeSpan.FromMilliseconds(150), Rounds = 61, Batch = TimeSpan.FromMilliseconds(0.4) };

    /// <summary>For a whole network.</summary>
    public static TimingOptions Network { get; } =
        new() { WarmUp = TimeSpan.FromMilliseconds(300), Rounds = 101, Batch = TimeSpan.FromMilliseconds(1) };

    /// <summary>The least time of each, in microseconds, from one interleaved run on one core.</summary>
    public static double[] Minima(TimingOptions options, params IEnumerable<TimedInference> inferences) =>
        [.. InferenceTimer.Measure([.. inferences], options).Times.Select(t => t.Minimum)];
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using KernelGen.Runtime;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>The options of <c>bench --batch</c>.</summary>
internal sealed class BatchOptions
{
    private readonly Option<int> batch = NumberOption.Create("--batch", "Time batches of so many images instead, on one thread and on --threads.", 0, least: 1);
    private readonly Option<int> threads = NumberOption.Create("--threads", "Threads of --batch.", Environment.ProcessorCount, least: 1);

    public BatchOptions(Command command)
    {
        command.Options.Add(batch);
        command.Options.Add(threads);
    }

    public bool IsGiven(CommandResult result) => result.GetResult(batch) is { Implicit: false };

    /// <summary>Images per batch, 0 if not given.</summary>
    public int Images(ParseResult parsed) => parsed.GetValue(batch);

    public int Threads(ParseResult parsed) => parsed.GetValue(threads);
}

/// <summary>Images per second of <c>RunBatch</c>. The threads are not pinned: where they run is the system's affair.</summary>
internal static class BatchBench
{
    private const int Seed = 1;

    public static void Run(IEnumerable<(string Path, CompiledNetwork Network)> networks, int images, int threads, int rounds, bool json, CancellationToken cancellation)
    {
        var results = networks
            .SelectMany(n => new[] { 1, threads }.Distinct().Select(t => Measure(n.Path, n.Network, images, t, rounds, cancellation)))
            .ToList();
        if (json)
        {
            Output.Json(results);
            return;
        }

        Output.Table(
            ["model", "target", "threads", "minimum ms", "images/s"],
            results.Select(r => new[]
            {
                r.Model, r.Target, Invariant($"{r.Threads}"), Invariant($"{r.Milliseconds:0.000}"), Invariant($"{r.ImagesPerSecond:N0}"),
            }));
        Output.Line($"Batches of {images} images, {rounds} rounds.");
    }

    private static Result Measure(string path, CompiledNetwork network, int images, int threads, int rounds, CancellationToken cancellation)
    {
        var sample = NetworkVerifier.RandomSamples(network.Description, Seed, 1)[0];
        ReadOnlyMemory<float>[] inputs = [.. sample.Select(s => Enumerable.Repeat(s, images).SelectMany(v => v).ToArray())];
        Memory<float>[] outputs = [.. network.OutputShapes.Select(s => new float[s.Length * images])];
        network.RunBatch(inputs, outputs, images, threads);
        var least = TimeSpan.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            network.RunBatch(inputs, outputs, images, threads);
            var time = Stopwatch.GetElapsedTime(start);
            least = time < least ? time : least;
        }

        return new Result(path, network.Target, threads, least.TotalMilliseconds, images / least.TotalSeconds);
    }

    /// <param name="Milliseconds">Of one batch, the least of the rounds.</param>
    private sealed record Result(string Model, string Target, int Threads, double Milliseconds, double ImagesPerSecond);
}

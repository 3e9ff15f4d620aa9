using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>The options of <c>bench --build</c>.</summary>
internal sealed class BuildOptions
{
    private readonly Option<bool> build = new("--build")
    {
        Description = "Measure generating, compiling, loading and the first inference: of MODEL, or without one of networks of 10³ to 10⁷ weights, each in a process of its own.",
    };

    private readonly Option<int> largest = NumberOption.Create(
        "--largest", "Weights of the largest network of --build without MODEL.", 10_000_000, least: GrowthNetworks.Smallest);

    public BuildOptions(Command command)
    {
        command.Options.Add(build);
        command.Options.Add(largest);
    }

    public bool IsGiven(CommandResult command) => command.GetValue(build);

    public int Largest(ParseResult parsed) => parsed.GetValue(largest);
}

/// <summary>
/// What it costs to make and to start code. Every network has a process of its own: the first build of a process also pays for
/// starting the compilers, as a user's does.
/// </summary>
internal static class BuildBench
{
    public static async Task<int> Run(
        ParseResult parsed, ModelArgument model, CodeOptions code, BuildOptions build, bool json, CancellationToken cancellation)
    {
        var results = model.IsGiven(parsed.CommandResult)
            ? [Measure(parsed, model, code, cancellation)]
            : await MeasureGrowth(parsed, build.Largest(parsed), cancellation);
        if (json)
        {
            Output.Json(results);
            return ExitCodes.Ok;
        }

        Output.Table(
            ["network", "weights", "read ms", "generate ms", "compile ms", "source KB", "assembly KB", "load ms", "first ms", "of it JIT", "next ms", "workspace KB", "peak MB"],
            results.Select(r => new[]
            {
                r.Cost.Name, Invariant($"{r.Cost.Weights:N0}"), Invariant($"{r.Read:0}"), Invariant($"{r.Cost.Generate:0}"), Invariant($"{r.Cost.Compile:0}"),
                Kilo(r.Cost.SourceBytes), Kilo(r.Cost.AssemblyBytes), Invariant($"{r.Cost.Load:0.0}"), Invariant($"{r.Cost.FirstInference:0.0}"),
                Invariant($"{r.Cost.Jit:0.0}"), Invariant($"{r.Cost.Inference:0.000}"), Kilo(r.Cost.WorkspaceBytes), Invariant($"{r.Cost.PeakBytes / 1e6:0}"),
            }));
        Output.Line($"First: the first inference after loading. JIT: of loading and first inference. Peak: of the process until the assembly was there.");
        return ExitCodes.Ok;
    }

    private static BuildResult Measure(ParseResult parsed, ModelArgument model, CodeOptions code, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var description = model.Read(parsed);
        var read = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return new BuildResult(read, BuildTimer.Measure(description, code.Read(parsed, TargetNames.All), cancellation));
    }

    private static async Task<List<BuildResult>> MeasureGrowth(ParseResult parsed, int largest, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("kernelgen-bench-");
        try
        {
            var results = new List<BuildResult>();
            foreach (var network in GrowthNetworks.UpTo(largest))
            {
                var path = Path.Combine(folder.FullName, "network.kgn");
                AtomicFile.WriteAllText(path, DescriptionWriter.Write(network));
                results.Add(await MeasureApart(path, parsed, cancellation));
            }

            return results;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs this command again, in a new process and for one file.</summary>
    private static async Task<BuildResult> MeasureApart(string path, ParseResult parsed, CancellationToken cancellation)
    {
        var host = Environment.ProcessPath!;
        var tool = typeof(BuildBench).Assembly.Location;
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true };
        string[] own = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [tool] : [];
        foreach (var argument in own.Concat(parsed.Tokens.Select(t => t.Value).Where(t => t != "--json")).Append("--json").Append(path))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == ExitCodes.Ok
                ? Output.FromJson<List<BuildResult>>(output)[0]
                : throw new InvalidOperationException($"The build of {Path.GetFileName(path)} ended with exit code {process.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static string Kilo(long bytes) => Invariant($"{bytes / 1000.0:N1}");

    /// <param name="Read">Milliseconds to read and check the file.</param>
    private sealed record BuildResult(double Read, BuildCost Cost);
}

using System.Reflection;
using System.Runtime.Loader;
using KernelGen.Compiler;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Conformance;

/// <summary>
/// Runs compiled networks in a process of their own, whose runtime hides the vector instructions that are wider than a target. Code that
/// ends its process ends only that one.
/// </summary>
internal static class EngineProcess
{
    /// <summary>The first argument of such a process; the target and the folder with the jobs follow.</summary>
    public const string Command = "run-jobs";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The widths that this machine can run, widest first.</summary>
    public static IReadOnlyList<string> Widths { get; } = [.. TargetNames.All.SkipWhile(t => t != HostTarget.Name)];

    /// <summary>Runs all jobs of a folder at one width.</summary>
    /// <returns>What the process printed if it failed as a whole; empty if it ended well.</returns>
    public static async Task<string> Start(string folder, string width)
    {
        try
        {
            var (exitCode, output, error) = await DotNetProcess.Run(
                typeof(EngineProcess).Assembly.Location, [Command, width, folder], DotNetProcess.Hiding(Hidden(width)), Patience);
            return exitCode == 0 ? "" : $"exit code {exitCode}: {output}{error}";
        }
        catch (TimeoutException)
        {
            return FormattableString.Invariant($"no end after {Patience.TotalMinutes} minutes");
        }
    }

    /// <summary>The process itself.</summary>
    public static int Run(string width, string folder)
    {
        if (HostTarget.Name != width)
        {
            Console.WriteLine($"The width did not take effect: {HostTarget.Name} instead of {width}.");
            return 2;
        }

        Parallel.ForEach(EngineJob.Numbers(folder), number => Answer(folder, number, width));
        return 0;
    }

    private static string[] Hidden(string width) => width switch
    {
        TargetNames.Vector512 => [],
        TargetNames.Vector256 => ["EnableAVX512"],
        TargetNames.Vector128 => ["EnableAVX512", "EnableAVX2"],
        _ => ["EnableHWIntrinsic"],
    };

    private static void Answer(string folder, int number, string width)
    {
        try
        {
            var (assembly, inputs, lengths) = EngineJob.Read(folder, number);
            var type = Load(assembly);
            var target = (string)type.GetProperty("Target", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
            if (target != width)
            {
                throw new InvalidOperationException($"target {target} ran instead of {width}");
            }

            // Twice: the second run finds the workspace as the first one left it.
            var binding = Binding.Create(type, inputs[0].Length, lengths.Length);
            var (first, second) = (RunAll(binding, inputs, lengths), RunAll(binding, inputs, lengths));
            var same = first.Zip(second).All(s => s.First.Zip(s.Second).All(t => t.First.SequenceEqual(t.Second)));
            EngineJob.WriteAnswer(folder, number, width, same ? null : "the second run gave other outputs than the first", second);
        }
        catch (Exception e)
        {
            var inner = e is TargetInvocationException { InnerException: { } cause } ? cause : e;
            EngineJob.WriteAnswer(folder, number, width, $"{inner.GetType().Name}: {inner.Message}", []);
        }
    }

    private static Type Load(byte[] assembly) =>
        new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(new MemoryStream(assembly)).GetTypes().Single(t => t.IsPublic);

    private static float[][][] RunAll(Binding binding, float[][][] inputs, int[] lengths)
    {
        var results = inputs.Select(_ => lengths.Select(length => new float[length]).ToArray()).ToArray();
        foreach (var (set, outputs) in inputs.Zip(results))
        {
            binding.Many(set, outputs);
        }

        return results;
    }
}

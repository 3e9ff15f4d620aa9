using System.Collections.Concurrent;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Runs networks compiled under given options and compares them with the reference interpreter.</summary>
internal static class CaseRunner
{
    private const int Seed = 7;
    private const string Namespace = "KernelGen.Networks";

    // The reference of each case is computed once and shared by all widths and schedules.
    private static readonly ConcurrentDictionary<string, (float[][] Inputs, float[][] Outputs)> References = new();
    private static int classes;

    /// <summary>Runs all cases; returns what failed, one line each.</summary>
    /// <param name="expectedTarget">The width that must run.</param>
    public static IReadOnlyList<string> Run(IEnumerable<NetworkCase> cases, CompilerOptions options, string expectedTarget)
    {
        var failures = new ConcurrentBag<string>();
        var prefix = FormattableString.Invariant($"Run{Interlocked.Increment(ref classes)}_");
        _ = JitListener.Shared;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(cases.Select((c, i) => (c, i)), parallel, item =>
        {
            var className = FormattableString.Invariant($"{prefix}{item.i}");
            if (Fault(item.c, options with { ClassName = className, Namespace = Namespace }, expectedTarget) is { } fault)
            {
                failures.Add($"{item.c.Name}: {fault}");
            }
        });
        foreach (var method in JitListener.Shared.MethodsOf($"{Namespace}.{prefix}").Where(m => m.Tier == JitTier.MinOpts))
        {
            failures.Add($"JIT: {method}");
        }

        return failures.Order(StringComparer.Ordinal).ToList();
    }

    public static (float[][] Inputs, float[][] Outputs) ReferenceOf(NetworkCase networkCase) =>
        References.GetOrAdd(networkCase.Name, _ => Reference(networkCase.Description));

    /// <summary>What is wrong with one case, or null.</summary>
    private static string? Fault(NetworkCase networkCase, CompilerOptions options, string expectedTarget)
    {
        try
        {
            var (inputs, expected) = ReferenceOf(networkCase);
            using var network = CompiledNetwork.Load(networkCase.Description, options);
            if (network.Target != expectedTarget)
            {
                return $"target {network.Target} ran instead of {expectedTarget}";
            }

            // Twice: the second run finds the workspace as the first one left it.
            return Difference(networkCase.Description, expected, network.Run(inputs))
                ?? Difference(networkCase.Description, expected, network.Run(inputs));
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static (float[][] Inputs, float[][] Outputs) Reference(NetworkDescription description)
    {
        var inputs = NetworkVerifier.RandomSamples(description, Seed, 1)[0];
        return (inputs, Interpreter.Run(NetworkGraph.Create(description), inputs));
    }

    private static string? Difference(NetworkDescription description, float[][] expected, float[][] actual)
    {
        for (var k = 0; k < expected.Length; k++)
        {
            var tensor = OutputComparison.Compare(description.Outputs[k], expected[k], actual[k]);
            if (!tensor.IsWithin(OutputComparison.DefaultTolerance))
            {
                return FormattableString.Invariant(
                    $"{tensor.Name}[{tensor.WorstIndex}] of {tensor.Length} is {tensor.Actual}, not {tensor.Expected} (relative {tensor.RelativeDifference:0.0e+0})");
            }
        }

        return null;
    }
}

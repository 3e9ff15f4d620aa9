using System.Diagnostics;
using System.Runtime;
using System.Runtime.Loader;
using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Runtime;

/// <summary>What it costs to make an assembly of a network and to start it. Times in milliseconds.</summary>
/// <param name="Weights">Numbers in the description's convolutions and fully connected layers.</param>
/// <param name="Generate">From the description to C#.</param>
/// <param name="Compile">From C# to the assembly and its documentation, by Roslyn.</param>
/// <param name="Load">The assembly loaded and one instance made.</param>
/// <param name="FirstInference">The first call of <c>Run</c>, its compilation by the JIT included.</param>
/// <param name="Jit">The share of the JIT in <paramref name="Load"/> and <paramref name="FirstInference"/>.</param>
/// <param name="Inference">A call of <c>Run</c> once everything is there: the fastest of a few.</param>
/// <param name="PeakBytes">The most memory that the process has held until the assembly was there.</param>
public sealed record BuildCost(
    string Name,
    long Weights,
    double Generate,
    double Compile,
    long SourceBytes,
    long AssemblyBytes,
    double Load,
    double FirstInference,
    double Jit,
    double Inference,
    long WorkspaceBytes,
    long PeakBytes);

/// <summary>Times one build of a network. Only the first one of a process tells what a build costs that finds nothing warm.</summary>
public static class BuildTimer
{
    private const int Seed = 1;
    private const int Repetitions = 10;

    /// <summary>Generates, compiles, loads and runs a network on the calling thread; Roslyn uses other threads too.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="GeneratedCodeException">The generated code does not compile: an internal error.</exception>
    public static BuildCost Measure(NetworkDescription description, CompilerOptions options, CancellationToken cancellation = default)
    {
        var (generate, source) = Time(() => NetworkCompiler.Compile(description, options));
        var (compile, emitted) = Time(() => NetworkAssembly.Emit(source, options.ClassName, cancellation: cancellation));
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64;
        var sample = NetworkVerifier.RandomSamples(description, Seed, 1)[0];

        // What the build left behind would be collected during the first inference else.
        GC.Collect();
        var jit = JitInfo.GetCompilationTime(currentThread: true);
        var (load, type) = Time(() => Load(emitted.Assembly, options));
        var jitOfLoading = JitInfo.GetCompilationTime(currentThread: true) - jit;
        var outputs = description.Outputs.Select(NetworkGraph.Create(description).ShapeOf).Select(s => new float[s.Length]).ToArray();
        var binding = Binding.Create(type, sample.Length, outputs.Length);
        jit = JitInfo.GetCompilationTime(currentThread: true);
        var first = Run(binding, sample, outputs);
        jit = JitInfo.GetCompilationTime(currentThread: true) - jit;
        return new BuildCost(
            description.Name,
            description.Layers.Sum(l => Weights(l.Operator)),
            generate,
            compile,
            source.Text.Length,
            emitted.Assembly.Length,
            load,
            first,
            (jitOfLoading + jit).TotalMilliseconds,
            Enumerable.Range(0, Repetitions).Min(_ => Run(binding, sample, outputs)),
            source.Plan.WorkspaceBytes,
            peak);
    }

    /// <summary>As a program loads an assembly it references: never to be unloaded, so that the JIT's tiers are at work.</summary>
    private static Type Load(byte[] assembly, CompilerOptions options)
    {
        var context = new AssemblyLoadContext(options.ClassName);
        var name = options.Namespace.Length == 0 ? options.ClassName : $"{options.Namespace}.{options.ClassName}";
        var type = context.LoadFromStream(new MemoryStream(assembly)).GetType(name, throwOnError: true)!;
        Activator.CreateInstance(type);
        return type;
    }

    private static double Run(Binding binding, float[][] inputs, float[][] outputs)
    {
        var start = Stopwatch.GetTimestamp();
        if (binding.Single is { } single)
        {
            single(inputs[0], outputs[0]);
        }
        else
        {
            binding.Many(inputs, outputs);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static (double Milliseconds, T Result) Time<T>(Func<T> work)
    {
        var start = Stopwatch.GetTimestamp();
        var result = work();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, result);
    }

    private static long Weights(Operator op) => op switch
    {
        Conv conv => conv.Weights.Values.Length,
        Dense dense => dense.Weights.Length,
        _ => 0,
    };
}

using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using KernelGen.Compiler.Emit;
using KernelGen.Compiler.Passes;
using KernelGen.Compiler.Scheduling;
using KernelGen.Model;

namespace KernelGen.Compiler;

/// <summary>Turns a network into C#. Pure: the same description and options give the same bytes on every machine.</summary>
public static class NetworkCompiler
{
    /// <summary>Version of the compiler, which every generated file names.</summary>
    public static string Version { get; } =
        typeof(NetworkCompiler).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";

    /// <summary>Emits the network as one C# file.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static CompiledSource Compile(NetworkDescription description, CompilerOptions options)
    {
        var plans = Schedule(description, options);
        var summary = PlanSummary.Create(plans);
        var text = new NetworkEmitter(description, options, plans, summary, Hash(description)).Emit();
        return new CompiledSource(text, summary);
    }

    /// <summary>What <see cref="Compile"/> would do with each layer, without emitting it.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static NetworkPlan Plan(NetworkDescription description, CompilerOptions options) =>
        PlanSummary.Create(Schedule(description, options));

    private static IReadOnlyList<ExecutionPlan> Schedule(NetworkDescription description, CompilerOptions options)
    {
        if (options.Targets.IsEmpty)
        {
            throw new ArgumentException("At least one target is needed.", nameof(options));
        }

        if (!ClassNames.IsIdentifier(options.ClassName) || (options.Namespace.Length > 0 && !ClassNames.IsNamespace(options.Namespace)))
        {
            throw new ArgumentException($"'{options.Namespace}.{options.ClassName}' is not a class name in C#.", nameof(options));
        }

        return ExecutionPlan.Create(PassPipeline.Run(NetworkGraph.Create(description)), options);
    }

    /// <summary>SHA-256 of the canonical file, the first 16 hexadecimal digits.</summary>
    private static string Hash(NetworkDescription description)
    {
        using var sha = SHA256.Create();
        var hash = sha.ComputeHash(Encoding.UTF8.GetBytes(DescriptionWriter.Write(description)));
        return string.Concat(hash.Take(8).Select(b => "0123456789abcdef"[b >> 4].ToString() + "0123456789abcdef"[b & 15]));
    }
}

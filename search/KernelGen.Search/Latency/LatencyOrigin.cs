using System.Security.Cryptography;
using System.Text;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Latency;

/// <summary>What a latency table was measured with.</summary>
/// <param name="Machine">Name of the processor.</param>
/// <param name="Target">Vector width of the generated code, one of <see cref="TargetNames"/>.</param>
/// <param name="Compiler">Hexadecimal identity of the compiler's assembly: another build may generate other code.</param>
/// <param name="Network">Hash of the dense network's layers and shapes, 16 hexadecimal digits. Weights do not count: they are constants of the same size.</param>
public sealed record LatencyOrigin(string Machine, string Target, string Compiler, string Network)
{
    /// <summary>The <see cref="Compiler"/> of this process.</summary>
    public static string CompilerBuild { get; } = typeof(NetworkCompiler).Module.ModuleVersionId.ToString("N");

    /// <summary>What a table of this network would be measured with in this process.</summary>
    public static LatencyOrigin Here(NetworkDescription dense) => new(
        MachineInfo.Current().Processor,
        HostTarget.Name,
        CompilerBuild,
        Hash(Structure(dense)));

    /// <summary>Where a table is kept if the user names no file.</summary>
    public string CacheFile => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "kernelgen",
        $"latency-{Hash($"{Machine}\n{Target}\n{Compiler}\n{Network}")}.json");

    /// <summary>In what this differs from another origin, in words that follow "measured"; the network aside.</summary>
    public IEnumerable<string> DifferencesTo(LatencyOrigin other)
    {
        if (Machine != other.Machine || Target != other.Target)
        {
            yield return $"on {Machine} with kernels of {Target}";
        }

        if (Compiler != other.Compiler)
        {
            yield return "with another build of the compiler";
        }
    }

    private static string Structure(NetworkDescription dense)
    {
        var text = new StringBuilder();
        var graph = NetworkGraph.Create(dense);
        foreach (var input in graph.Inputs)
        {
            text.Append($"{input.Name}: {input.Shape}\n");
        }

        foreach (var node in graph.Nodes)
        {
            var window = node.Operator switch
            {
                Conv conv => $"{conv.Window}, {conv.Groups} groups",
                Pool pool => $"{pool.Kind} {pool.Window}",
                Activation activation => $"{activation.Kind}",
                Binary binary => $"{binary.Kind}",
                Reduce reduce => $"{reduce.Kind}",
                _ => string.Empty,
            };
            text.Append(FormattableString.Invariant(
                $"{node.Name}: {node.Operator.GetType().Name} {window} of {string.Join(", ", node.Inputs)}: {graph.ShapeOf(node.Name)}\n"));
        }

        return text.ToString();
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}

using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>What the JIT makes of a model's methods.</summary>
internal sealed class JitTable
{
    private readonly IReadOnlyList<MethodHealth> methods;

    private JitTable(IReadOnlyList<MethodHealth> methods) => this.methods = methods;

    public IReadOnlyList<Row> Rows => [.. methods.Select(Row.Of)];

    /// <summary>Generates, compiles and has the JIT compile.</summary>
    public static JitTable Of(NetworkDescription description, CompilerOptions options)
    {
        using var network = CompiledNetwork.Load(description, options);
        return new JitTable(JitHealth.Of(network));
    }

    public void Write()
    {
        Output.Table(
            ["method", "IL bytes", "instructions", "locals", "uses", "of limits", "tier", "native bytes", "JIT ms"],
            methods.Select(m => new[]
            {
                $"{m.Class}.{m.Name}", Count(m.Il.Bytes), Count(m.Il.Instructions), Count(m.Il.Locals), Count(m.Il.LocalUses),
                Invariant($"{m.Il.PercentOfLimits}%"), m.Tier.ToString(), Count(m.NativeBytes), m.JitMilliseconds is { } ms ? Invariant($"{ms:0.0}") : "",
            }),
            "tier");
        Output.Line($"{methods.Count} methods, {Count(methods.Sum(m => m.NativeBytes))} bytes of machine code, {methods.Sum(m => m.JitMilliseconds ?? 0):0} ms. Of limits: the largest share of any above which the JIT does not optimize.");
    }

    /// <summary>Warns of methods that cost more than they should.</summary>
    /// <returns>The exit code.</returns>
    public int Check()
    {
        foreach (var method in methods.Where(m => m.IsHelper))
        {
            Console.Error.WriteLine($"kernelgen: {method.Class}.{method.Name} is called where it should be part of its callers: a kernel has more locals than the JIT follows.");
        }

        var dropped = methods.Where(m => m.Tier == JitTier.MinOpts).ToList();
        foreach (var method in dropped)
        {
            Console.Error.WriteLine($"kernelgen: {method.Class}.{method.Name} is too large for the JIT to optimize and will be 10 to 30 times slower. Please report it, with the command line and the model.");
        }

        return dropped.Count == 0 ? ExitCodes.Ok : ExitCodes.CheckFailed;
    }

    private static string Count(long value) => Invariant($"{value:N0}");

    /// <summary>For scripts.</summary>
    internal sealed record Row(
        string Class,
        string Method,
        int IlBytes,
        int Instructions,
        int Locals,
        int LocalUses,
        int PercentOfLimits,
        string Tier,
        uint NativeBytes,
        double? JitMilliseconds,
        bool IsHelper)
    {
        public static Row Of(MethodHealth m) => new(
            m.Class, m.Name, m.Il.Bytes, m.Il.Instructions, m.Il.Locals, m.Il.LocalUses, m.Il.PercentOfLimits,
            m.Tier.ToString(), m.NativeBytes, m.JitMilliseconds, m.IsHelper);
    }
}

using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes <c>Run</c>, and which kernels it takes: what the machine has is a constant to the JIT, so that nothing is decided twice.</summary>
internal sealed class RunEmitter(SourceWriter writer, EquatableArray<string> targetNames, Ports ports)
{
    private readonly Target[] targets = targetNames.Select(Target.Parse).ToArray();

    public void Emit()
    {
        WriteRun();
        WriteTarget();
        writer.Line();
        using var method = writer.Open("private static void CheckLength(int actual, int expected, string name)");
        using var check = writer.Open("if (actual != expected)");
        writer.Line("throw new ArgumentException($\"The span has {actual} elements; the network takes {expected}.\", name);");
    }

    private void WriteRun()
    {
        writer.Line();
        writer.Line("/// <summary>Runs the network once, on the calling thread alone. Allocates nothing. <see cref=\"RunBatch\"/> uses several threads.</summary>");
        foreach (var input in ports.Inputs)
        {
            writer.Line($"/// <param name=\"{input.Name}\">{input.Shape}: {input.Length} floats, the last axis fastest.</param>");
        }

        foreach (var output in ports.Outputs)
        {
            writer.Line($"/// <param name=\"{output.Name}\">Receives {output.Shape}: {output.Length} floats, the last axis fastest.</param>");
        }

        writer.Line("/// <exception cref=\"ArgumentException\">A span has the wrong length.</exception>");
        using var method = writer.Open($"public void Run({ports.Parameters("ReadOnlySpan<float>", "Span<float>")})");
        foreach (var port in ports.All)
        {
            writer.Line($"CheckLength({port.Name}.Length, {port.Length}, nameof({port.Name}));");
        }

        writer.Line("ref var arena = ref workspace[start];");
        var arguments = ports.Arguments(p => ports.Inputs.Contains(p) ? $"ref Unsafe.AsRef(in {p.Name}[0])" : $"ref {p.Name}[0]");
        for (var i = 0; i < targets.Length; i++)
        {
            var call = $"{targets[i].ClassName}.Run(ref arena, {arguments});";
            if (targets.Length == 1)
            {
                writer.Line(call);
                continue;
            }

            var condition = i == targets.Length - 1 ? string.Empty : $"if ({targets[i].IsSupported})";
            using var branch = writer.Open(i == 0 ? condition : $"else {condition}".TrimEnd());
            writer.Line(call);
        }
    }

    private void WriteTarget()
    {
        writer.Line();
        writer.Line("/// <summary>The kernels in use: the widest vectors, in bits, that this machine runs at full speed, or <c>scalar</c>.</summary>");
        var last = targets.Length - 1;
        if (last == 0)
        {
            writer.Line($"public static string Target => \"{targets[0].Name}\";");
            return;
        }

        writer.Line("public static string Target =>");
        for (var i = 0; i < last; i++)
        {
            writer.Line($"    {targets[i].IsSupported} ? \"{targets[i].Name}\" :");
        }

        writer.Line($"    \"{targets[last].Name}\";");
    }
}

using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>One generated class of kernels while it is written: its methods, and the calls that run them in order.</summary>
internal sealed class KernelClass(Target target, ConstantPool constants, Identifiers identifiers, CompilerOptions options)
{
    /// <summary>
    /// Statements of one method at most. RyuJIT gives up optimising above 20,000 IL instructions or 8,000 uses of locals; a
    /// multiply-add is five instructions and three uses, so this stays within half of both.
    /// </summary>
    public const int MaxStatements = 1_200;

    /// <summary>Calls of kernels in one method at most: each is some 80 bytes of the 60,000 at which RyuJIT gives up.</summary>
    private const int MaxCalls = 250;

    /// <summary>In the body of <c>Run</c>: a reference to the first constant.</summary>
    public const string ConstantsName = "constants";

    private readonly SourceWriter body = new();
    private readonly List<string> calls = [];
    private readonly HashSet<string> names = ["Run"];

    public Target Target { get; } = target;

    public ConstantPool Constants { get; } = constants;

    public SourceWriter Body => body;

    /// <summary>Whether weights of unrolled kernels are literals in the text, or read from constant data.</summary>
    public bool Literal => options.Schedule == ScheduleChoice.Unrolled || Target.WeightsAsLiterals;

    /// <summary>A C# reference to a tensor's first float, in the body of <c>Run</c>.</summary>
    public static string Ref(TensorBuffer buffer, int offset = 0) => $"ref Unsafe.Add(ref arena, {Literals.Int(buffer.Offset + offset)})";

    /// <summary>A C# reference to the first element of a tensor or constant, in the body of <c>Run</c>.</summary>
    public string Ref(Operand operand) => operand.Table is { } table
        ? Constants.Floats($"{identifiers.Of(table.Layer)}_{table.Use}", () => table.Values.Span.ToArray())
        : Ref(operand.Buffer!, operand.Layout.Origin);

    /// <summary>A name for a method or table that no other has.</summary>
    public string Unique(string name)
    {
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
        {
            unique = $"{name}_{Literals.Int(i)}";
        }

        return unique;
    }

    /// <summary>The name of a method that several steps may call: written when the first does.</summary>
    /// <param name="write">Takes the name.</param>
    public string Common(string name, Action<string> write)
    {
        if (names.Add(name))
        {
            write(name);
        }

        return name;
    }

    /// <summary>Adds a line to <c>Run</c>.</summary>
    public void Call(string line) => calls.Add(line);

    /// <summary>Opens a kernel method.</summary>
    public SourceWriter.Block Method(string name, string parameters, string comment)
    {
        body.Line();
        body.Line($"// {comment}");
        if (!options.ReadyToRun || !Target.IsReadyToRun)
        {
            body.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        }

        return body.Open($"private static void {name}({parameters})");
    }

    public void Write(SourceWriter writer, string runParameters)
    {
        using var block = writer.Open($"private static class {Target.ClassName}");
        if (calls.Count <= MaxCalls)
        {
            WriteRun(writer, $"internal static void Run({runParameters})", calls);
        }
        else
        {
            var arguments = runParameters.Replace("ref float ", "ref ");
            var parts = Enumerable.Range(0, TensorLayout.Steps(calls.Count, MaxCalls))
                .Select(i => (Name: Unique("Run"), Calls: calls.Skip(i * MaxCalls).Take(MaxCalls).ToList()))
                .ToList();
            WriteRun(writer, $"internal static void Run({runParameters})", parts.Select(p => $"{p.Name}({arguments});").ToList());
            foreach (var part in parts)
            {
                writer.Line();
                WriteRun(writer, $"private static void {part.Name}({runParameters})", part.Calls);
            }
        }

        var text = body.ToString().TrimEnd('\n');
        writer.Lines(text);
        foreach (var helper in UsedHelpers(text))
        {
            writer.Line();
            writer.Line($"[MethodImpl(MethodImplOptions.{(helper.IsInlined ? "AggressiveInlining" : "AggressiveOptimization")})]");
            if (!helper.IsBlock)
            {
                writer.Line($"private static {helper.Signature} => {helper.Body};");
                continue;
            }

            using var function = writer.Open($"private static {helper.Signature}");
            writer.Lines(helper.Body);
        }
    }

    private static void WriteRun(SourceWriter writer, string signature, List<string> calls)
    {
        using var method = writer.Open(signature);
        if (calls.Any(c => c.Contains(ConstantsName)))
        {
            writer.Line($"ref var {ConstantsName} = ref Constants.First;");
        }

        foreach (var call in calls)
        {
            writer.Line(call);
        }
    }

    private List<Helper> UsedHelpers(string text)
    {
        var used = new List<Helper>();
        for (var target = Target; target is not null; target = target.Half)
        {
            foreach (var helper in target.Helpers())
            {
                if (Calls(text, helper.Name) || used.Any(u => Calls(u.Body, helper.Name)))
                {
                    used.Add(helper);
                }
            }
        }

        return used;
    }

    private static bool Calls(string text, string name)
    {
        for (var at = text.IndexOf(name + "(", StringComparison.Ordinal); at >= 0; at = text.IndexOf(name + "(", at + 1, StringComparison.Ordinal))
        {
            if (at == 0 || !(char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '.' or '_'))
            {
                return true;
            }
        }

        return false;
    }
}

using System.CommandLine;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Cli;

/// <summary>What a model is made of and what the compiler does with it.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "inspect",
            "Shows a model layer by layer: shape, weights left, sparsity, multiply-adds, schedule. With --jit also what the JIT makes of its methods; "
            + "one that it refuses to optimize is told on standard error (exit code 1).",
            ("The table", "kernelgen inspect lenet.kgn"),
            ("Why each layer got its schedule", "kernelgen inspect lenet.kgn --why"),
            ("What the JIT makes of every method", "kernelgen inspect lenet.kgn --jit"),
            ("Multiply-adds left, for a script", "kernelgen inspect lenet.kgn --json | jq .macsLeft"));
        var model = new ModelArgument(command);
        var why = new Option<bool>("--why") { Description = "Show the estimated cost of every candidate schedule." };
        var jit = new Option<bool>("--jit") { Description = "Compile the model and show its methods: size, locals, the tier the JIT took, time." };
        var json = JsonOption.Create();
        command.Options.Add(why);
        command.Options.Add(jit);
        command.Options.Add(json);
        var code = new CodeOptions(command, "all, the table being that of the widest; with --jit the one that this machine uses");
        command.SetAction(parsed =>
        {
            var path = model.Path(parsed);
            var description = model.Read(parsed);
            var options = code.Read(parsed, parsed.GetValue(jit) ? [HostTarget.Name] : TargetNames.All);
            var plan = NetworkCompiler.Plan(description, options);
            var methods = parsed.GetValue(jit) ? JitTable.Of(description, options) : null;
            if (parsed.GetValue(json))
            {
                Output.Json(Inspection.Of(path, description, plan, methods));
            }
            else
            {
                Write(description, plan, parsed.GetValue(why));
                methods?.Write();
            }

            return methods?.Check() ?? ExitCodes.Ok;
        });
        return command;
    }

    private static void Write(NetworkDescription description, NetworkPlan plan, bool why)
    {
        var inputs = string.Join(", ", description.Inputs.Select(i => $"{i.Name} {i.Shape}"));
        Output.Line($"{description.Name}: {inputs} → {string.Join(", ", description.Outputs)}");
        if (description.Provenance is { } p)
        {
            Output.Line($"{p.Dataset}, {p.TestImages} {p.Split} images: error {p.ErrorBefore:0.00}% dense, {p.ErrorAfter:0.00}% now (tolerance {p.Tolerance}, seed {p.Seed}; {p.Tool})");
        }

        Output.Table(
            ["layer", "operator", "output", "weights", "left", "multiply-adds", "left", "sparsity", "schedule", "cycles"],
            plan.Layers.Select(Row).Append(
            [
                "all", "", "",
                Count(plan.Layers.Sum(l => l.WeightsLeft)), Percent(plan.Layers.Sum(l => l.WeightsLeft), plan.Layers.Sum(l => l.WeightsDense)),
                Count(plan.Layers.Sum(l => l.MacsLeft)), Percent(plan.Layers.Sum(l => l.MacsLeft), plan.Layers.Sum(l => l.MacsDense)),
                "", "", Count(plan.EstimatedCycles),
            ]),
            "operator", "sparsity", "schedule");
        Output.Line($"Workspace: {Count(plan.WorkspaceBytes)} bytes. Left: of the layer with every weight of its kept maps. Cycles: the compiler's estimate.");
        if (why)
        {
            foreach (var layer in plan.Layers)
            {
                Output.Line($"{layer.Name}: {layer.Reason}");
            }
        }
    }

    private static string[] Row(LayerPlan l) =>
    [
        l.Name, l.Operator, l.Output.ToString(),
        l.WeightsDense == 0 ? "" : Count(l.WeightsLeft), l.WeightsDense == 0 ? "" : Percent(l.WeightsLeft, l.WeightsDense),
        l.MacsDense == 0 ? "" : Count(l.MacsLeft), l.MacsDense == 0 ? "" : Percent(l.MacsLeft, l.MacsDense),
        l.Sparsity, l.Schedule, Count(l.EstimatedCycles),
    ];

    private static string Count(long value) => FormattableString.Invariant($"{value:N0}");

    private static string Percent(long part, long whole) => whole == 0 ? "" : FormattableString.Invariant($"{100.0 * part / whole:0.0}%");

    private sealed record Inspection(
        string Model,
        string Name,
        IReadOnlyList<TensorInfo> Inputs,
        IReadOnlyList<string> Outputs,
        IReadOnlyList<string> Labels,
        Provenance? Provenance,
        long WeightsDense,
        long WeightsLeft,
        long MacsDense,
        long MacsLeft,
        int WorkspaceBytes,
        long EstimatedCycles,
        IReadOnlyList<LayerInfo> Layers,
        IReadOnlyList<JitTable.Row>? Jit)
    {
        public static Inspection Of(string path, NetworkDescription d, NetworkPlan plan, JitTable? methods) => new(
            path,
            d.Name,
            [.. d.Inputs.Select(i => new TensorInfo(i.Name, [.. i.Shape.Dimensions]))],
            [.. d.Outputs],
            [.. d.Labels],
            d.Provenance,
            plan.Layers.Sum(l => l.WeightsDense),
            plan.Layers.Sum(l => l.WeightsLeft),
            plan.Layers.Sum(l => l.MacsDense),
            plan.Layers.Sum(l => l.MacsLeft),
            plan.WorkspaceBytes,
            plan.EstimatedCycles,
            [.. plan.Layers.Select(LayerInfo.Of)],
            methods?.Rows);
    }

    private sealed record TensorInfo(string Name, int[] Shape);

    private sealed record LayerInfo(
        string Name,
        string Operator,
        int[] Output,
        long WeightsDense,
        long WeightsLeft,
        long MacsDense,
        long MacsLeft,
        string Sparsity,
        string Schedule,
        string Reason,
        long EstimatedCycles)
    {
        public static LayerInfo Of(LayerPlan l) => new(
            l.Name, l.Operator, [.. l.Output.Dimensions], l.WeightsDense, l.WeightsLeft, l.MacsDense, l.MacsLeft,
            l.Sparsity, l.Schedule, l.Reason, l.EstimatedCycles);
    }
}

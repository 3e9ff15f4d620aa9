using KernelGen.Compiler.Scheduling;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes the generated file: header, the class that users see, and inside it the kernels of every target.</summary>
internal sealed class NetworkEmitter(NetworkDescription description, CompilerOptions options, IReadOnlyList<ExecutionPlan> plans, NetworkPlan summary, string hash)
{
    private readonly ConstantPool constants = new(options);
    private readonly Identifiers identifiers = new(plans[0].Graph.Nodes.Select(n => n.Name));
    private readonly SourceWriter writer = new();
    private readonly Ports ports = new(plans[0].Graph);

    public string Emit()
    {
        var kernels = plans.Select(EmitKernels).ToList();
        WriteHeader();

        // No warnings: names come from the network, and the consumer's style rules and analyzers are not for generated code.
        writer.Lines("""
            #nullable disable
            #pragma warning disable

            using System;
            using System.Runtime.CompilerServices;
            using System.Runtime.InteropServices;
            using System.Runtime.Intrinsics;

            """);
        if (options.Namespace.Length > 0)
        {
            writer.Line($"namespace {options.Namespace};");
            writer.Line();
        }

        WriteClass(kernels);
        return writer.ToString();
    }

    private KernelClass EmitKernels(ExecutionPlan plan)
    {
        constants.BeginTarget();
        var kernels = new KernelClass(plan.Target, constants, identifiers, options);
        var clock = options.TimesLayers ? new LayerClock(plan) : null;
        clock?.Start(kernels);
        for (var i = 0; i < plan.Steps.Count; i++)
        {
            EmitStep(kernels, plan.Steps[i]);
            clock?.AfterStep(kernels, i);
        }

        return kernels;
    }

    private void EmitStep(KernelClass kernels, Step step)
    {
        var id = identifiers.Of(step.Name);
        if (step is PhaseStep split)
        {
            kernels.Call($"Shared.Clear({KernelClass.Ref(split.To)}, {split.To.Layout.Length});");
        }
        else if (step.Writes is { HasBorder: true } target && !step.ClearsBorders)
        {
            BorderEmitter.Clear(kernels, target);
        }

        switch (step)
        {
            case CopyStep copy:
                new CopyKernel(kernels, copy.Name, id).Emit(copy.From, copy.To, Start(copy.From, ports.Inputs), Start(copy.To, ports.Outputs));
                break;
            case FillStep fill:
                kernels.Call(CopyEmitter.Fill(fill, Start(fill.Target, ports.Outputs)));
                break;
            case PhaseStep phase:
                foreach (var (loops, source, destination) in CopyEmitter.Split(phase))
                {
                    new CopyKernel(kernels, phase.Name, id).Emit(loops, source, destination, isInWorkspace: true);
                }

                break;
            case LoadStep load:
                kernels.Call(CopyEmitter.Call(load.From.Layout, load.To.Layout, kernels.Ref(load.From), KernelClass.Ref(load.To)));
                break;
            case SoftmaxStep softmax:
                new SoftmaxEmitter(kernels, softmax, id).Emit();
                break;
            case ReduceStep reduce:
                new ReduceEmitter(kernels, reduce, id).Emit();
                break;
            case MatMulStep product:
                new MatMulEmitter(kernels, product, id).Emit();
                break;
            case ResampleStep resample:
                new ResampleEmitter(kernels, resample, id).Emit();
                break;
            case UnrolledConvStep conv:
                new UnrolledConvEmitter(kernels, conv, id).Emit();
                break;
            case SparseConvStep conv:
                new SparseConvEmitter(kernels, conv, id).Emit();
                break;
            case LoopConvStep conv when conv.Conv.HasNarrowGroupsFor(kernels.Target.Lanes):
                new NarrowGroupsEmitter(kernels, conv, id).Emit();
                break;
            case LoopConvStep conv:
                new LoopConvEmitter(kernels, conv, id).Emit();
                break;
            case WinogradConvStep conv:
                new WinogradConvEmitter(kernels, conv, id).Emit();
                break;
            case DenseStep dense:
                new DenseEmitter(kernels, dense, id).Emit();
                break;
            case PoolStep pool:
                new PoolEmitter(kernels, pool, id).Emit();
                break;
            case GlobalPoolStep pool:
                new GlobalPoolEmitter(kernels, pool, id).Emit();
                break;
            case ElementwiseStep elementwise:
                new ElementwiseEmitter(kernels, elementwise, id).Emit();
                break;
            default:
                throw new InvalidOperationException($"No emitter for {step.GetType().Name}.");
        }
    }

    /// <summary>A C# reference to the first float of the tensor that a view is of.</summary>
    private static string Start(TensorView view, IReadOnlyList<Port> ports) => view.Buffer is null ? $"ref {ports[view.Port].Name}" : KernelClass.Ref(view.Buffer);

    private void WriteHeader()
    {
        writer.Line("// <auto-generated/>");
        writer.Line($"// KernelGen {NetworkCompiler.Version}; network {OneLine(description.Name)}; description {hash}");
        writer.Line("//");
        var left = summary.Layers.Sum(l => l.MacsLeft);
        var dense = summary.Layers.Sum(l => l.MacsDense);
        writer.Line($"// multiply-adds: {Literals.Int(left)} of {Literals.Int(dense)}; workspace: {Literals.Int(summary.WorkspaceBytes)} bytes; targets: {string.Join(", ", options.Targets)}");
        foreach (var layer in summary.Layers)
        {
            writer.Line("//");
            writer.Line($"// {OneLine(layer.Name)}: {layer.Operator} to {layer.Output}{(layer.MacsDense == 0 ? string.Empty : $"; {layer.Sparsity}; {Literals.Int(layer.MacsLeft)} of {Literals.Int(layer.MacsDense)} multiply-adds")}");
            writer.Line($"//   {layer.Schedule}: {layer.Reason}");
            foreach (var (target, schedule) in plans.Skip(1).Select(p => (p.Target, p.Schedules[layer.Name])).Where(p => p.Item2.Name != layer.Schedule))
            {
                writer.Line($"//   {target.Name}: {schedule.Name}: {schedule.Reason}");
            }
        }

        writer.Line();
    }

    private void WriteClass(IReadOnlyList<KernelClass> kernels)
    {
        var access = options.IsPublic ? "public " : "internal ";
        writer.Line("/// <summary>");
        writer.Line($"/// The network {Xml(description.Name)}. An instance holds one workspace of {Literals.Int(summary.WorkspaceBytes)} bytes and is for one thread at a");
        writer.Line("/// time; instances are independent. Running allocates nothing.");
        writer.Line("/// </summary>");
        using (writer.Open($"{access}sealed {(options.IsPartial ? "partial " : string.Empty)}class {options.ClassName}"))
        {
            new MemberEmitter(writer, description, options.ClassName, ports).Emit(summary.WorkspaceBytes / sizeof(float));
            new RunEmitter(writer, options.Targets, ports).Emit();
            new BatchEmitter(writer, options.ClassName, ports).Emit();
            if (options.TimesLayers)
            {
                LayerClock.Write(writer, summary.Layers.Count);
            }

            foreach (var kernel in kernels)
            {
                writer.Line();
                writer.Line($"/// <summary>Kernels for {(kernel.Target.Lanes == 1 ? "machines without vectors" : $"vectors of {kernel.Target.Name} bits")}.</summary>");
                kernel.Write(writer, RunParameters());
            }

            CopyEmitter.WriteShared(writer, writer.ToString());
            if (!constants.IsEmpty)
            {
                writer.Line();
                constants.Write(writer);
            }
        }
    }

    private string RunParameters() => string.Join(", ", new[] { "arena" }.Concat(ports.All.Select(p => p.Name)).Select(n => $"ref float {n}"));

    private static string OneLine(string text) => text.Replace('\n', ' ').Replace('\r', ' ').Replace('\u2028', ' ').Replace('\u2029', ' ').Replace('\u0085', ' ');

    private static string Xml(string text) => OneLine(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}

using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;
using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes the generated file: header, the class that users see, and inside it the kernels of every target.</summary>
internal sealed class NetworkEmitter(NetworkDescription description, CompilerOptions options, IReadOnlyList<ExecutionPlan> plans, NetworkPlan summary, string hash)
{
    private readonly ConstantPool constants = new();
    private readonly Identifiers identifiers = new(plans[0].Graph.Nodes.Select(n => n.Name));
    private readonly SourceWriter writer = new();

    private NetworkGraph Graph => plans[0].Graph;

    private string[] InputNames => Names(Graph.Inputs.Select(i => i.Name), "input");

    private string[] OutputNames => Names(Graph.Outputs, "output");

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
        var kernels = new KernelClass(plan.Target, constants, identifiers, options.Schedule == ScheduleChoice.Unrolled);
        foreach (var step in plan.Steps)
        {
            EmitStep(kernels, step);
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
                new CopyKernel(kernels, copy.Name, id).Emit(copy.From, copy.To, Start(copy.From, InputNames), Start(copy.To, OutputNames));
                break;
            case FillStep fill:
                kernels.Call(CopyEmitter.Fill(fill, Start(fill.Target, OutputNames)));
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
    private static string Start(TensorView view, string[] ports) => view.Buffer is null ? $"ref {ports[view.Port]}" : KernelClass.Ref(view.Buffer);

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
            WriteMembers();
            WriteRun();
            writer.Line();
            WriteTargetChoice();
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

    private void WriteMembers()
    {
        writer.Line($"private readonly float[] workspace = GC.AllocateArray<float>({(summary.WorkspaceBytes / sizeof(float)) + 16}, pinned: true);");
        writer.Line("private readonly int start;");
        writer.Line();
        writer.Line("/// <summary>Allocates the workspace.</summary>");
        using (writer.Open($"public {options.ClassName}()"))
        {
            writer.Line("// The workspace starts at a multiple of 64 bytes, so that no vector straddles two cache lines.");
            writer.Line("start = (int)((64 - ((long)Marshal.UnsafeAddrOfPinnedArrayElement(workspace, 0) & 63)) & 63) / 4;");
        }

        WriteShapes("Input", InputNames, Graph.Inputs.Select(i => i.Shape).ToList());
        WriteShapes("Output", OutputNames, Graph.Outputs.Select(Graph.ShapeOf).ToList());
        writer.Line();
        writer.Line("/// <summary>Names of the classes, one per element of the first output; empty if the network's description has none.</summary>");
        writer.Line(description.Labels.IsEmpty
            ? "public static ReadOnlySpan<string> Labels => default;"
            : "public static ReadOnlySpan<string> Labels => labels;");
        if (!description.Labels.IsEmpty)
        {
            writer.Line();
            writer.Line($"private static readonly string[] labels = new string[] {{ {string.Join(", ", description.Labels.Select(Literals.String))} }};");
        }

        for (var i = 0; i < description.Inputs.Count; i++)
        {
            if (description.Inputs[i].Preprocessing is { } preprocessing)
            {
                WritePreprocess(description.Inputs[i], preprocessing, description.Inputs.Count == 1 ? string.Empty : Pascal(InputNames[i]));
            }
        }
    }

    private void WriteShapes(string kind, string[] names, List<Shape> shapes)
    {
        for (var i = 0; i < shapes.Count; i++)
        {
            var property = shapes.Count == 1 ? $"{kind}Shape" : $"{Pascal(names[i])}Shape";
            writer.Line();
            writer.Line($"/// <summary>Shape of the {kind.ToLowerInvariant()} <c>{names[i]}</c>: {shapes[i]}, the last axis fastest.</summary>");
            writer.Line($"public static ReadOnlySpan<int> {property} => new int[] {{ {string.Join(", ", shapes[i].Dimensions.Select(d => Literals.Int(d)))} }};");
        }
    }

    private void WritePreprocess(NetworkInput input, Preprocessing preprocessing, string suffix)
    {
        var length = Literals.Int(input.Shape.Length);
        var perMap = Literals.Int(input.Shape.Length / input.Shape.Maps);
        writer.Line();
        writer.Line($"/// <summary>Turns an image into the network's input: byte × scale + offset, per map.</summary>");
        writer.Line($"/// <param name=\"image\">{length} bytes, {input.Shape}, the last axis fastest.</param>");
        writer.Line($"/// <param name=\"input\">Receives {length} floats in the same order.</param>");
        using var method = writer.Open($"public static void Preprocess{suffix}(ReadOnlySpan<byte> image, Span<float> input)");
        writer.Line($"CheckLength(image.Length, {length}, nameof(image));");
        writer.Line($"CheckLength(input.Length, {length}, nameof(input));");
        writer.Line($"ReadOnlySpan<float> scale = new float[] {{ {string.Join(", ", preprocessing.Scale.Span.ToArray().Select(Literals.Float))} }};");
        writer.Line($"ReadOnlySpan<float> offset = new float[] {{ {string.Join(", ", preprocessing.Offset.Span.ToArray().Select(Literals.Float))} }};");
        using var loop = writer.Open("for (var i = 0; i < image.Length; i++)");
        writer.Line($"input[i] = (image[i] * scale[i / {perMap}]) + offset[i / {perMap}];");
    }

    private void WriteRun()
    {
        var parameters = InputNames.Select(n => $"ReadOnlySpan<float> {n}").Concat(OutputNames.Select(n => $"Span<float> {n}"));
        writer.Line();
        writer.Line("/// <summary>Runs the network once, on the calling thread.</summary>");
        for (var i = 0; i < InputNames.Length; i++)
        {
            writer.Line($"/// <param name=\"{InputNames[i]}\">{Graph.Inputs[i].Shape}: {Literals.Int(Graph.Inputs[i].Shape.Length)} floats, the last axis fastest.</param>");
        }

        for (var i = 0; i < OutputNames.Length; i++)
        {
            var shape = Graph.ShapeOf(Graph.Outputs[i]);
            writer.Line($"/// <param name=\"{OutputNames[i]}\">Receives {shape}: {Literals.Int(shape.Length)} floats, the last axis fastest.</param>");
        }

        writer.Line("/// <exception cref=\"ArgumentException\">A span has the wrong length.</exception>");
        using (writer.Open($"public void Run({string.Join(", ", parameters)})"))
        {
            for (var i = 0; i < InputNames.Length; i++)
            {
                writer.Line($"CheckLength({InputNames[i]}.Length, {Literals.Int(Graph.Inputs[i].Shape.Length)}, nameof({InputNames[i]}));");
            }

            for (var i = 0; i < OutputNames.Length; i++)
            {
                writer.Line($"CheckLength({OutputNames[i]}.Length, {Literals.Int(Graph.ShapeOf(Graph.Outputs[i]).Length)}, nameof({OutputNames[i]}));");
            }

            writer.Line("ref var arena = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(workspace), start);");
            var arguments = string.Join(", ", InputNames.Concat(OutputNames).Select(n => $"ref MemoryMarshal.GetReference({n})"));
            for (var i = 0; i < options.Targets.Count; i++)
            {
                var target = Target.Parse(options.Targets[i]);
                var call = $"{target.ClassName}.Run(ref arena, {arguments});";
                if (options.Targets.Count == 1)
                {
                    writer.Line(call);
                    continue;
                }

                var isLast = i == options.Targets.Count - 1;
                using var branch = writer.Open($"{(i > 0 ? "else" : string.Empty)}{(i > 0 && !isLast ? " " : string.Empty)}{(isLast ? string.Empty : $"if (target == {i})")}");
                writer.Line(call);
            }
        }
    }

    private void WriteTargetChoice()
    {
        var names = options.Targets.ToArray();
        writer.Line("/// <summary>The kernels in use: the widest vectors, in bits, that this machine runs at full speed, or <c>scalar</c>.</summary>");
        if (names.Length == 1)
        {
            writer.Line($"public static string Target => \"{names[0]}\";");
        }
        else
        {
            writer.Line($"public static string Target => new string[] {{ {string.Join(", ", names.Select(n => $"\"{n}\""))} }}[target];");
            writer.Line();
            writer.Line("private static readonly int target =");
            for (var i = 0; i < names.Length - 1; i++)
            {
                writer.Line($"    {Target.Parse(names[i]).IsSupported} ? {i} :");
            }

            writer.Line($"    {names.Length - 1};");
        }

        writer.Line();
        using var method = writer.Open("private static void CheckLength(int actual, int expected, string name)");
        using var check = writer.Open("if (actual != expected)");
        writer.Line("throw new ArgumentException($\"The span has {actual} elements; the network takes {expected}.\", name);");
    }

    private string RunParameters() =>
        string.Join(", ", new[] { "arena" }.Concat(InputNames).Concat(OutputNames).Select(n => $"ref float {n}"));

    /// <summary>Parameter names for tensors: their own where those are free identifiers.</summary>
    private string[] Names(IEnumerable<string> tensors, string role)
    {
        var list = tensors.ToList();
        return list.Count == 1 ? [role] : list.Select((t, i) => $"{role}{Literals.Int(i)}_{Identifiers.From(t)}").ToArray();
    }

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name.Substring(1);

    private static string OneLine(string text) => text.Replace('\n', ' ').Replace('\r', ' ').Replace('\u2028', ' ').Replace('\u2029', ' ').Replace('\u0085', ' ');

    private static string Xml(string text) => OneLine(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}

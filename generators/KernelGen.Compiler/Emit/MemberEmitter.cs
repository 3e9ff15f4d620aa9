using KernelGen.Model;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes what a generated class has besides running: its workspace, shapes, labels and preprocessing.</summary>
internal sealed class MemberEmitter(SourceWriter writer, NetworkDescription description, string className, Ports ports)
{
    /// <param name="workspaceLength">Floats of the workspace.</param>
    public void Emit(int workspaceLength)
    {
        writer.Line($"private readonly float[] workspace = GC.AllocateArray<float>({workspaceLength + 16}, pinned: true);");
        writer.Line("private readonly int start;");
        writer.Line();
        writer.Line("/// <summary>Allocates the workspace.</summary>");
        using (writer.Open($"public {className}()"))
        {
            writer.Line("// The workspace starts at a multiple of 64 bytes, so that no vector straddles two cache lines.");
            writer.Line("start = (int)((64 - ((long)Marshal.UnsafeAddrOfPinnedArrayElement((Array)workspace, 0) & 63)) & 63) / 4;");
        }

        WriteShapes("Input", ports.Inputs);
        WriteShapes("Output", ports.Outputs);
        WriteLabels();
        for (var i = 0; i < description.Inputs.Count; i++)
        {
            if (description.Inputs[i].Preprocessing is { } preprocessing)
            {
                WritePreprocess(description.Inputs[i], preprocessing, description.Inputs.Count == 1 ? string.Empty : ports.Inputs[i].Pascal);
            }
        }
    }

    private void WriteShapes(string kind, IReadOnlyList<Port> own)
    {
        foreach (var port in own)
        {
            var property = own.Count == 1 ? $"{kind}Shape" : $"{port.Pascal}Shape";
            writer.Line();
            writer.Line($"/// <summary>Shape of the {kind.ToLowerInvariant()} <c>{port.Name}</c>: {port.Shape}, the last axis fastest.</summary>");
            writer.Line($"public static ReadOnlySpan<int> {property} => new int[] {{ {string.Join(", ", port.Shape.Dimensions.Select(d => Literals.Int(d)))} }};");
        }
    }

    /// <summary>The names lie in a class of their own: they are made when they are first asked for, not when the network first runs.</summary>
    private void WriteLabels()
    {
        writer.Line();
        writer.Line("/// <summary>Names of the classes, one per element of the first output; empty if the network's description has none.</summary>");
        if (description.Labels.IsEmpty)
        {
            writer.Line("public static ReadOnlySpan<string> Labels => default;");
            return;
        }

        writer.Line("public static ReadOnlySpan<string> Labels => LabelNames.All;");
        writer.Line();
        using var names = writer.Open("private static class LabelNames");
        writer.Line($"internal static readonly string[] All = new string[] {{ {string.Join(", ", description.Labels.Select(Literals.String))} }};");
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
}

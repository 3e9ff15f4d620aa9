using System.CommandLine;
using KernelGen.Onnx;
using KernelGen.Runtime;

namespace KernelGen.Cli;

/// <summary>A description as an ONNX file.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "export",
            "Writes a model as an ONNX file for other runtimes: pruned maps are gone from its tensors, other removed weights are zeros. Preprocessing and labels have no place in it.",
            ("pruned.onnx beside you", "kernelgen export out/pruned.kgn"),
            ("Under another name", "kernelgen export out/pruned.kgn -o models/fashion.onnx"));
        var model = new ModelArgument(command);
        var output = new ModelOutput(command, ".onnx");
        command.SetAction(parsed =>
        {
            var file = output.Path(parsed, model.Path(parsed));
            using var bytes = new MemoryStream();
            OnnxExporter.Export(model.Read(parsed), bytes);
            AtomicFile.WriteAllBytes(file, bytes.ToArray());
            Output.Line($"{file}: {bytes.Length:N0} bytes");
        });
        return command;
    }
}

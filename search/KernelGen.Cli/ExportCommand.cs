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
        var output = new Option<string?>("--output", "-o") { Description = "The file to write. Default: the model's name with .onnx, in this folder.", HelpName = "FILE" };
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            var path = model.Path(parsed);
            var file = parsed.GetValue(output) ?? Path.ChangeExtension(Path.GetFileName(path), ".onnx");
            if (Path.GetFullPath(file) == Path.GetFullPath(path))
            {
                throw new InputException($"{path} would be overwritten; give another file with -o.");
            }

            using var bytes = new MemoryStream();
            OnnxExporter.Export(model.Read(parsed), bytes);
            AtomicFile.WriteAllBytes(file, bytes.ToArray());
            Output.Line($"{file}: {bytes.Length:N0} bytes");
        });
        return command;
    }
}

using System.CommandLine;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Cli;

/// <summary>An ONNX file as a description.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "import",
            "Turns an ONNX file into a description (.kgn). What is not supported is named, all of it, and nothing is written then (exit code 2).",
            ("face.kgn beside you", "kernelgen import face.onnx"),
            ("An input whose size the file leaves open", "kernelgen import face.onnx --shape input=1x3x240x320 -o models/face.kgn"));
        var model = new ModelArgument(command);
        var output = new ModelOutput(command, ".kgn");
        command.SetAction(parsed =>
        {
            var path = model.Path(parsed);
            if (!ModelFile.IsOnnx(path))
            {
                throw new InputException($"{path} is no .onnx file; the other commands take .kgn files as they are.");
            }

            var file = output.Path(parsed, path);
            var description = model.Read(parsed);
            AtomicFile.WriteAllText(file, DescriptionWriter.Write(description));
            var graph = NetworkGraph.Create(description);
            var inputs = string.Join(", ", description.Inputs.Select(i => $"{i.Name} {i.Shape}"));
            var outputs = string.Join(", ", description.Outputs.Select(o => $"{o} {graph.ShapeOf(o)}"));
            Output.Line($"{file}: {inputs} → {outputs}; {description.Layers.Count} layers");
        });
        return command;
    }
}

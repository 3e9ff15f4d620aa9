using System.CommandLine;
using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Cli;

/// <summary>A model as C# source.</summary>
internal static class EmitCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "emit",
            "Writes a model as one C# file that needs nothing but .NET 10. The same model and options give the same bytes.",
            ("Into a project", "kernelgen emit lenet.kgn -o src/Networks --class Lenet --namespace MyApp.Networks"),
            ("For AVX2 machines only, every weight a literal", "kernelgen emit lenet.kgn --targets 256 --schedule unrolled"));
        var model = new ModelArgument(command);
        var output = OutputOption.Create("the .cs file");
        command.Options.Add(output);
        var names = new NameOptions(command);
        var code = new CodeOptions(command, "all");
        command.SetAction(parsed =>
        {
            var path = model.Path(parsed);
            var description = model.Read(parsed);
            var options = names.Apply(parsed, code.Read(parsed, TargetNames.All), path);
            var file = Path.Combine(parsed.GetRequiredValue(output), options.ClassName + ".cs");
            AtomicFile.WriteAllText(file, NetworkCompiler.Compile(description, options).Text);
            Output.Line($"{file}");
        });
        return command;
    }
}

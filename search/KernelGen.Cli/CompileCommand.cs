using System.CommandLine;
using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Cli;

/// <summary>A model as an assembly.</summary>
internal static class CompileCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "compile",
            "Compiles a model into an assembly that references System.* only, with its source and XML documentation beside it.",
            ("Lenet.dll, Lenet.xml and Lenet.cs in out/", "kernelgen compile lenet.kgn"),
            ("Under other names", "kernelgen compile lenet.kgn -o lib --class Digits --namespace Acme.Vision"));
        var model = new ModelArgument(command);
        var output = OutputOption.Create("assembly, source and documentation");
        command.Options.Add(output);
        var names = new NameOptions(command);
        var code = new CodeOptions(command, "all");
        command.SetAction((parsed, cancellation) =>
        {
            var path = model.Path(parsed);
            var description = model.Read(parsed);
            var options = names.Apply(parsed, code.Read(parsed, TargetNames.All), path);
            var emitted = NetworkAssembly.Emit(description, options, options.ClassName, cancellation: cancellation);
            var file = Path.Combine(parsed.GetRequiredValue(output), options.ClassName);
            AtomicFile.WriteAllText(file + ".cs", emitted.Source.Text);
            AtomicFile.WriteAllBytes(file + ".xml", emitted.XmlDocs);
            AtomicFile.WriteAllBytes(file + ".dll", emitted.Assembly);
            Output.Line($"{file}.dll: {emitted.Assembly.Length:N0} bytes, class {(options.Namespace.Length == 0 ? "" : options.Namespace + ".")}{options.ClassName}, targets {string.Join(", ", options.Targets)}");
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }
}

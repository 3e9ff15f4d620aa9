using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace KernelGen.Cli;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="examples">Command lines, each preceded by what it does.</param>
internal sealed class ExampleCommand(string name, string description, params (string What, string CommandLine)[] examples)
    : Command(name, description)
{
    public IReadOnlyList<(string What, string CommandLine)> Examples { get; } = examples;
}

/// <summary>The usual help, then the examples.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is ExampleCommand command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var (what, commandLine) in command.Examples)
            {
                output.WriteLine($"  {what}:\n    {commandLine}");
            }

            output.WriteLine();
        }

        return ExitCodes.Ok;
    }
}

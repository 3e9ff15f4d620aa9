using System.CommandLine;
using System.CommandLine.Help;

namespace KernelGen.Cli;

/// <summary>The tool's commands.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Prunes convolutional networks and turns them into C# that depends on nothing but System.*.\n\n"
            + "Exit codes: 0 done; 1 a check failed; 2 the command line or a file is wrong; 3 a fault of this tool; 130 interrupted.");
        Command[] commands =
        [
            PruneCommand.Create(),
            StudyCommand.Create(),
            TrainCommand.Create(),
            ImportCommand.Create(),
            ExportCommand.Create(),
            EvaluateCommand.Create(),
            CompileCommand.Create(),
            PackCommand.Create(),
            EmitCommand.Create(),
            InspectCommand.Create(),
            VerifyCommand.Create(),
            BenchCommand.Create(),
            DataCommand.Create(),
        ];
        foreach (var command in commands)
        {
            root.Subcommands.Add(command);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }
}

using System.CommandLine;
using KernelGen.Model;
using KernelGen.Search;
using KernelGen.Search.Data;
using KernelGen.Search.Study;
using KernelGen.Search.Training;

namespace KernelGen.Cli;

/// <summary>The user asked for something that cannot be; the message says what, where and what to do.</summary>
internal sealed class InputException(string message) : Exception(message);

/// <summary>Turns failures into lines on standard error and an exit code.</summary>
internal static class Failures
{
    private const int MostErrors = 20;

    public static int Usage(ParseResult parsed)
    {
        // Of several errors the others follow from one: a word that is not known.
        var unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        Line(unknown is null
            ? parsed.Errors[0].Message.ReplaceLineEndings(" ").Replace("\t", "", StringComparison.Ordinal).Trim()
            : $"'{unknown}' is neither a command nor an option here.");
        var command = parsed.CommandResult.Command;
        Console.Error.WriteLine(command is RootCommand ? "See kernelgen --help." : $"See kernelgen {command.Name} --help.");
        return ExitCodes.BadInput;
    }

    public static int Report(Exception exception)
    {
        switch (exception)
        {
            case OperationCanceledException:
                Line(exception is InterruptedException ? exception.Message : "interrupted; nothing was written.");
                return ExitCodes.Interrupted;
            case ModelFileException model:
                foreach (var error in model.Errors.Take(MostErrors))
                {
                    Console.Error.WriteLine(FormattableString.Invariant($"{model.Path}({error.Line},{error.Column}): error {error.Id}: {error.Message}"));
                }

                More(model.Errors.Count);
                return ExitCodes.BadInput;
            case ImportException onnx:
                foreach (var error in onnx.Errors)
                {
                    Console.Error.WriteLine($"{onnx.Path}: error {error.Id}: {error.ToString().ReplaceLineEndings(" ")}");
                }

                return ExitCodes.BadInput;
            case InvalidNetworkException network:
                foreach (var problem in network.Problems.Take(MostErrors))
                {
                    Console.Error.WriteLine($"error {problem.Id}: {(problem.Layer is null ? "" : problem.Layer + ": ")}{problem.Message}");
                }

                More(network.Problems.Count);
                return ExitCodes.BadInput;
            case InputException or NotSupportedException or DataException or TorchRuntimeException or PruneException or StudyException or IOException or UnauthorizedAccessException:
                Line(exception.Message);
                return ExitCodes.BadInput;
            default:
                Line($"internal error: {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} Please report it, with the command line and the model.");
                return ExitCodes.Internal;
        }
    }

    private static void More(int count)
    {
        if (count > MostErrors)
        {
            Console.Error.WriteLine(FormattableString.Invariant($"and {count - MostErrors} more."));
        }
    }

    private static void Line(string message) => Console.Error.WriteLine("kernelgen: " + message);
}

/// <summary>A command was interrupted at a point from which it can go on; the message says how.</summary>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);

using System.CommandLine;
using KernelGen.Model;
using KernelGen.Onnx;
using KernelGen.Runtime;

namespace KernelGen.Import;

/// <summary>
/// The command: an ONNX file in, a description out, or errors that MSBuild understands and nothing written. Exit codes: 0 done;
/// 1 errors were printed.
/// </summary>
internal static class ImportCommand
{
    /// <summary>An option has a wrong value: the generator's code for the same.</summary>
    private const string OptionCode = "KG0105";

    /// <summary>The importer failed: a fault of ours.</summary>
    private const string FaultCode = "KG0206";

    public static int Run(string[] args)
    {
        // A response file has one argument per line, as it is: paths need no quotes.
        var parsed = Create().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = ReadLines });
        foreach (var error in parsed.Errors)
        {
            Report("KernelGen.Import", OptionCode, error.Message);
        }

        return parsed.Errors.Count > 0 ? 1 : parsed.Invoke();
    }

    private static RootCommand Create()
    {
        var model = new Argument<string>("MODEL") { Description = "An ONNX file." };
        var output = new Option<string>("--output") { Description = "The network description (.kgn) to write.", Required = true };
        var reads = new Option<string>("--reads")
        {
            Description = "Where to list the files that the model keeps data in, one per line; written after each import, unlike the description.",
        };
        var shapes = new Option<string[]>("--shape")
        {
            Description = "Shapes of inputs, the batch included, e.g. input=1x3x240x320.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var command = new RootCommand("Imports an ONNX file as a network description. Errors are printed as MSBuild's are.")
        {
            model, output, reads, shapes,
        };
        command.SetAction(p => Import(p.GetRequiredValue(model), p.GetRequiredValue(output), p.GetValue(reads), p.GetRequiredValue(shapes)));
        return command;
    }

    private static int Import(string model, string output, string? reads, string[] shapes)
    {
        try
        {
            var result = OnnxImporter.Import(model, new ImportOptions { Shapes = ShapeText.Parse(shapes) });
            foreach (var error in result.Errors)
            {
                Report(model, error.Id, error.ToString());
            }

            if (result.Description is not { } description)
            {
                return 1;
            }

            Write(output, DescriptionWriter.Write(description));
            if (reads is not null)
            {
                AtomicFile.WriteAllText(reads, string.Concat(result.ExternalFiles.Select(f => f + "\n")));
            }

            return 0;
        }
        catch (FormatException e)
        {
            Report(model, OptionCode, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(model, ImportErrorId.File, $"The description cannot be written: {e.Message}");
        }
        catch (Exception e)
        {
            Report(model, FaultCode, $"The import failed, a fault of KernelGen: {e.GetType().Name}: {e.Message} Please report it with the model.");
        }

        return 1;
    }

    /// <summary>Leaves a description that is the same already as it is, so that what is built from it is not built again.</summary>
    private static void Write(string path, string text)
    {
        if (!File.Exists(path) || File.ReadAllText(path) != text)
        {
            AtomicFile.WriteAllText(path, text);
        }
    }

    private static void Report(string file, string id, string message) =>
        Console.Error.WriteLine($"{file}(1,1): error {id}: {message.ReplaceLineEndings(" ")}");

    private static bool ReadLines(string path, out IReadOnlyList<string>? tokens, out string? error)
    {
        try
        {
            tokens = File.ReadAllLines(path).Where(l => l.Length > 0).ToList();
            error = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tokens = null;
            error = e.Message;
            return false;
        }
    }
}

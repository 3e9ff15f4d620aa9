using System.CommandLine;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Data;
using KernelGen.Search.Reports;

namespace KernelGen.Cli;

/// <summary>How many images a model's generated code misclassifies.</summary>
internal static class EvaluateCommand
{
    private const int ImagesBetweenChecks = 64;

    public static Command Create()
    {
        var command = new ExampleCommand(
            "evaluate",
            "Classifies labelled images with a model's generated code and counts the errors.",
            ("On the embedded test images", "kernelgen evaluate out/pruned.kgn"),
            ("On images of your own, one folder per class", "kernelgen evaluate model.kgn --data photos --split training"),
            ("An ONNX model, whose weights expect pixels as they are", "kernelgen evaluate resnet8.onnx --data cifar-10-batches-bin --preprocess 0..255"),
            ("The error, for a script", "kernelgen evaluate model.kgn --json | jq .errorPercent"));
        var model = new ModelArgument(command);
        var data = ImageInput.DataOption("The images; default: those embedded in this tool.");
        var preprocess = ImageInput.PreprocessOption("what the model says");
        var split = new Option<string>("--split") { Description = "Which of the images.", DefaultValueFactory = _ => "test" };
        split.AcceptOnlyFromAmong("test", "training");
        var json = JsonOption.Create();
        command.Options.Add(data);
        command.Options.Add(preprocess);
        command.Options.Add(split);
        command.Options.Add(json);
        var code = new CodeOptions(command, "the one that this machine uses");
        command.SetAction((parsed, cancellation) =>
        {
            var path = model.Path(parsed);
            var description = model.Read(parsed);
            var dataset = Datasets.Load(parsed.GetValue(data));
            var images = parsed.GetValue(split) == "test" ? dataset.Test : dataset.Training;
            var input = new ImageInput(description, images, path, parsed.GetValue(preprocess));
            using var network = CompiledNetwork.Load(description, code.Read(parsed, [HostTarget.Name]));
            CheckOutputs(network, images, path);
            var errors = CountErrors(network, input, images, cancellation);
            var result = new Result(
                path, dataset.Name, parsed.GetRequiredValue(split), images.Count, errors, 100.0 * errors / images.Count,
                PairedStatistics.StandardError(errors, images.Count), network.Target);
            Show(result, description.Provenance, parsed.GetValue(json));
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static void CheckOutputs(CompiledNetwork network, ImageSet images, string model)
    {
        var scores = network.OutputShapes[0].Length;
        if (network.OutputShapes.Count != 1 || scores < images.ClassNames.Count)
        {
            throw new InputException($"{model} gives {scores} scores, but {images.Name} has {images.ClassNames.Count} classes.");
        }

        if (images.Count == 0)
        {
            throw new InputException($"{images.Name} has no such images.");
        }
    }

    private static int CountErrors(CompiledNetwork network, ImageInput input, ImageSet images, CancellationToken cancellation)
    {
        var values = new float[network.InputShapes[0].Length];
        var scores = new float[network.OutputShapes[0].Length];
        var errors = 0;
        for (var i = 0; i < images.Count; i++)
        {
            if (i % ImagesBetweenChecks == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            input.Fill(i, values);
            network.Run(values, scores);
            errors += scores.AsSpan().IndexOf(scores.Max()) == images.Labels[i] ? 0 : 1;
        }

        return errors;
    }

    private static void Show(Result result, Provenance? provenance, bool json)
    {
        if (json)
        {
            Output.Json(result);
            return;
        }

        Output.Line($"{result.Errors:N0} of {result.Images:N0} {result.Split} images of {result.Dataset} misclassified: {result.ErrorPercent:0.00}% ± {result.StandardError:0.00} (target {result.Target})");
        if (provenance is { } p)
        {
            Output.Line($"The model's own record: {p.ErrorAfter:0.00}% of {p.TestImages:N0} {p.Split} images of {p.Dataset}.");
        }
    }

    private sealed record Result(
        string Model,
        string Dataset,
        string Split,
        int Images,
        int Errors,
        double ErrorPercent,
        double StandardError,
        string Target);
}

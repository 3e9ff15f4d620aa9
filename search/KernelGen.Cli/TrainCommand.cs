using System.CommandLine;
using System.Reflection;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Data;
using KernelGen.Search.Networks;
using KernelGen.Search.Reports;
using KernelGen.Search.Training;

namespace KernelGen.Cli;

/// <summary>Trains a dense network.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "train",
            "Trains one of the known networks and writes it as a description (.kgn), with its error on the test images.",
            ("LeNet-5 on the embedded images", "kernelgen train --network lenet-5"),
            ("ResNet-8 on CIFAR-10", "kernelgen train --network resnet-8 --data cifar-10-batches-bin --epochs 40"),
            ("Go on after an interruption", "kernelgen train --network lenet-5 --resume"));
        var defaults = new TrainingOptions();
        var network = new Option<string>("--network")
        {
            Description = $"One of {string.Join(", ", NetworkCatalog.Names)}; cnn-small also with a width factor, e.g. cnn-small-w0.5.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "lenet-20-50-500",
        };
        var data = ImageInput.DataOption("The images; default: those embedded in this tool.");
        var epochs = NumberOption.Create("--epochs", "Passes over the training images.", defaults.Epochs, least: 1);
        var seed = NumberOption.Create("--seed", "Of weights, order and augmentation.", defaults.Seed);
        var precision = PrecisionOption.Create();
        var validation = NumberOption.Create(
            "--validation-images", "Training images that are held back; the error is then of these, and no test image is looked at.", 0, least: 0);
        var output = OutputOption.Create("the description");
        var resume = new Option<bool>("--resume") { Description = "Go on from the last complete epoch of an interrupted run with the same options." };
        foreach (var option in new Option[] { network, data, epochs, seed, precision, validation, output, resume })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) =>
        {
            var dataset = HoldBack(Datasets.Load(parsed.GetValue(data)), parsed.GetValue(validation), parsed.GetValue(seed));
            var options = TrainingOptions.For(dataset.Training) with
            {
                Epochs = parsed.GetValue(epochs),
                Seed = parsed.GetValue(seed),
                Precision = PrecisionOption.Read(parsed, precision),
            };
            var untrained = Untrained(parsed.GetRequiredValue(network), dataset, options.Seed);
            var folder = parsed.GetRequiredValue(output);
            var checkpoint = Path.Combine(folder, FormattableString.Invariant($"{untrained.Name}-{dataset.Name}-seed{options.Seed}-epochs{options.Epochs}-held{parsed.GetValue(validation)}-{PrecisionOption.Name(options.Precision)}.training"));
            var state = parsed.GetValue(resume) ? Saved(checkpoint) : null;
            try
            {
                var trained = LiveProgress.Run(progress => Train(untrained, dataset, options, state, checkpoint, progress, cancellation));
                var file = Path.Combine(folder, untrained.Name + ".kgn");
                AtomicFile.WriteAllText(file, DescriptionWriter.Write(trained));
                File.Delete(checkpoint);
                var record = trained.Provenance!;
                Output.Line($"{file}: error {record.ErrorAfter:0.00}% ± {PairedStatistics.StandardError((int)Math.Round(record.ErrorAfter * record.TestImages / 100), record.TestImages):0.00} on {record.TestImages:N0} images of {dataset.Name}, split '{record.Split}'");
            }
            catch (OperationCanceledException) when (File.Exists(checkpoint))
            {
                throw new InterruptedException("interrupted; the same command with --resume goes on from the last complete epoch.");
            }

            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    /// <summary>The images to train on, and those for the error: the test images, or held-back training images.</summary>
    private static Dataset HoldBack(Dataset dataset, int validation, long seed)
    {
        if (validation == 0)
        {
            return dataset;
        }

        if (validation > dataset.Training.Count / 2)
        {
            throw new InputException($"--validation-images {validation}: at most half of the {dataset.Training.Count} training images of {dataset.Name} can be held back.");
        }

        var (training, held) = dataset.Training.Split(validation, seed);
        return dataset with { Training = training, Test = held, TestSplit = Datasets.ValidationSplit };
    }

    private static NetworkDescription Untrained(string name, Dataset dataset, long seed)
    {
        try
        {
            return NetworkCatalog.Create(name, dataset.Training.Shape, dataset.Training.ClassNames, seed)
                .WithPreprocessing(ImagePreprocessing.FromImages(dataset.Training));
        }
        catch (ArgumentException e)
        {
            throw new InputException(e.Message);
        }
    }

    private static TrainingState Saved(string checkpoint)
    {
        if (!File.Exists(checkpoint))
        {
            throw new InputException($"--resume: there is no {checkpoint}. Give the options of the interrupted run, or leave --resume out to start anew.");
        }

        try
        {
            return TrainingState.FromBytes(File.ReadAllBytes(checkpoint));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"--resume: {checkpoint} is damaged: {e.Message} Leave --resume out to start anew.");
        }
    }

    private static NetworkDescription Train(
        NetworkDescription untrained,
        Dataset dataset,
        TrainingOptions options,
        TrainingState? state,
        string checkpoint,
        LiveProgress progress,
        CancellationToken cancellation)
    {
        TorchRuntime.Initialize();
        using var network = TrainableNetwork.Create(untrained);
        Trainer.Train(
            network,
            dataset.Training,
            options,
            state,
            s => AtomicFile.WriteAllBytes(checkpoint, s.ToBytes()),
            new DirectProgress<TrainingProgress>(p => progress.Report(
                "training " + untrained.Name,
                (p.Epoch + ((double)p.Step / p.Steps)) / p.Epochs,
                FormattableString.Invariant($"epoch {p.Epoch + 1} of {p.Epochs}, loss {p.Loss:0.000}"))),
            cancellation: cancellation);
        using var images = ImageTensors.Create(dataset.Test, untrained.Inputs[0].Preprocessing!);
        var error = Evaluator.Evaluate(network, images, cancellation).ErrorPercent;
        return network.ToDescription() with
        {
            Provenance = new Provenance(dataset.Name, dataset.TestSplit, dataset.Test.Count, error, error, 0, options.Seed, Tool),
        };
    }

    private static string Tool { get; } =
        "kernelgen " + typeof(TrainCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}

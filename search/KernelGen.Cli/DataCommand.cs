using System.CommandLine;
using KernelGen.Search.Data;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>The images that can be trained on.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "data",
            "Lists the datasets that have a name, or shows what a dataset or directory holds.",
            ("The names", "kernelgen data list"),
            ("What is in a directory", "kernelgen data show photos"));
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateShow());
        return command;
    }

    private static ExampleCommand CreateList()
    {
        var command = new ExampleCommand(
            "list",
            "Lists the datasets that have a name.",
            ("The names", "kernelgen data list"));
        var json = JsonOption.Create();
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var datasets = Datasets.List();
            if (parsed.GetValue(json))
            {
                Output.Json(datasets);
                return;
            }

            Output.Table(
                ["name", "available", "description"],
                datasets.Select(d => new[] { d.Name, d.Available ? "yes" : "no", d.Description }),
                "available", "description");
            Output.Line($"Or give a directory: IDX files, CIFAR-10 batches (either also .gz), or one folder of PNG/JPEG files per class.");
        });
        return command;
    }

    private static ExampleCommand CreateShow()
    {
        var command = new ExampleCommand(
            "show",
            "Shows the size, classes and counts of a dataset.",
            ("The embedded images", "kernelgen data show fashion-mnist-subset"),
            ("A directory, for a script", "kernelgen data show photos --json"));
        var name = new Argument<string>("NAME") { Description = "A name of kernelgen data list, or a directory." };
        var json = JsonOption.Create();
        command.Arguments.Add(name);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var dataset = Datasets.Load(parsed.GetRequiredValue(name));
            var classes = dataset.Training.ClassNames
                .Select((c, i) => new ClassCount(c, dataset.Training.Labels.Count(l => l == i), dataset.Test.Labels.Count(l => l == i)))
                .ToList();
            if (parsed.GetValue(json))
            {
                Output.Json(new Contents(dataset.Name, [.. dataset.Training.Shape.Dimensions], dataset.Training.Count, dataset.Test.Count, classes));
                return;
            }

            Output.Line($"{dataset.Name}: {dataset.Training.Count:N0} training and {dataset.Test.Count:N0} test images, {dataset.Training.Shape}");
            Output.Table(["class", "training", "test"], classes.Select(c => new[] { c.Name, Invariant($"{c.Training:N0}"), Invariant($"{c.Test:N0}") }));
        });
        return command;
    }

    private sealed record Contents(string Name, int[] Shape, int TrainingImages, int TestImages, IReadOnlyList<ClassCount> Classes);

    private sealed record ClassCount(string Name, int Training, int Test);
}

using System.CommandLine;
using KernelGen.Benchmarks.Machine;
using KernelGen.Benchmarks.Networks;
using KernelGen.Model;
using KernelGen.Onnx;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Table;

/// <summary>Whole networks against ONNX Runtime, TorchSharp and the machine's limits.</summary>
internal static class TableCommand
{
    public static Command Create()
    {
        var command = new Command(
            "table",
            "Whole networks: generated code against ONNX Runtime (the better of the file and of our export of it) and TorchSharp, outputs compared "
            + "first, and against the machine's limits as measured in the same run. Exit code 1 if any output differs.");
        var models = new Argument<string[]>("MODEL")
        {
            Description = "Files (.onnx, .kgn) and folders that are searched for them. Default: our own networks, dense and pruned.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var shape = new Option<string[]>("--shape") { Description = "Fixes open lengths of an ONNX input of this name.", HelpName = "INPUT=1x3x240x320" };
        var only = CommonOptions.Only("rows");
        var json = CommonOptions.Json();
        command.Arguments.Add(models);
        command.Options.Add(shape);
        command.Options.Add(only);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var shapes = ShapeText.Parse(parsed.GetValue(shape) ?? []);
            var paths = parsed.GetRequiredValue(models);
            var networks = paths.Length == 0
                ? OwnNetworks.All().Select(n => (n.Name, Read: (Func<BenchmarkNetwork>)(() => n)))
                : ModelFiles.Find(paths).Select(p => (Name: Path.GetFileNameWithoutExtension(p), Read: (Func<BenchmarkNetwork>)(() => ModelFiles.Read(p, shapes))));
            return Run(networks.Where(n => CommonOptions.Matches(n.Name, parsed.GetRequiredValue(only))), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(IEnumerable<(string Name, Func<BenchmarkNetwork> Read)> networks, string? json)
    {
        var machine = MachineLimits.Measure();
        Console.WriteLine(machine);
        Console.WriteLine(TableRow.Header);
        var rows = new List<TableRow>();
        var failures = 0;
        using var measurement = new NetworkMeasurement(machine);
        foreach (var (name, read) in networks)
        {
            try
            {
                rows.Add(measurement.Measure(read()));
                Console.WriteLine(rows[^1]);
            }
            catch (Exception e) when (e is DifferentOutputsException or InvalidDataException or DescriptionException or InvalidNetworkException or GeneratedCodeException)
            {
                failures++;
                Console.WriteLine($"{name,-34} {e.Message}");
            }
        }

        Results.Write(json, new { machine, rows });
        TableSummary.Write(rows);
        return failures == 0 ? 0 : 1;
    }
}

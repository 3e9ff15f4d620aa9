using System.CommandLine;
using BenchmarkDotNet.Running;
using KernelGen.Benchmarks;
using KernelGen.Benchmarks.Calibration;
using KernelGen.Benchmarks.Layers;
using KernelGen.Benchmarks.Scoring;
using KernelGen.Benchmarks.Table;

// compare [MODEL.kgn …]: a quick table; our own commands; anything else: BenchmarkDotNet's own command line.
if (args.Length > 0 && args[0] == "compare")
{
    return Comparison.Run(args[1..]);
}

var root = new RootCommand("Times generated code against the machine's limits and other engines.")
{
    TableCommand.Create(),
    LayersCommand.Create(),
    SparseCommand.Create(),
    LoweredCommand.Create(),
    CalibrateCommand.Create(),
    ScoringCommand.Create(),
};
if (args.Length > 0 && root.Subcommands.Any(c => c.Name == args[0]))
{
    return await root.Parse(args).InvokeAsync();
}

BenchmarkSwitcher.FromAssembly(typeof(InferenceBenchmarks).Assembly).Run(args);
return 0;

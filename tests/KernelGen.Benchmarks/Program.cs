using BenchmarkDotNet.Running;
using KernelGen.Benchmarks;

// compare [MODEL.kgn …]: a quick table; anything else: BenchmarkDotNet's own command line.
if (args.Length > 0 && args[0] == "compare")
{
    return Comparison.Run(args[1..]);
}

BenchmarkSwitcher.FromAssembly(typeof(InferenceBenchmarks).Assembly).Run(args);
return 0;

using KernelGen.Compiler;
using KernelGen.Compiler.Tests;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

// Child process of WidthTests: the environment has hidden some vector instructions from this runtime. Runs every case at the
// width that must be chosen now and prints what failed.
var expected = args.Length == 1 ? args[0] : throw new ArgumentException("Give the target that must be chosen.");
if (HostTarget.Name != expected)
{
    Console.WriteLine($"The width did not take effect: {HostTarget.Name} instead of {expected}.");
    return 2;
}

var only = CaseRunner.Run(NetworkCases.All, new CompilerOptions { Targets = [expected] }, expected);
var chosen = CaseRunner.Run(KnownNetworks.All(), new CompilerOptions(), expected);
foreach (var failure in only.Concat(chosen))
{
    Console.WriteLine(failure);
}

Console.WriteLine($"{NetworkCases.All.Count} cases at {expected}");
return only.Count + chosen.Count == 0 ? 0 : 1;

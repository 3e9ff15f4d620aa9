using KernelGen.Onnx.Conformance;

if (args is [EngineProcess.Command, var width, var jobs])
{
    return EngineProcess.Run(width, jobs);
}

var folder = Suite.DefaultFolder;
string? filter = null;
var (write, verbose, compile) = (false, false, true);
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--folder" when i + 1 < args.Length:
            folder = args[++i];
            break;
        case "--filter" when i + 1 < args.Length:
            filter = args[++i];
            break;
        case "--write":
            write = true;
            break;
        case "--verbose":
            verbose = true;
            break;
        case "--interpreter":
            compile = false;
            break;
        default:
            Console.Error.WriteLine(
                """
                Runs the operator tests of the ONNX standard through import, reference interpreter and generated code.

                  --folder DIR   the suite: folders of tests with model.onnx and test_data_set_N (default: that of Debian's libonnx-testdata)
                  --filter TEXT  only tests whose name contains TEXT
                  --interpreter  generate and compile nothing
                  --verbose      list every test that did not pass
                  --write        write generators/KernelGen.Onnx/SUPPORT.md
                """);
            return 2;
    }
}

if (!Directory.Exists(folder) || (write && (filter is not null || !compile)))
{
    Console.Error.WriteLine(Directory.Exists(folder)
        ? "--write needs all tests and all engines."
        : $"There is no folder {folder}. Install the Debian package libonnx-testdata, or give a folder with --folder.");
    return 2;
}

var tests = OperatorTest.All(folder).Where(t => filter is null || t.Name.Contains(filter, StringComparison.Ordinal)).ToList();
var run = await ConformanceRun.Start(tests, compile);
if (verbose)
{
    foreach (var result in run.Results.Where(r => !r.HasPassed))
    {
        Console.WriteLine(result);
    }
}

Console.WriteLine(SupportTable.Totals(run.Results));
Console.WriteLine(SupportTable.Errors(run, [.. run.Errors.Keys]));
if (write)
{
    SupportTable.Write(run);
}

return run.Results.All(r => r.HasPassed || r.Outcome == Outcome.Refused) ? 0 : 1;

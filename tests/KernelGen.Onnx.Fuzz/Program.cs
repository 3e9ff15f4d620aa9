using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernelGen.Tests.Shared;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var files = new Option<int>("--files") { Description = "How many files to import.", DefaultValueFactory = _ => 100_000 };
var seed = new Option<int>("--seed") { Description = "Another seed makes other files.", DefaultValueFactory = _ => 1 };
var first = new Option<int>("--first") { Description = "Number of the first file, to see one again.", DefaultValueFactory = _ => 0 };
var folder = new Option<DirectoryInfo>("--out")
{
    Description = "Where files that fail are kept.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(Path.GetTempPath(), "kernelgen-fuzz")),
};
var root = new RootCommand("Imports ONNX files that were changed at random and reports every crash, hang and invalid result.") { files, seed, first, folder };
root.SetAction(parsed =>
{
    var place = parsed.GetRequiredValue(folder);
    place.Create();
    var fuzz = new ImportFuzz(parsed.GetRequiredValue(seed), place.FullName);
    var failures = 0;
    for (var i = 0; i < parsed.GetRequiredValue(files); i++)
    {
        if (fuzz.Run(parsed.GetRequiredValue(first) + i) is { } failure)
        {
            failures++;
            Console.Error.WriteLine(failure);
        }
    }

    using var process = Process.GetCurrentProcess();
    Console.WriteLine($"files       {fuzz.Files}");
    Console.WriteLine($"parsed      {fuzz.Parsed} ({100.0 * fuzz.Parsed / fuzz.Files:F1} %)");
    Console.WriteLine($"imported    {fuzz.Imported} ({100.0 * fuzz.Imported / fuzz.Files:F1} %)");
    Console.WriteLine($"failures    {failures}{(failures > 0 ? $", kept in {place.FullName}" : "")}");
    Console.WriteLine($"longest     {fuzz.Longest.TotalMilliseconds:F0} ms");
    Console.WriteLine($"allocated   {fuzz.MostAllocated / 1e6:F0} MB at most for one file");
    Console.WriteLine($"peak memory {process.PeakWorkingSet64 / 1e6:F0} MB, of the whole process");
    return failures == 0 ? 0 : 1;
});
return root.Parse(args).Invoke();

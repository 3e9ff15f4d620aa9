using System.Collections.Concurrent;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Runtime;

namespace KernelGen.Onnx.Conformance;

/// <summary>
/// Runs tests: import, reference interpreter, and generated code, which the source generator must write alike, at every width that this
/// machine has.
/// </summary>
internal sealed class ConformanceRun
{
    public const string InterpreterName = "interpreter";

    private readonly ConcurrentDictionary<int, TestResult> results = new();
    private readonly Dictionary<string, UlpHistogram> errors = [];

    private ConformanceRun()
    {
    }

    /// <summary>One per test, in the order of the tests.</summary>
    public IReadOnlyList<TestResult> Results => [.. results.OrderBy(r => r.Key).Select(r => r.Value)];

    /// <summary>By engine: the interpreter, and each width that ran.</summary>
    public IReadOnlyDictionary<string, UlpHistogram> Errors => errors;

    /// <param name="compile">False: the interpreter only.</param>
    public static async Task<ConformanceRun> Start(IReadOnlyList<OperatorTest> tests, bool compile)
    {
        var run = new ConformanceRun();
        var folder = Directory.CreateTempSubdirectory("kernelgen-conformance-").FullName;
        try
        {
            await run.All(tests, compile, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return run;
    }

    private async Task All(IReadOnlyList<OperatorTest> tests, bool compile, string folder)
    {
        var prepared = new ConcurrentDictionary<int, Prepared>();
        Parallel.ForEach(tests.Select((t, i) => (t, i)), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, item =>
        {
            results[item.i] = Guard(item.t, "import and compilation", () => Prepare(item.t, item.i, compile ? folder : null, prepared));
        });

        Compare(tests, prepared, InterpreterName, number => (null, prepared[number].Reference));
        foreach (var width in compile ? EngineProcess.Widths : [])
        {
            var failure = await EngineProcess.Start(folder, width);
            Compare(tests, prepared, width, number =>
            {
                var (problem, outputs) = EngineJob.ReadAnswer(folder, number, width);
                return (problem is null ? null : $"{problem} {failure}".TrimEnd(), outputs);
            });
        }
    }

    private static TestResult Prepare(OperatorTest test, int number, string? folder, ConcurrentDictionary<int, Prepared> prepared)
    {
        var import = TestImport.Of(test);
        if (import.Description is not { } description)
        {
            return new TestResult(test, Outcome.Refused, import.Error!.Message, import.Error.Operator);
        }

        var sets = test.ReadDataSets();
        var frozen = import.Frozen.ToHashSet();
        var graph = NetworkGraph.Create(description);
        var inputs = sets.Select(s => test.Inputs.Zip(s.Inputs).Where(i => !frozen.Contains(i.First.Name)).Select(i => i.Second.Floats!).ToArray()).ToList();
        var ready = new Prepared(
            test.OutputTypes,
            [.. graph.Outputs.Select(graph.ShapeOf)],
            [.. sets.Select(s => s.Outputs)],
            [.. inputs.Select(i => Interpreter.Run(graph, i))]);
        if (folder is not null)
        {
            var options = new CompilerOptions { ClassName = "Network", Targets = EngineProcess.Widths.ToEquatableArray() };
            var source = NetworkCompiler.Compile(description, options);
            if (SourceGenerator.Generate(description, options) != source.Text)
            {
                return new TestResult(test, Outcome.Wrong, "the source generator writes another class than the compiler in memory");
            }

            var assembly = NetworkAssembly.EmitForLoading(source, FormattableString.Invariant($"Test{number}"));
            EngineJob.Write(folder, number, assembly, inputs, [.. ready.Shapes.Select(s => s.Length)]);
        }

        prepared[number] = ready;
        return new TestResult(test, frozen.Count > 0 ? Outcome.PassedFrozen : Outcome.Passed);
    }

    private void Compare(
        IReadOnlyList<OperatorTest> tests,
        ConcurrentDictionary<int, Prepared> prepared,
        string engine,
        Func<int, (string? Failure, IReadOnlyList<float[][]> Outputs)> answer)
    {
        var histogram = errors[engine] = new UlpHistogram();
        foreach (var (number, ready) in prepared.Where(p => results[p.Key].HasPassed))
        {
            results[number] = Guard(tests[number], engine, () =>
            {
                var (failure, outputs) = answer(number);
                return failure is not null ? new TestResult(tests[number], Outcome.Crashed, $"{engine}: {failure}")
                    : Fault(ready, outputs) is { } fault ? new TestResult(tests[number], Outcome.Wrong, $"{engine}: {fault}")
                    : results[number];
            });
            if (results[number].HasPassed)
            {
                Count(histogram, ready, answer(number).Outputs);
            }
        }
    }

    private static string? Fault(Prepared ready, IReadOnlyList<float[][]> outputs) =>
        ready.Expected.Count == 0 ? "there is no data set to compare with"
        : outputs.Count != ready.Expected.Count ? FormattableString.Invariant($"{outputs.Count} of {ready.Expected.Count} data sets have outputs")
        : ready.Expected.Zip(outputs, (expected, actual) => expected.Length != actual.Length
            ? FormattableString.Invariant($"there are {actual.Length} outputs, not {expected.Length}")
            : expected.Select((e, k) => Tolerance.Fault(e, ready.Types[k], ready.Shapes[k], actual[k])).FirstOrDefault(f => f is not null))
        .FirstOrDefault(f => f is not null);

    private static void Count(UlpHistogram histogram, Prepared ready, IReadOnlyList<float[][]> outputs)
    {
        foreach (var (expected, actual) in ready.Expected.Zip(outputs).SelectMany(s => s.First.Zip(s.Second)))
        {
            if (expected.Floats is { } floats)
            {
                histogram.Add(floats, actual);
            }
        }
    }

    /// <summary>Whatever is thrown is a result too: that of a crash.</summary>
    private static TestResult Guard(OperatorTest test, string what, Func<TestResult> action)
    {
        try
        {
            return action();
        }
        catch (Exception e)
        {
            // The method it came from, without the path of its file.
            var method = e.StackTrace?.Split('\n')[0].Split(" in ")[0].Trim();
            return new TestResult(test, Outcome.Crashed, $"{what}: {e.GetType().Name}: {e.Message.Split('\n')[0]} {method}");
        }
    }

    /// <summary>A test that is ready to be run by any engine.</summary>
    /// <param name="Types">Of the model's outputs.</param>
    /// <param name="Shapes">Of the network's outputs.</param>
    /// <param name="Expected">Per data set.</param>
    /// <param name="Reference">The interpreter's outputs per data set.</param>
    private sealed record Prepared(
        IReadOnlyList<ElementType> Types,
        IReadOnlyList<Shape> Shapes,
        IReadOnlyList<OnnxTensor[]> Expected,
        IReadOnlyList<float[][]> Reference);
}

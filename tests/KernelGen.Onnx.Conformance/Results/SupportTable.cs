using System.Text;
using System.Text.RegularExpressions;
using KernelGen.Model.Tests;
using KernelGen.Runtime;

namespace KernelGen.Onnx.Conformance;

/// <summary>The results as text: totals for people at a terminal, and SUPPORT.md.</summary>
internal static partial class SupportTable
{
    private const int ReasonsShown = 4;

    public static string Path => Repository.PathOf("generators/KernelGen.Onnx/SUPPORT.md");

    /// <summary>The engines of the table: all that every x64 machine with AVX2 has.</summary>
    private static string[] Engines => [ConformanceRun.InterpreterName, "scalar", "128", "256"];

    /// <summary>Whether all of the table's engines ran.</summary>
    public static bool IsComplete(ConformanceRun run) => Engines.All(run.Errors.ContainsKey);

    public static void Write(ConformanceRun run) => AtomicFile.WriteAllText(Path, Markdown(run));

    /// <summary>A table of totals per folder of the suite.</summary>
    public static string Totals(IReadOnlyList<TestResult> results)
    {
        var text = new StringBuilder();
        text.Append("| tests | all | passed | passed, inputs frozen | refused | wrong | crashed |\n|---|--:|--:|--:|--:|--:|--:|\n");
        foreach (var group in results.GroupBy(r => r.Test.Group))
        {
            Row(text, group.Key, [.. group]);
        }

        Row(text, "all", results);
        Row(text, "promised", [.. results.Where(r => PromisedOperators.Cover(r.Test))]);
        return text.ToString();
    }

    public static string Markdown(ConformanceRun run)
    {
        var results = run.Results;
        var text = new StringBuilder();
        text.Append(
            """
            # Supported operators

            Generated from a run of the ONNX standard's own tests; do not edit. `dotnet run -c Release --project tests/KernelGen.Onnx.Conformance -- --write`
            writes it anew from the tests of Debian's package libonnx-testdata; a test holds it to be current.

            Every test's model is imported, run by the reference interpreter, written as C# by the compiler and by the source generator (the same text),
            compiled, and run at each vector width. All outputs must be the stored ones within the standard's tolerance (relative 1e-3, absolute 1e-7;
            integers equal; bfloat16 to one unit in the last place). Many tests feed weights, shapes or axes as inputs. A model that is refused as it is is
            imported once more with all integer inputs and all float inputs but the first frozen to the test's values; these tests are counted apart.
            "Promised" are the tests of inference with floats in which every operator is one that the importer sets out to take.


            """.ReplaceLineEndings("\n"));
        text.Append(Totals(results));
        text.Append("\n## Promised and not passed\n\n");
        AppendFailures(text, results.Where(r => PromisedOperators.Cover(r.Test) && !r.HasPassed));
        text.Append("\n## Operators\n\nA test counts for each of its operators. Refused elsewhere: because of another operator of the same model.\n\n");
        text.Append("| operator | passed | inputs frozen | refused | refused elsewhere | wrong | crashed | why refused |\n|---|--:|--:|--:|--:|--:|--:|---|\n");
        foreach (var op in results.SelectMany(r => r.Test.Operators).Distinct().Order(StringComparer.Ordinal))
        {
            AppendOperator(text, op, [.. results.Where(r => r.Test.Operators.Contains(op))]);
        }

        text.Append("\n## Error\n\nElements of all float outputs by their distance from the stored ones, in units in the last place.\n\n");
        text.Append(Errors(run, Engines));
        return text.ToString();
    }

    /// <summary>A table of the distances in units in the last place per engine.</summary>
    public static string Errors(ConformanceRun run, IReadOnlyCollection<string> engines)
    {
        var text = new StringBuilder($"| ULP | {string.Join(" | ", engines)} |\n|--:|{string.Concat(engines.Select(_ => "--:|"))}\n");
        for (var bucket = 0; bucket < run.Errors[ConformanceRun.InterpreterName].Counts.Count; bucket++)
        {
            var counts = engines.Select(e => FormattableString.Invariant($"{run.Errors[e].Counts[bucket]}"));
            text.Append($"| {UlpHistogram.Describe(bucket)} | {string.Join(" | ", counts)} |\n");
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, IReadOnlyList<TestResult> results)
    {
        int Count(Outcome outcome) => results.Count(r => r.Outcome == outcome);
        text.Append(FormattableString.Invariant(
            $"| {name} | {results.Count} | {Count(Outcome.Passed)} | {Count(Outcome.PassedFrozen)} | {Count(Outcome.Refused)} | {Count(Outcome.Wrong)} | {Count(Outcome.Crashed)} |\n"));
    }

    private static void AppendFailures(StringBuilder text, IEnumerable<TestResult> results)
    {
        var any = false;
        foreach (var result in results)
        {
            text.Append($"- {result.Test.Group}/{result.Test.Name}: {result.Outcome.ToString().ToLowerInvariant()}: {OneLine(result.Message)}\n");
            any = true;
        }

        text.Append(any ? "" : "None.\n");
    }

    private static void AppendOperator(StringBuilder text, string op, IReadOnlyList<TestResult> results)
    {
        var refused = results.Where(r => r.Outcome == Outcome.Refused).ToLookup(r => r.Operator is null || r.Operator == op);
        int Count(Outcome outcome) => results.Count(r => r.Outcome == outcome);
        text.Append(FormattableString.Invariant(
            $"| {op} | {Count(Outcome.Passed)} | {Count(Outcome.PassedFrozen)} | {refused[true].Count()} | {refused[false].Count()} | {Count(Outcome.Wrong)} | {Count(Outcome.Crashed)} | "));
        var reasons = refused[true].GroupBy(r => General(r.Message)).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        text.Append(string.Join("<br>", reasons.Take(ReasonsShown).Select(g => FormattableString.Invariant($"{g.Count()} × {g.Key}"))));
        text.Append(reasons.Count > ReasonsShown ? FormattableString.Invariant($"<br>and {reasons.Count - ReasonsShown} other reasons |\n") : " |\n");
    }

    /// <summary>A message without the names of its test, fit for a cell of a table.</summary>
    private static string General(string message) => Quoted().Replace(OneLine(message), "'…'");

    private static string OneLine(string text) => text.Replace('\n', ' ').Replace("\r", "").Replace("|", "\\|");

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quoted();
}

using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>Every engine against outputs that were stored elsewhere.</summary>
internal static class VectorVerification
{
    /// <summary>Compares and shows the result.</summary>
    /// <param name="options">Their targets run one after the other.</param>
    /// <param name="absolute">A largest |difference| that is enough, however small the reference is.</param>
    /// <returns>Whether all outputs of all engines are within the tolerance.</returns>
    public static bool Run(
        string model, NetworkDescription description, IReadOnlyList<VectorSet> sets, CompilerOptions options, double tolerance, double absolute, bool json)
    {
        var graph = NetworkGraph.Create(description);
        var rows = Compare("interpreter", description, sets, inputs => Interpreter.Run(graph, inputs));
        foreach (var target in options.Targets)
        {
            using var network = CompiledNetwork.Load(description, options with { Targets = [target] });
            rows.AddRange(Compare("generated, " + target, description, sets, network.Run));
        }

        bool IsWithin(TensorComparison c) => c.IsWithin(tolerance) || c.MaxDifference <= absolute;
        var ok = rows.All(r => IsWithin(r.Comparison));
        if (json)
        {
            Output.Json(new Result(model, sets.Count, tolerance, ok, [.. rows.Select(r => EngineResult.Of(r, IsWithin(r.Comparison)))]));
            return ok;
        }

        Output.Table(
            ["engine", "output", "elements", "max |difference|", "max |reference|", "relative", "within"],
            rows.Select(r => new[]
            {
                r.Engine, r.Comparison.Name, Invariant($"{r.Comparison.Length:N0}"), Invariant($"{r.Comparison.MaxDifference:0.00e+0}"),
                Invariant($"{r.Comparison.MaxReference:0.00e+0}"), Invariant($"{r.Comparison.RelativeDifference:0.00e+0}"), IsWithin(r.Comparison) ? "yes" : "NO",
            }),
            "output");
        Output.Line($"{sets.Count} stored sets: largest relative difference {rows.Max(r => r.Comparison.RelativeDifference):0.00e+0}; every output is {(ok ? "" : "NOT ")}within the tolerance, {tolerance:0.##e+0} of the largest reference or {absolute:0.##e+0}.");
        return ok;
    }

    private static List<Row> Compare(
        string engine, NetworkDescription description, IReadOnlyList<VectorSet> sets, Func<float[][], float[][]> run)
    {
        var results = sets.Select(s => run(s.Inputs)).ToList();
        return [.. description.Outputs.Select((name, k) => new Row(engine, OutputComparison.Compare(
            name,
            sets.SelectMany(s => s.Outputs[k]).ToArray(),
            results.SelectMany(r => r[k]).ToArray())))];
    }

    private sealed record Row(string Engine, TensorComparison Comparison);

    private sealed record Result(string Model, int Sets, double Tolerance, bool Ok, IReadOnlyList<EngineResult> Outputs);

    private sealed record EngineResult(
        string Engine, string Output, int Elements, double MaxDifference, double MaxReference, double RelativeDifference, bool Ok)
    {
        public static EngineResult Of(Row r, bool ok) => new(
            r.Engine, r.Comparison.Name, r.Comparison.Length, r.Comparison.MaxDifference, r.Comparison.MaxReference,
            r.Comparison.RelativeDifference, ok);
    }
}
